import { describe, expect, it } from 'vitest';
import { SERVER_FILTERS, type OwnedServer } from './owned-servers.ts';
import {
  ATTENTION_RULES,
  FILTER_RULES,
  isFailedStatus,
  isQuiet,
  ownedServerState,
} from './server-filters.ts';

const NOW = new Date('2026-06-01T12:00:00.000Z');
const daysAgo = (days: number, ms = 0): string =>
  new Date(NOW.getTime() - days * 86_400_000 - ms).toISOString();

const server = (rest: Partial<OwnedServer> = {}): OwnedServer => ({
  qualifiedName: 'acme/weather',
  namespace: 'acme',
  displayName: 'Weather',
  description: '',
  iconUrl: null,
  state: 'live',
  calls: {},
  asOf: NOW.toISOString(),
  ...rest,
});
const filtersOf = (shown: OwnedServer) => SERVER_FILTERS.filter((filter) => FILTER_RULES[filter](shown, NOW));

describe('what a server is doing', () => {
  it.each([
    ['SUCCESS', 'external_shttp', 'live'],
    ['SUCCESS', 'stdio', 'local'],
    ['WORKING', 'hosted_shttp', 'live'],
    ['AUTH_REQUIRED', 'hosted_shttp', 'live'],
    ['FAILURE', 'hosted_shttp', 'live-on-older'],
    ['FAILURE_SCAN', 'stdio', 'live-on-older'],
    [undefined, 'hosted_shttp', 'live'],
    ['FAILURE', null, 'failed'],
    ['FAILURE_SCAN', null, 'failed'],
    ['AUTH_TIMEOUT', null, 'failed'],
    ['CANCELLED', null, 'failed'],
    ['INTERNAL_ERROR', null, 'failed'],
    ['AUTH_REQUIRED', null, 'needs-sign-in'],
    ['QUEUED', null, 'releasing'],
    ['WORKING', null, 'releasing'],
    [null, null, 'not-released'],
    ['SUCCESS', null, 'unknown'],
    ['SOMETHING_NEW', null, 'unknown'],
    [undefined, null, 'unknown'],
    ['FAILURE', undefined, 'unknown'],
    [undefined, undefined, 'unknown'],
  ] as const)('with a latest release %s and a live one of type %s is %s', (latest, live, state) => {
    expect(ownedServerState(latest, live)).toBe(state);
  });

  it('is never live where its latest release ended in any failing status', () => {
    for (const status of ['FAILURE', 'FAILURE_SCAN', 'AUTH_TIMEOUT', 'CANCELLED', 'INTERNAL_ERROR']) {
      expect(isFailedStatus(status)).toBe(true);
      for (const type of ['hosted_shttp', 'stdio', null, undefined]) {
        expect(ownedServerState(status, type)).not.toMatch(/^(live|local)$/);
      }
    }
    expect(['SUCCESS', 'QUEUED', 'WORKING', 'AUTH_REQUIRED', 'failure', ''].some(isFailedStatus)).toBe(false);
  });
});

describe('a server needs attention', () => {
  const reasons = (shown: OwnedServer) =>
    ATTENTION_RULES.filter(({ holds }) => holds(shown, NOW)).map(({ words }) => words);

  it('where its latest release failed or waits for a sign-in', () => {
    for (const state of ['failed', 'live-on-older', 'needs-sign-in'] as const) {
      expect(reasons(server({ state }))).toHaveLength(1);
      expect(filtersOf(server({ state }))).toContain('attention');
    }
    for (const state of ['live', 'releasing', 'not-released', 'local', 'unknown'] as const) {
      expect(filtersOf(server({ state }))).not.toContain('attention');
    }
  });

  it('where a fifth of its calls fail, of twenty or more', () => {
    const needs = (calls: OwnedServer['calls']) => reasons(server({ calls })).length > 0;
    expect(needs({ errorShare: 0.2, in7Days: 20 })).toBe(true);
    expect(needs({ errorShare: 0.199, in7Days: 20 })).toBe(false);
    expect(needs({ errorShare: 1, in7Days: 19 })).toBe(false);
    // Of a sample the sample counts.
    expect(needs({ errorShare: 0.5, in7Days: 5000, errorSample: 19 })).toBe(false);
    expect(needs({ errorShare: 0.5, in7Days: 3, errorSample: 100 })).toBe(true);
  });

  it('by nothing that is not known', () => {
    expect(reasons(server({ state: 'unknown', calls: {} }))).toEqual([]);
    expect(reasons(server({ calls: { errorShare: 1 } }))).toEqual([]);
    expect(reasons(server({ calls: { errorShare: null, in7Days: 100 } }))).toEqual([]);
  });
});

describe('a server is quiet', () => {
  const quiet = (rest: Partial<OwnedServer>) => isQuiet(server(rest), NOW);

  it('ninety days after its last call, to the millisecond', () => {
    expect(quiet({ calls: { lastAt: daysAgo(90, 1) } })).toBe(true);
    expect(quiet({ calls: { lastAt: daysAgo(90) } })).toBe(false);
    expect(quiet({ state: 'live-on-older', calls: { lastAt: daysAgo(91) } })).toBe(true);
  });

  it('without a call only where it was there, and calls were counted, for as long', () => {
    const calls = { lastAt: null };
    expect(quiet({ calls, createdAt: daysAgo(91) })).toBe(true);
    expect(quiet({ calls, createdAt: daysAgo(89) })).toBe(false);
    expect(quiet({ calls: { lastAt: null, since: daysAgo(89) }, createdAt: daysAgo(400) })).toBe(false);
    expect(quiet({ calls: { lastAt: null, since: daysAgo(90) }, createdAt: daysAgo(400) })).toBe(true);
    expect(quiet({ calls, liveRelease: { id: 'r', type: null, at: daysAgo(91) } })).toBe(true);
  });

  it('never where that is not known, or nothing answers', () => {
    expect(quiet({ calls: {}, createdAt: daysAgo(400) })).toBe(false);
    expect(quiet({ calls: { lastAt: null } })).toBe(false);
    for (const state of ['local', 'failed', 'not-released', 'releasing', 'unknown'] as const) {
      expect(quiet({ state, calls: { lastAt: daysAgo(400) } })).toBe(false);
    }
  });
});

describe('a filter', () => {
  it('shows what its word says', () => {
    expect(filtersOf(server({ state: 'live' }))).toEqual(['live']);
    expect(filtersOf(server({ state: 'live-on-older' }))).toEqual(['attention', 'live']);
    expect(filtersOf(server({ state: 'failed' }))).toEqual(['attention', 'failed']);
    expect(filtersOf(server({ state: 'not-released', isUnlisted: true }))).toEqual([
      'not-released',
      'unlisted',
    ]);
    expect(filtersOf(server({ state: 'local' }))).toEqual(['local']);
    expect(filtersOf(server({ state: 'needs-sign-in' }))).toEqual(['attention']);
    expect(filtersOf(server({ state: 'releasing' }))).toEqual([]);
    expect(filtersOf(server({ state: 'unknown' }))).toEqual([]);
  });
});
