import type { OwnedServer, OwnedServerState, ServerFilter } from './owned-servers.ts';

/** For how long a server that answers had no call, to be called quiet. */
export const QUIET_DAYS = 90;
/** From which share of failed calls on a server needs attention, and of how many calls at least. */
export const FAILING = { share: 0.2, calls: 20 } as const;

const DAY_MS = 86_400_000;
const FAILED = new Set(['FAILURE', 'FAILURE_SCAN', 'AUTH_TIMEOUT', 'CANCELLED', 'INTERNAL_ERROR']);

/** True for a release's status that says that it ended without going live. */
export function isFailedStatus(status: string): boolean {
  return FAILED.has(status);
}

/**
 * What a server is doing, by the status of its latest release and the type of its live one. Undefined: not known; null:
 * there is none.
 */
export function ownedServerState(
  latestStatus: string | null | undefined,
  liveType: string | null | undefined,
): OwnedServerState {
  if (liveType === undefined) return 'unknown';
  if (liveType !== null) {
    if (latestStatus !== undefined && latestStatus !== null && isFailedStatus(latestStatus)) {
      return 'live-on-older';
    }
    return liveType === 'stdio' ? 'local' : 'live';
  }
  if (latestStatus === undefined) return 'unknown';
  if (latestStatus === null) return 'not-released';
  if (latestStatus === 'AUTH_REQUIRED') return 'needs-sign-in';
  if (latestStatus === 'QUEUED' || latestStatus === 'WORKING') return 'releasing';
  return isFailedStatus(latestStatus) ? 'failed' : 'unknown';
}

type Rule = (server: Facts, now: Date) => boolean;
type Facts = Pick<OwnedServer, 'state' | 'isUnlisted' | 'calls' | 'liveRelease' | 'createdAt'>;

/** One reason why a server needs attention. */
interface AttentionRule {
  /** In one short sentence, as it is shown. */
  words: string;
  holds: Rule;
}

/** Why servers need attention, the most pressing first: one that meets any of these is counted. */
export const ATTENTION_RULES: readonly AttentionRule[] = [
  { words: 'The latest release failed, and none ever ran.', holds: ({ state }) => state === 'failed' },
  {
    words: 'The latest release failed; an older one is live.',
    holds: ({ state }) => state === 'live-on-older',
  },
  {
    words: 'The latest release waits for a sign-in.',
    holds: ({ state }) => state === 'needs-sign-in',
  },
  {
    words: `At least ${FAILING.share * 100} % of its calls fail, of ${FAILING.calls} or more in 7 days.`,
    holds: ({ calls }) => {
      const { errorShare, in7Days, errorSample } = calls;
      const of = errorSample ?? in7Days;
      return (
        typeof errorShare === 'number' &&
        of !== undefined &&
        of >= FAILING.calls &&
        errorShare >= FAILING.share
      );
    },
  },
];

/** Which servers each filter shows. */
export const FILTER_RULES: Readonly<Record<ServerFilter, Rule>> = {
  attention: (server, now) => ATTENTION_RULES.some(({ holds }) => holds(server, now)),
  live: ({ state }) => state === 'live' || state === 'live-on-older',
  failed: ({ state }) => state === 'failed',
  'not-released': ({ state }) => state === 'not-released',
  local: ({ state, liveRelease }) => state === 'local' || liveRelease?.type === 'stdio',
  unlisted: ({ isUnlisted }) => isUnlisted === true,
  quiet: isQuiet,
};

/** True for a server that is live, had no call for `QUIET_DAYS`, and whose calls are known for as long. */
export function isQuiet({ state, calls, liveRelease, createdAt }: Facts, now: Date): boolean {
  if (state !== 'live' && state !== 'live-on-older') return false;
  if (calls.lastAt === undefined) return false;
  const limit = new Date(now.getTime() - QUIET_DAYS * DAY_MS).toISOString();
  if (calls.lastAt !== null) return calls.lastAt < limit;
  // None that is known: only where it is known for as long, and the server was there for as long.
  const there = createdAt ?? liveRelease?.at;
  return there !== undefined && there < limit && (calls.since === undefined || calls.since <= limit);
}
