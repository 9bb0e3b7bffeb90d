import { Problem } from '#gateway/http/problem.ts';
import type { RegistryOutcome } from './registry-calls.ts';
import { blamedField, errorText, retryAfterSeconds } from './response-parsing.ts';

/** The problem to answer for a read of the registry that brought nothing usable. */
export function registryProblem(outcome: RegistryOutcome, now: Date): Problem {
  if (outcome.kind === 'answered') return refusal(outcome, now);
  if (outcome.kind === 'garbled') return badAnswer();
  return outcome.kind === 'timeout'
    ? new Problem(504, 'registry-timeout', 'The registry took too long to answer. Try again in a moment.')
    : new Problem(502, 'registry-unreachable', 'The registry cannot be reached. Try again in a moment.');
}

/** The registry answered, but not with what its API promises. */
export function badAnswer(): Problem {
  return new Problem(
    502,
    'registry-bad-answer',
    'The registry gave an answer that cannot be understood. Try again in a moment.',
  );
}

function refusal(outcome: Extract<RegistryOutcome, { kind: 'answered' }>, now: Date): Problem {
  const { status, headers, body } = outcome;
  if (status < 400) return badAnswer();
  const field = blamedField(headers);
  const wait = retryAfterSeconds(headers.get('Retry-After'), now);
  return new Problem(
    status,
    'registry-refused',
    errorText(body) ?? `The registry answered with status ${status} and gave no reason.`,
    {
      ...(field === null ? {} : { field }),
      ...(wait === null ? {} : { headers: { 'Retry-After': String(wait) } }),
    },
  );
}
