import { describe, expect, it } from 'vitest';
import { listedServer } from '#e2e/support/listed-server.ts';
import type { ServerPage } from '#web/api/server-cache.ts';
import { collectServers } from './collect-servers.ts';

const page = (namespace: string, names: string[], totalCount: number | null): ServerPage => ({
  namespace,
  page: 1,
  servers: names.map((name) => listedServer(name)),
  removed: 0,
  totalCount,
  hasMore: true,
  unreadable: { entries: 1, values: 2 },
  failure: null,
});

describe('putting the pages of the list together', () => {
  it('keeps a server that moved between two pages once', () => {
    const { servers } = collectServers([[page('x', ['a', 'b'], 3)], [page('x', ['b', 'c'], 3)]], ['x']);
    expect(servers.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('keeps two servers of one id, which is not what tells them apart', () => {
    const [first, second] = [listedServer('x/a', { id: '1' }), listedServer('x/b', { id: '1' })];
    const { servers } = collectServers([[{ ...page('x', [], 2), servers: [first, second] }]], ['x']);
    expect(servers).toEqual([first, second]);
  });

  it('adds the latest totals of the namespaces and says whether one is missing', () => {
    const batches = [[page('x', ['a', 'b'], 4), page('y', ['d'], 1)], [page('x', ['c'], 3)]];
    expect(collectServers(batches, ['x', 'y'])).toMatchObject({ total: 4, isTotalOpen: false });
    expect(collectServers(batches, ['x', 'y', 'z'])).toMatchObject({ total: 4, isTotalOpen: true });
  });

  it('claims no total where a namespace tells none, and adds up what could not be read', () => {
    const batches = [[page('x', ['a'], 1), page('y', ['b'], null)]];
    expect(collectServers(batches, ['x', 'y'])).toMatchObject({
      total: null,
      unreadable: { entries: 2, values: 4 },
    });
  });
});
