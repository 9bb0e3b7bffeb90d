import type { Operation } from './operations.ts';

/**
 * The body of every error the gateway answers, as `application/problem+json` (RFC 9457). `error` repeats the
 * registry's own words where it gave any, else ours: the registry's `{error}` shape is a subset of this.
 */
export interface GatewayProblem {
  title: string;
  status: number;
  /** Says what happened, what was not done, and what to do next. */
  error: string;
  requestId: string;
  code: ProblemCode;
  /** The field of the body, query or path that is to blame, dotted where it lies deeper; absent where none is. */
  field?: string;
  /** The change this error is about, for answers to a change. */
  operation?: Operation;
}

/** What went wrong, for code to match on: never match by text. */
export type ProblemCode =
  | 'bad-request'
  | 'client-header-missing'
  | 'cross-site'
  | 'host-not-allowed'
  | 'idempotency-key-missing'
  | 'idempotency-key-reused'
  | 'not-found'
  | 'method-not-allowed'
  | 'signed-out'
  | 'bad-credentials'
  | 'too-many-attempts'
  | 'registry-refused'
  | 'registry-unreachable'
  | 'registry-timeout'
  | 'registry-bad-answer'
  | 'outcome-unknown'
  | 'outcome-inconclusive'
  | 'server-changed'
  | 'server-moved'
  | 'not-sent-whole'
  | 'answer-lost'
  | 'storage-failed'
  | 'busy'
  | 'internal';
