import { DEFAULT_QUOTAS, type Quotas } from '#registry/quotas/quota-kinds.ts';

/** How much the registry takes and keeps, and for how long. */
export interface RegistryLimits {
  /** How long a deleted or transferred name stays its former owner's, in milliseconds. */
  nameHoldMs: number;
  /** How old a runtime log may become, in milliseconds. */
  keepLogsMs: number;
  /** How much all runtime logs may weigh, in bytes. */
  keepLogsBytes: number;
  /** How old what is written down of changes may become, in milliseconds. */
  keepActivityMs: number;
  /** How long it is known how many calls there were, in milliseconds. */
  keepCallCountsMs: number;
  /** How much a bundle may weigh, packed, in bytes. */
  maxBundleBytes: number;
  /** How long the pipeline of a release may take, in milliseconds. */
  pipelineMs: number;
  /** How long whoever sends a release waits for its outcome at most, in milliseconds; then they are told that it is under way. */
  earlyOutcomeMs: number;
  /** How long a release waits for its owner to sign in at the upstream, in milliseconds. */
  signInMs: number;
  /** How long a release stays leased to a worker that is not heard of, in milliseconds. */
  leaseMs: number;
  /** How long a called server may take until its answer begins, and be silent within one, in milliseconds. */
  upstreamAnswerMs: number;
  /** How long an event stream of a called server may be silent until a comment is put into it, in milliseconds. */
  streamCommentMs: number;
  /** How long after its start the registry first takes away what is not kept any more, in milliseconds. */
  firstSweepMs: number;
  /** How long after one sweep of logs that are not kept any more the next follows, in milliseconds. */
  logSweepMs: number;
  /** How many service tokens may be asked for with one API key. */
  tokensPerMinute: number;
  /** Of how many successful releases of a server the bundle is kept: the newest ones. */
  keptBundles: number;
  /** What an owner may have, unless another amount was set for them. */
  quotas: Quotas;
}

const DAY = 86_400_000;

export const defaultRegistryLimits: RegistryLimits = {
  nameHoldMs: 30 * DAY,
  keepLogsMs: 30 * DAY,
  keepLogsBytes: 1024 ** 3,
  keepActivityMs: 400 * DAY,
  keepCallCountsMs: 400 * DAY,
  maxBundleBytes: 100 * 1024 ** 2,
  pipelineMs: 60_000,
  earlyOutcomeMs: 2500,
  signInMs: 600_000,
  leaseMs: 15_000,
  upstreamAnswerMs: 300_000,
  streamCommentMs: 15_000,
  firstSweepMs: 1000,
  logSweepMs: 300_000,
  tokensPerMinute: 120,
  keptBundles: 5,
  quotas: DEFAULT_QUOTAS,
};
