/**
 * One change an owner asked for, as the ledger has it.
 *
 * - `sending`: written down, on its way to the registry; no answer yet.
 * - `applied`: what was asked for is so (`confirmed` by the registry, or found afterwards: `nowhere`, `as-asked`).
 * - `refused`: it was not done to the server that was meant: the registry or, before sending, the gateway said no, or a
 *   later check found so.
 * - `inconclusive`: it was sent, no trustworthy answer came, and checks found all there is to find (`finding`): whether
 *   it was done is not known.
 * - `unknown`: it was sent and no trustworthy answer came. `checking` tells whether the gateway still checks.
 */
export type OperationState = 'sending' | 'applied' | 'refused' | 'inconclusive' | 'unknown';

/** What an owner can ask for; each is one kind of change of the gateway. */
export type OperationAction = 'delete-server' | 'update-server' | 'resume-release';

/**
 * What was found out about the change. A claim may be weaker than the truth, never false.
 *
 * - `confirmed`: the registry answered that it is done, and named what was meant.
 * - `nowhere`: a later check found no server of that name, and none of the id of the one that was meant.
 * - `gone`: a later check found no server of that name; that it has another name by now was not ruled out.
 * - `moved`: the server that was meant has another name by now, by its id or by the registry's word (`movedTo`).
 * - `still-there`: a later check found the same server under that name.
 * - `another-there`: a later check found another server under that name; what became of the one that was meant is not
 *   known.
 * - `uncompared`: a later check found a server of that name; whether it is the one that was meant is not known.
 * - `recreated`: another server had the name before anything was sent, so nothing was. Entries of earlier versions have
 *   it also for what is `another-there` now; these were checked.
 * - `not-owned`: the registry said 404 but shows the server: this key does not own it.
 * - `as-asked`: a later check found the server, or what of it was to be changed, as the change would have left it.
 * - `as-before`: a later check found it as it was before the change.
 * - `not-sent`: it was written down, but the database did not say so in time: nothing was sent.
 * - `not-sent-whole`: the browser broke off before all of it had come; the registry got no whole request.
 */
export type OperationFinding =
  | 'confirmed'
  | 'nowhere'
  | 'gone'
  | 'moved'
  | 'still-there'
  | 'another-there'
  | 'uncompared'
  | 'recreated'
  | 'not-owned'
  | 'as-asked'
  | 'as-before'
  | 'not-sent'
  | 'not-sent-whole';

export interface Operation {
  /** The UUID that the browser minted; the `Idempotency-Key`. */
  id: string;
  action: OperationAction;
  /** The qualified name. */
  target: string;
  state: OperationState;
  finding: OperationFinding | null;
  /** The name that the server has now, where it was found `moved`. */
  movedTo?: string;
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
  /** A product and its version, as `Firefox 153`. */
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
  /** True where the registry did not confirm lately which namespaces this key has: only what this key did is listed. */
  onlyOwn: boolean;
  /**
   * How many attempts in these namespaces, with keys that did not have them, the registry refused within
   * `REFUSED_STRANGERS_DAYS`; no more than `MAX_REFUSED_STRANGERS` are counted. Null where `onlyOwn`.
   */
  refusedStrangers: number | null;
}

export const REFUSED_STRANGERS_DAYS = 30;
export const MAX_REFUSED_STRANGERS = 1000;

/** What a change of a server that was applied answers: as the registry does, and the ledger's entry. */
export interface ServerChangeAnswer {
  success: true;
  namespace: string;
  /** Empty for a namespace-only server. */
  server: string;
  operation: Operation;
}
