import { MAX_REFUSED_STRANGERS, REFUSED_STRANGERS_DAYS } from '#contract/operations.ts';
import { formatNumber } from '#web/lib/format.ts';

/** How many attempts of strangers were refused lately; undefined where none is known of. */
export function strangersWords(refused: number | null): string | undefined {
  if (refused === null || refused === 0) return undefined;
  const number = refused < MAX_REFUSED_STRANGERS ? formatNumber(refused) : `${formatNumber(refused)} or more`;
  const attempts = refused === 1 ? 'attempt' : 'attempts';
  return `${number} refused ${attempts} by others in your namespaces in the last ${REFUSED_STRANGERS_DAYS} days.`;
}
