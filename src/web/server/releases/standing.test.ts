import { describe, expect, it } from 'vitest';
import type { Release } from '#contract/registry-answers.ts';
import { standingOf } from './standing.ts';

const release = (id: string, status: string | null, type: string | null = 'hosted_shttp'): Release => ({
  id,
  status,
  type,
  createdAt: '2026-01-01T00:00:00.000Z',
  branch: null,
  commit: null,
  commitMessage: null,
  upstreamUrl: null,
});

const standing = (releases: (Release | null)[], count: number | null = releases.length) => {
  const latest = releases.length === 0 ? null : (releases[0] ?? ('unknown' as const));
  const {
    state,
    live,
    latest: shown,
    failed,
  } = standingOf({
    releases,
    latest,
    count,
    unreadable: { entries: 0, values: 0 },
  });
  return [state, live?.id, shown?.id, failed.map(({ id }) => id).join()];
};

describe('how a server stands', () => {
  it.each<[string, (Release | null)[], ReturnType<typeof standing>]>([
    ['never released', [], ['not-released', undefined, undefined, '']],
    ['live', [release('2', 'SUCCESS'), release('1', 'FAILURE')], ['live', '2', undefined, '']],
    ['a bundle', [release('1', 'SUCCESS', 'stdio')], ['local', '1', undefined, '']],
    ['live, of an unreadable type', [release('1', 'SUCCESS', null)], ['unknown', '1', undefined, '']],
    [
      'live on an older release',
      [release('3', 'CANCELLED'), release('2', 'FAILURE'), release('1', 'SUCCESS')],
      ['live-on-older', '1', '3', '3,2'],
    ],
    [
      'a bundle whose newer release failed',
      [release('2', 'FAILURE_SCAN', 'stdio'), release('1', 'SUCCESS', 'stdio')],
      ['live-on-older', '1', '2', '2'],
    ],
    ['failed', [release('2', 'INTERNAL_ERROR'), release('1', 'FAILURE')], ['failed', undefined, '2', '2,1']],
    ['waits for a sign-in', [release('1', 'AUTH_REQUIRED')], ['needs-sign-in', undefined, '1', '']],
    [
      'live, and the next waits for a sign-in',
      [release('2', 'AUTH_REQUIRED'), release('1', 'SUCCESS')],
      ['live', '1', '2', ''],
    ],
    ['being released', [release('1', 'QUEUED')], ['releasing', undefined, '1', '']],
    ['a status from the future', [release('1', 'MELTED')], ['unknown', undefined, '1', '']],
    ['unreadable', [null], ['unknown', undefined, undefined, '']],
  ])('%s', (_what, releases, expected) => {
    expect(standing(releases)).toEqual(expected);
  });

  it('is unknown where an older release, not asked for, may be live', () => {
    expect(standing([release('9', 'FAILURE')], 40)).toEqual(['unknown', undefined, '9', '9']);
  });
});
