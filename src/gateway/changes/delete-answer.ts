import type { ServerChangeAnswer, Operation } from '#contract/operations.ts';
import { parseQualifiedName } from '#contract/qualified-name.ts';
import { Problem } from '#gateway/http/problem.ts';

/** The body that tells the browser of a delete that was applied. Throws Problem for every other state. */
export function deleteAnswer(operation: Operation): ServerChangeAnswer {
  if (operation.state !== 'applied') throw deleteProblem(operation);
  const { namespace = '', server = '' } = parseQualifiedName(operation.target) ?? {};
  return { success: true, namespace, server, operation };
}

// The same for a first answer and for a repeated one: it depends on the ledger's entry alone.
function deleteProblem(operation: Operation): Problem {
  const { status, finding, retryAfterSeconds } = operation;
  const words = operation.message ?? 'The server was not deleted.';
  if (operation.state !== 'refused') {
    return new Problem(
      502,
      'outcome-unknown',
      `${words} Whether ${operation.target} was deleted is not known yet.`,
      {
        operation,
      },
    );
  }
  if (finding === 'recreated') return new Problem(409, 'server-changed', words, { operation });
  if (status === 401) return new Problem(401, 'signed-out', words, { operation });
  if (status !== null && status >= 400 && status < 500) {
    const headers =
      retryAfterSeconds === null ? {} : { headers: { 'Retry-After': String(retryAfterSeconds) } };
    return new Problem(status, 'registry-refused', words, { operation, ...headers });
  }
  // Nothing was deleted, and no status of the registry's says so.
  return new Problem(502, finding === null ? 'registry-unreachable' : 'registry-bad-answer', words, {
    operation,
  });
}
