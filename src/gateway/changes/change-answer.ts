import type { Operation } from '#contract/operations.ts';
import { Problem } from '#gateway/http/problem.ts';
import type { ChangeKind } from './change-kind.ts';
import type { ChangeOutcome } from './change-runner.ts';

/** The body that tells the browser of a change that was applied. Throws Problem for every other state. */
export function changeAnswer(
  kind: ChangeKind,
  { entry, answer }: ChangeOutcome,
  operation: Operation,
): Record<string, unknown> {
  if (operation.state !== 'applied') throw changeProblem(kind, operation);
  if (kind.answer.from === 'entry') return { ...kind.answer.of(entry), operation };
  if (kind.answer.from === 'registry') return { ...operation.answer, operation };
  if (answer === null) throw new Problem(410, 'answer-lost', kind.answer.lost, { operation });
  return { ...answer, operation };
}

// The same for a first answer and for a repeated one: it depends on the ledger's entry alone.
function changeProblem({ words, repeatable }: ChangeKind, operation: Operation): Problem {
  const { status, finding, retryAfterSeconds, target } = operation;
  const message = operation.message ?? words.notDone(target);
  if (operation.state === 'inconclusive') {
    const code = finding === 'another-there' ? 'server-changed' : 'outcome-inconclusive';
    const found = operation.message === null ? '' : `${operation.message} `;
    return new Problem(409, code, found + words.inconclusive(target), { operation });
  }
  if (operation.state !== 'refused') {
    const next = repeatable ? ' Sending it once more does no harm.' : '';
    return new Problem(502, 'outcome-unknown', `${message} ${words.open(target)}${next}`, { operation });
  }
  if (finding === 'recreated') return new Problem(409, 'server-changed', message, { operation });
  if (finding === 'not-sent') return new Problem(503, 'storage-failed', message, { operation });
  if (finding === 'moved' && status !== 404) {
    return new Problem(409, 'server-moved', `${message} ${words.notDone(target)}`, { operation });
  }
  if (finding === 'not-sent-whole') {
    return new Problem(400, 'not-sent-whole', `${message} ${words.notDone(target)}`, { operation });
  }
  if (status === 401) return new Problem(401, 'signed-out', message, { operation });
  if (status !== null && status >= 400 && status < 500) {
    return new Problem(status, 'registry-refused', message, {
      operation,
      ...(operation.field === undefined ? {} : { field: operation.field }),
      ...(retryAfterSeconds === null ? {} : { headers: { 'Retry-After': String(retryAfterSeconds) } }),
    });
  }
  // Nothing was done, and no status of the registry's says so.
  return new Problem(502, finding === null ? 'registry-unreachable' : 'registry-bad-answer', message, {
    operation,
  });
}
