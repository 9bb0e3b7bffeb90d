import { describe, expect, it } from 'vitest';
import { serverState } from './server-state.ts';

const release = (status: string | null, type: string | null = 'hosted_shttp') => ({ status, type });
const known = (...releases: (ReturnType<typeof release> | null)[]) => ({
  releases,
  latest: releases.length === 0 ? null : (releases[0] ?? ('unknown' as const)),
  count: releases.length,
});
const unread = { releases: [], latest: 'unknown', count: null } as const;
const never = { isDeployed: false, remote: null };

describe('the state of a server', () => {
  it('is live where its latest release answers, wherever that is', () => {
    expect(serverState(null, known(release('SUCCESS')))).toBe('live');
    expect(serverState(null, known(release('SUCCESS', 'external_shttp')))).toBe('live');
  });

  it('is never plainly live where the latest release failed, also where the entry says it is deployed', () => {
    const listed = { isDeployed: true, remote: true };
    expect(serverState(null, known(release('FAILURE'), release('SUCCESS')))).toBe('live-on-older');
    expect(serverState(listed, { ...known(release('FAILURE_SCAN')), count: 40 })).toBe('live-on-older');
  });

  it('is local where people run it themselves', () => {
    expect(serverState(null, known(release('SUCCESS', 'stdio')))).toBe('local');
    expect(serverState({ isDeployed: false, remote: false }, unread)).toBe('local');
  });

  it.each([
    ['FAILURE', 'failed'],
    ['FAILURE_SCAN', 'failed'],
    ['INTERNAL_ERROR', 'failed'],
    ['QUEUED', 'releasing'],
    ['WORKING', 'releasing'],
    ['AUTH_REQUIRED', 'needs-sign-in'],
    ['AUTH_TIMEOUT', 'failed'],
    ['CANCELLED', 'failed'],
    ['SOMETHING_NEW', 'unknown'],
  ])('with nothing published and a release that is %s, is %s', (status, state) => {
    expect(serverState(never, known(release(status)))).toBe(state);
  });

  it('claims nothing where the releases cannot be had, but what the entry tells', () => {
    expect(serverState(never, known())).toBe('not-released');
    expect(serverState(never, unread)).toBe('unknown');
    expect(serverState(null, unread)).toBe('unknown');
    expect(serverState({ isDeployed: true, remote: true }, unread)).toBe('live');
    expect(serverState(never, known(null, release('SUCCESS')))).toBe('unknown');
  });
});
