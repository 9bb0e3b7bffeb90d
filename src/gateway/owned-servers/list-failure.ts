import { Problem } from '#gateway/http/problem.ts';

/** Why a list could not be read, as it is kept. */
export function writeFailure({ status, code, message }: Problem): string {
  return JSON.stringify({ status, code, message });
}

/** The problem that was kept. */
export function readFailure(text: string): Problem {
  const { status, code, message } = JSON.parse(text) as Pick<Problem, 'status' | 'code' | 'message'>;
  return new Problem(status, code, message);
}
