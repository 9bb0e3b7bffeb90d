import { describe, expect, it } from 'vitest';
import { type LatestRelease, serverState } from './server-state.ts';

const never = { isDeployed: false, remote: null };
const release = (status: string, type = 'hosted_shttp'): LatestRelease => ({ status, type });

describe('the state of a server', () => {
  it('is live as soon as the list says so, whatever its latest release does', () => {
    const live = { isDeployed: true, remote: true };
    expect(serverState(live, 'loading')).toBe('live');
    expect(serverState(live, release('FAILURE'))).toBe('live');
  });

  it('is local where people run it themselves', () => {
    expect(serverState({ isDeployed: false, remote: false }, 'loading')).toBe('local');
    expect(serverState(null, release('SUCCESS', 'stdio'))).toBe('local');
  });

  it('is external where it answers from its own host', () => {
    expect(serverState({ isDeployed: false, remote: true }, release('SUCCESS', 'external_shttp'))).toBe(
      'external',
    );
  });

  it.each([
    ['FAILURE', 'failed'],
    ['FAILURE_SCAN', 'failed'],
    ['INTERNAL_ERROR', 'failed'],
    ['QUEUED', 'releasing'],
    ['WORKING', 'releasing'],
    ['AUTH_REQUIRED', 'needs-sign-in'],
    ['AUTH_TIMEOUT', 'failed'],
    ['CANCELLED', 'cancelled'],
    ['SOMETHING_NEW', 'unknown'],
  ])('with nothing published and a release that is %s, is %s', (status, state) => {
    expect(serverState(never, release(status))).toBe(state);
  });

  it('claims nothing before the release is there, nor where it cannot be had', () => {
    expect(serverState(never, 'loading')).toBe('loading');
    expect(serverState(never, 'unknown')).toBe('unknown');
    expect(serverState(never, null)).toBe('not-released');
  });
});
