import type { Release } from '#contract/registry-answers.ts';
import type { OwnedServerState } from '#contract/owned-servers.ts';
import { isFailedStatus } from '#contract/server-filters.ts';
import type { Releases } from '#web/api/releases.ts';
import { liveRelease, releaseStatus } from '#web/components/server-marks/release-status.ts';
import { serverState } from '#web/components/server-marks/server-state.ts';

/** What a server is doing, and what there is to say of it: the releases that explain it. */
export interface Standing {
  state: OwnedServerState;
  /** The release that has gone live last; null where none has, or that is not known. */
  live: Release | null;
  /** The newest release, where it is not the live one and could be read. */
  latest: Release | null;
  /** The releases after the live one that did not go live, the newest first. */
  failed: readonly Release[];
}

/** How a server stands by its newest releases. */
export function standingOf({ releases, latest, count }: Releases): Standing {
  const live = liveRelease(releases, count);
  const known = typeof latest === 'object' ? latest : undefined;
  const newer = releases.slice(0, live === undefined || live === null ? undefined : releases.indexOf(live));
  return {
    state: serverState(null, { releases, latest, count }),
    live: live ?? null,
    latest: known === undefined || known === live ? null : known,
    failed: newer.filter((release): release is Release => isFailedStatus(release?.status ?? '')),
  };
}

// Of how many failed releases the reason is told: each is asked for by itself.
const MOST_REASONS = 3;

/** The releases of which the page says why they are not live. */
export function explainedReleases({ state, latest, failed }: Standing): readonly Release[] {
  const outcome = latest === null ? undefined : releaseStatus(latest.status).outcome;
  if (latest !== null && (outcome === 'needs-sign-in' || outcome === 'releasing')) return [latest];
  return state === 'failed' || state === 'live-on-older' ? failed.slice(0, MOST_REASONS) : [];
}
