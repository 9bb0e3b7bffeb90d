/** How long the gateway waits for what, in milliseconds. */
export interface Limits {
  /** From sending a read to the registry to its answer's headers. */
  headersMs: number;
  /** Between two pieces of an answer's body. */
  idleMs: number;
  /** For one call of the registry, its retries included. */
  totalMs: number;
  /** For each check of a server while its owner waits for a change. */
  briefCheckMs: number;
  /** Before each retry of a read; their number is the number of retries. */
  readRetryMs: readonly number[];
  /** Before each check after an unclear outcome; their number is the number of checks. */
  checkMs: readonly number[];
  /**
   * How long after an unclear outcome "still there" is not believed yet: the registry may be busy with the change
   * although its answer was lost.
   */
  patienceMs: number;
  /** Before each new try to settle a ledger entry. */
  settleRetryMs: readonly number[];
  /** Before it is looked first whether another process has settled an operation; each later pause is twice as long, up to ten times. */
  lookAgainMs: number;
  /** How often it is looked whether the session behind an endless answer has ended. */
  sessionCheckMs: number;
  /** How long after one sweep of sessions past their time the next follows. */
  sessionSweepMs: number;
  /** How long an event stream may be silent until a comment is put into it: proxies close what is silent for long. */
  streamCommentMs: number;
  /** How many requests a second the owner's servers are read with from a registry elsewhere, by this process. */
  fillPerSecond: number;
  /** How long reading goes on after the list was last looked at. */
  fillIdleMs: number;
  /** How long the first look at a list waits for its first servers. */
  firstServersMs: number;
  /** How long after one reading of the list the next follows, at least. */
  listEveryMs: number;
  /** How long the details of a server are good; of one that is looked at, and of any. */
  lookedAtEveryMs: number;
  detailsEveryMs: number;
  /** How long what a key owns is kept after it was last looked at. */
  keepOwnedMs: number;
  /** How long an entry of the ledger is kept once its outcome is known. */
  keepActivityMs: number;
  /** How long after one sweep of older entries the next follows. */
  activitySweepMs: number;
}

export const defaultLimits: Limits = {
  headersMs: 10_000,
  idleMs: 10_000,
  totalMs: 30_000,
  briefCheckMs: 5000,
  readRetryMs: [150, 600],
  checkMs: [0, 500, 1000, 2000, 4000, 8000, 15_000, 30_000],
  patienceMs: 3000,
  settleRetryMs: [50, 250, 1000],
  lookAgainMs: 50,
  sessionCheckMs: 5000,
  sessionSweepMs: 60_000,
  streamCommentMs: 15_000,
  fillPerSecond: 5,
  fillIdleMs: 300_000,
  firstServersMs: 3000,
  listEveryMs: 60_000,
  lookedAtEveryMs: 60_000,
  detailsEveryMs: 900_000,
  keepOwnedMs: 30 * 86_400_000,
  keepActivityMs: 400 * 86_400_000,
  activitySweepMs: 3_600_000,
};
