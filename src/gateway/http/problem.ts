import type { GatewayProblem, ProblemCode } from '#contract/errors.ts';
import type { Operation } from '#contract/operations.ts';

const titles: Record<ProblemCode, string> = {
  'bad-request': 'Bad request',
  'client-header-missing': 'Not a call of the dashboard',
  'cross-site': 'Call from another site',
  'host-not-allowed': 'Host not allowed',
  'idempotency-key-missing': 'Operation id missing',
  'idempotency-key-reused': 'Operation id used before',
  'not-found': 'Not found',
  'method-not-allowed': 'Method not allowed',
  'signed-out': 'Signed out',
  'bad-credentials': 'Sign-in refused',
  'too-many-attempts': 'Too many attempts',
  'registry-refused': 'Refused by the registry',
  'registry-unreachable': 'Registry unreachable',
  'registry-timeout': 'Registry too slow',
  'registry-bad-answer': 'Unexpected answer of the registry',
  'outcome-unknown': 'Outcome unknown',
  'outcome-inconclusive': 'Outcome not known',
  'server-changed': 'Server changed',
  'server-moved': 'Server moved',
  'not-sent-whole': 'Not sent whole',
  'answer-lost': 'Answer not kept',
  busy: 'Too much to do',
  'storage-failed': 'Storage failed',
  internal: 'Internal error',
};

interface ProblemExtras {
  /** The field that is to blame. */
  field?: string;
  operation?: Operation;
  headers?: Record<string, string>;
  cause?: unknown;
}

/** An error with an answer: thrown anywhere under a route, answered as `application/problem+json`. */
export class Problem extends Error {
  override name = 'Problem';
  readonly status: number;
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;

  constructor(status: number, code: ProblemCode, message: string, extras: ProblemExtras = {}) {
    super(message, { cause: extras.cause });
    this.status = status;
    this.code = code;
    this.extras = extras;
  }
}

// Statuses of a registry that mean the connection to it. Browsers take them for their own: they send the request again,
// or show the page no answer at all.
const OF_A_CONNECTION = new Set([407, 408, 421, 425]);

/** The problem as an answer. */
export function problemResponse(problem: Problem, requestId: string): Response {
  const { code, message, extras } = problem;
  const isOfConnection = code === 'registry-refused' && OF_A_CONNECTION.has(problem.status);
  const status = isOfConnection ? 502 : problem.status;
  const body: GatewayProblem = {
    title: titles[code],
    status,
    error: message,
    requestId,
    code,
    ...(extras.field === undefined ? {} : { field: extras.field }),
    ...(extras.operation === undefined ? {} : { operation: extras.operation }),
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...extras.headers, 'Content-Type': 'application/problem+json' },
  });
}
