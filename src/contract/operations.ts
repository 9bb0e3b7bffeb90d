/**
 * One change an owner asked for, as the ledger has it.
 *
 * - `sending`: written down, on its way to the registry; no answer yet.
 * - `applied`: the change happened (`confirmed` by the registry, or found afterwards: `gone`, `as-asked`).
 * - `refused`: the registry, or the gateway before sending, said no; nothing was changed by it.
 * - `unknown`: it was sent and no trustworthy answer came. `checking` tells whether the gateway still checks.
 */
export type OperationState = 'sending' | 'applied' | 'refused' | 'unknown';

/** What an owner can ask for; each is one kind of change of the gateway. */
export type OperationAction = 'delete-server' | 'update-server';

/**
 * What was found out about the change.
 *
 * - `confirmed`: the registry answered that it is done, and named what was meant.
 * - `gone`: a later check found no server of that name.
 * - `still-there`: a later check found the same server; it was not deleted.
 * - `recreated`: a later check found another server under the same name; nothing more is done.
 * - `not-owned`: the registry said 404 but shows the server: this key does not own it.
 * - `as-asked`: a later check found the server as the change would have left it.
 * - `as-before`: a later check found the server as it was before the change.
 * - `not-sent-whole`: the browser broke off before all of it had come; the registry got no whole request.
 */
export type OperationFinding =
  | 'confirmed'
  | 'gone'
  | 'still-there'
  | 'recreated'
  | 'not-owned'
  | 'as-asked'
  | 'as-before'
  | 'not-sent-whole';

export interface Operation {
  /** The UUID that the browser minted; the `Idempotency-Key`. */
  id: string;
  action: OperationAction;
  /** The qualified name. */
  target: string;
  state: OperationState;
  finding: OperationFinding | null;
  /** The registry's status code, null where none came. */
  status: number | null;
  /** The registry's own words, cleaned and cut, or ours where none came. */
  message: string | null;
  /** Seconds to wait before trying again, from Retry-After. */
  retryAfterSeconds: number | null;
  /** Whether the same may be asked for once more, as a new operation, without doing it twice. */
  repeatable: boolean;
  /** True while the gateway is checking by itself; false: it needs "check again". */
  checking: boolean;
  requestId: string;
  userAgent: string | null;
  /** ISO 8601. */
  createdAt: string;
  /** ISO 8601; null while `sending` or `unknown`. */
  settledAt: string | null;
  /** ISO 8601 of the last check after an unclear answer. */
  checkedAt: string | null;
  /** The field that the registry blamed for its refusal; absent where it blamed none. */
  field?: string;
  /** What the registry answered, as far as it is kept: it holds no secret. Absent for kinds that need none. */
  answer?: Record<string, unknown>;
}

/** One page of the ledger, newest first. */
export interface OperationList {
  operations: Operation[];
  /** Pass as `before` to get the next page; null at the end. */
  nextBefore: string | null;
}

/** What a change of a server that was applied answers: as the registry does, and the ledger's entry. */
export interface ServerChangeAnswer {
  success: true;
  namespace: string;
  /** Empty for a namespace-only server. */
  server: string;
  operation: Operation;
}
