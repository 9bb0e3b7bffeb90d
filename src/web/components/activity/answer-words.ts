import type { Operation, OperationFinding } from '#contract/operations.ts';

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
