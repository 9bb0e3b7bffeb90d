import { describe, expect, it } from 'vitest';
import { ownedServer } from '#e2e/support/owned-server.ts';
import { USUAL_ORDER } from '#web/api/server-cache/server-cache.ts';
import { wholeView } from '#web/components/list-view.ts';
import { sortServers } from './sort-servers.ts';
import { ViewRowsKeeper } from './view-rows.ts';

const NOW = new Date('2026-02-01T00:00:00.000Z');
const names = (servers: readonly { qualifiedName: string }[]) =>
  servers.map(({ qualifiedName }) => qualifiedName);

describe('the rows of a view', () => {
  const servers = [
    ownedServer('demo/live', { uses: 9 }),
    ownedServer('demo/failed', { state: 'failed', liveRelease: null, uses: 5 }),
    ownedServer('labs/older', { state: 'live-on-older', uses: 3 }),
    ownedServer('labs', { state: 'local', isUnlisted: true }),
  ];
  const loaded = { servers, count: servers.length, order: USUAL_ORDER };
  const rowsOf = (view: Partial<typeof wholeView>) => {
    const { servers, count } = new ViewRowsKeeper(() => NOW).rows(loaded, { ...wholeView, ...view });
    return names(servers.slice(0, count));
  };

  it('are those of one filter', () => {
    expect(rowsOf({})).toHaveLength(4);
    expect(rowsOf({ filter: 'attention' })).toEqual(['demo/failed', 'labs/older']);
    expect(rowsOf({ filter: 'live' })).toEqual(['demo/live', 'labs/older']);
    expect(rowsOf({ filter: 'unlisted' })).toEqual(['labs']);
  });

  it('are those of one namespace, and of both', () => {
    expect(rowsOf({ namespace: 'labs' })).toEqual(['labs/older', 'labs']);
    expect(rowsOf({ namespace: 'labs', filter: 'attention' })).toEqual(['labs/older']);
  });

  it('are put in another order than they were read in', () => {
    expect(rowsOf({ order: { sort: 'uses', direction: 'asc' } })[0]).toBe('labs');
  });

  it('grow by what comes after the others, without a look at those again', () => {
    const keeper = new ViewRowsKeeper(() => NOW);
    const growing = servers.slice(0, 2);
    const before = keeper.rows({ ...loaded, servers: growing, count: 2 }, wholeView);
    growing.push(...servers.slice(2));
    const after = keeper.rows({ ...loaded, servers: growing, count: 4 }, wholeView);
    expect(after.servers).toBe(before.servers);
    expect([before.count, after.count]).toEqual([2, 4]);
    const others = keeper.rows({ ...loaded, servers: growing.slice(1), count: 3 }, wholeView);
    expect(names(others.servers)).toEqual(names(servers.slice(1)));
    expect(names(before.servers.slice(0, before.count))).toEqual(names(servers.slice(0, 2)));
  });
});

describe('sorting the list', () => {
  const sorted = (servers: ReturnType<typeof ownedServer>[], sort: 'uses' | 'name' | 'called' | 'state') => ({
    asc: names(sortServers(servers, { sort, direction: 'asc' })),
    desc: names(sortServers(servers, { sort, direction: 'desc' })),
  });

  it('orders equals by their qualified name and leaves the list it was given untouched', () => {
    const servers = [
      ownedServer('a/2', { uses: 1 }),
      ownedServer('a/1', { uses: 1 }),
      ownedServer('a/3', { uses: 9 }),
    ];
    expect(sorted(servers, 'uses')).toEqual({ asc: ['a/1', 'a/2', 'a/3'], desc: ['a/3', 'a/1', 'a/2'] });
    expect(names(servers)).toEqual(['a/2', 'a/1', 'a/3']);
  });

  it('puts those of which it is not known, or that have none, last both ways', () => {
    const unknown = ownedServer('a/unknown', { calls: {} });
    const servers = [
      unknown,
      ownedServer('a/never', { calls: { lastAt: null } }),
      ownedServer('a/old', { calls: { lastAt: '2026-01-01T00:00:00.000Z' } }),
      ownedServer('a/new', { calls: { lastAt: '2026-01-09T00:00:00.000Z' } }),
    ];
    expect(sorted(servers, 'called')).toEqual({
      asc: ['a/old', 'a/new', 'a/never', 'a/unknown'],
      desc: ['a/new', 'a/old', 'a/never', 'a/unknown'],
    });
    const states = [
      ownedServer('a/x', { state: 'unknown' }),
      ownedServer('a/y', { state: 'failed' }),
      ownedServer('a/z'),
    ];
    expect(sorted(states, 'state')).toEqual({ asc: ['a/z', 'a/y', 'a/x'], desc: ['a/y', 'a/z', 'a/x'] });
  });

  it('compares display names as people do, whatever their case and accents', () => {
    const servers = [
      ownedServer('a/x', { displayName: 'Zebra' }),
      ownedServer('a/y', { displayName: 'apple' }),
      ownedServer('a/z', { displayName: 'Élan' }),
    ];
    expect(sorted(servers, 'name').asc).toEqual(['a/y', 'a/z', 'a/x']);
  });
});
