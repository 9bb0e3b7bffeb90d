import type { ReleaseStatus } from '#contract/release-statuses.ts';
import { ownEntry } from '#web/lib/own-entry.ts';
import type { Tone } from '#web/ui/badge.tsx';

interface StatusMeaning {
  /** As people say it. */
  word: string;
  tone: Tone;
  /** What became of the release; `unknown` where the registry says something new. */
  outcome: 'succeeded' | 'releasing' | 'needs-sign-in' | 'failed' | 'cancelled' | 'unknown';
}

const statuses: Readonly<Record<ReleaseStatus, StatusMeaning>> = {
  QUEUED: { word: 'Queued', tone: 'warning', outcome: 'releasing' },
  WORKING: { word: 'Building', tone: 'warning', outcome: 'releasing' },
  SUCCESS: { word: 'Succeeded', tone: 'success', outcome: 'succeeded' },
  FAILURE: { word: 'Failed', tone: 'danger', outcome: 'failed' },
  FAILURE_SCAN: { word: 'Scan failed', tone: 'danger', outcome: 'failed' },
  AUTH_REQUIRED: { word: 'Needs sign-in', tone: 'warning', outcome: 'needs-sign-in' },
  AUTH_TIMEOUT: { word: 'Sign-in timed out', tone: 'danger', outcome: 'failed' },
  CANCELLED: { word: 'Cancelled', tone: 'neutral', outcome: 'cancelled' },
  INTERNAL_ERROR: { word: 'Registry error', tone: 'danger', outcome: 'failed' },
};

/** What a release's status means, null where it could not be read; one that is invented later is shown as it is. */
export function releaseStatus(status: string | null): StatusMeaning {
  if (status === null) return { word: 'Unknown', tone: 'neutral', outcome: 'unknown' };
  return ownEntry(statuses, status) ?? { word: status, tone: 'neutral', outcome: 'unknown' };
}

/**
 * The release that answers now: the newest that succeeded, of releases newest first, of which there are `count`. Undefined
 * where none did; null where that cannot be told, because one before it could not be read or was not asked for.
 */
export function liveRelease<T extends { status: string | null }>(
  releases: readonly (T | null)[],
  count: number | null = releases.length,
): T | null | undefined {
  for (const release of releases) {
    if (release === null || release.status === null) return null;
    if (releaseStatus(release.status).outcome === 'succeeded') return release;
  }
  return count === releases.length ? undefined : null;
}

const types: Readonly<Record<string, string>> = {
  hosted_shttp: 'Hosted by the registry',
  external_shttp: 'External URL',
  stdio: 'Local bundle (stdio)',
};

/** A release's type as people say it, null where it could not be read; one that is invented later is shown as it is. */
export function releaseType(type: string | null): string {
  if (type === null) return 'Unknown type';
  return ownEntry(types, type) ?? type;
}
