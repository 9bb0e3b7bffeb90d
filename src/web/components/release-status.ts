import type { Release } from '#web/api/releases.ts';
import type { Tone } from '#web/ui/badge.tsx';

/** The release that answers now: the newest that succeeded, of releases newest first; undefined where none did. */
export function liveRelease(releases: readonly Release[]): Release | undefined {
  return releases.find(({ status }) => status === 'SUCCESS');
}

interface StatusLook {
  word: string;
  tone: Tone;
}

const statuses: Readonly<Record<string, StatusLook>> = {
  SUCCESS: { word: 'Succeeded', tone: 'success' },
  QUEUED: { word: 'Queued', tone: 'warning' },
  WORKING: { word: 'Building', tone: 'warning' },
  FAILURE: { word: 'Failed', tone: 'danger' },
  FAILURE_SCAN: { word: 'Scan failed', tone: 'danger' },
  INTERNAL_ERROR: { word: 'Registry error', tone: 'danger' },
  AUTH_REQUIRED: { word: 'Needs sign-in', tone: 'warning' },
  AUTH_TIMEOUT: { word: 'Sign-in timed out', tone: 'warning' },
  CANCELLED: { word: 'Cancelled', tone: 'neutral' },
};

/** A release's status as people say it; one the registry invents later is shown as it is. */
export function releaseStatus(status: string): StatusLook {
  return statuses[status] ?? { word: status, tone: 'neutral' };
}

const types: Readonly<Record<string, string>> = {
  hosted_shttp: 'Hosted by the registry',
  external_shttp: 'External URL',
  stdio: 'Local bundle (stdio)',
};

/** A release's type as people say it; one the registry invents later is shown as it is. */
export function releaseType(type: string): string {
  return types[type] ?? type;
}
