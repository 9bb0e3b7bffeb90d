import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { liveRelease, releaseStatus, releaseType } from './release-status.ts';
import { serverState } from './server-state.ts';

/** Every status that the official client's documentation of its type names. */
function namedStatuses(): string[] {
  const types = createRequire(import.meta.url).resolve('@smithery/api/resources/servers/releases');
  const text = readFileSync(types.replace(/\.m?js$/, '.d.ts'), 'utf8');
  const [, list = ''] = /Current status: ([^.]+)\./.exec(text) ?? [];
  return list.match(/[A-Z_]{2,}/g) ?? [];
}

const never = { isDeployed: false, remote: null };
const stateAfter = (status: string) => {
  const release = { status, type: 'hosted_shttp' };
  return serverState(never, { releases: [release], latest: release, count: 1 });
};

describe('the status of a release', () => {
  it('is known in words for every status that the official client names', () => {
    const statuses = namedStatuses();
    expect(statuses.length).toBeGreaterThan(8);
    expect(statuses.filter((status) => releaseStatus(status).outcome === 'unknown')).toEqual([]);
    expect(statuses.filter((status) => releaseStatus(status).word === status)).toEqual([]);
  });

  it.each(['FAILURE', 'FAILURE_SCAN', 'INTERNAL_ERROR', 'AUTH_TIMEOUT'])(
    '%s is a failure in the list, in the state of the server and in the release’s own colour',
    (status) => {
      expect(releaseStatus(status)).toMatchObject({ outcome: 'failed', tone: 'danger' });
      expect(stateAfter(status)).toBe('failed');
    },
  );

  it.each(['SUCCESS', 'QUEUED', 'WORKING', 'AUTH_REQUIRED'])('%s is no failure', (status) => {
    expect(releaseStatus(status).outcome).not.toBe('failed');
    expect(stateAfter(status)).not.toBe('failed');
  });

  it.each(['SOMETHING_NEW', 'constructor', '__proto__', 'toString', ''])(
    'is shown as it is where it is %j, and claims nothing of the server',
    (status) => {
      expect(releaseStatus(status)).toEqual({ word: status, tone: 'neutral', outcome: 'unknown' });
      expect(stateAfter(status)).toBe('unknown');
      expect(releaseType(status)).toBe(status);
    },
  );
});

describe('the live release', () => {
  it('is the newest that succeeded', () => {
    const releases = ['INTERNAL_ERROR', 'SUCCESS', 'SUCCESS'].map((status, index) => ({ id: index, status }));
    expect(liveRelease(releases)).toBe(releases[1]);
    expect(liveRelease(releases.slice(0, 1))).toBeUndefined();
  });

  it('cannot be told where one before it could not be read, or not all are here', () => {
    const [failed, succeeded] = [{ status: 'FAILURE' }, { status: 'SUCCESS' }];
    expect(liveRelease([null, succeeded])).toBeNull();
    expect(liveRelease([failed, { status: null }, succeeded])).toBeNull();
    expect(liveRelease([failed], 2)).toBeNull();
    expect(liveRelease([failed], null)).toBeNull();
    expect(liveRelease([succeeded, null])).toBe(succeeded);
  });
});
