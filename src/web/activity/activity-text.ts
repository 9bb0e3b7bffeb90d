import {
  MAX_REFUSED_STRANGERS,
  REFUSED_STRANGERS_DAYS,
  type Operation,
  type OperationFinding,
} from '#contract/operations.ts';
import { formatNumber } from '#web/lib/format.ts';

// After these a later check, or the finding itself, has said all there is to say.
const saysItAll: ReadonlySet<OperationFinding> = new Set([
  'still-there',
  'another-there',
  'uncompared',
  'moved',
  'recreated',
  'as-before',
  'not-sent',
  'not-sent-whole',
]);

/** What was answered, in the answerer's own words; undefined where there are none, or nothing is left to say. */
export function answerWords({ state, status, message, finding }: Operation): string | undefined {
  if (message === null || state === 'inconclusive' || (finding !== null && saysItAll.has(finding)))
    return undefined;
  return status === null ? message : `The registry answered ${status}: “${message}”.`;
}

/** How many attempts of strangers were refused lately; undefined where none is known of. */
export function strangersWords(refused: number | null): string | undefined {
  if (refused === null || refused === 0) return undefined;
  const number = refused < MAX_REFUSED_STRANGERS ? formatNumber(refused) : `${formatNumber(refused)} or more`;
  const attempts = refused === 1 ? 'attempt' : 'attempts';
  return `${number} refused ${attempts} by others in your namespaces in the last ${REFUSED_STRANGERS_DAYS} days.`;
}
