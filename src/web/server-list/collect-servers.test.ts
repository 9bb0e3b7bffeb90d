import { describe, expect, it } from 'vitest';
import type { ListedServer, ServerPage } from '#web/api/server-cache.ts';
import { collectServers } from './collect-servers.ts';

const page = (ids: string[], totalCount: number): ServerPage => ({
  servers: ids.map((id) => ({ id }) as ListedServer),
  pagination: { currentPage: 1, pageSize: 2, totalPages: 2, totalCount },
});

describe('putting the pages of the list together', () => {
  it('keeps a server that moved between two pages once', () => {
    const { servers } = collectServers(
      {
        pages: [page(['a', 'b'], 3), page(['b', 'c'], 3)],
        pageParams: [
          { namespace: 'x', page: 1 },
          { namespace: 'x', page: 2 },
        ],
      },
      ['x'],
    );
    expect(servers.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('adds the latest totals of the namespaces and says whether one is missing', () => {
    const data = {
      pages: [page(['a', 'b'], 4), page(['c'], 3), page(['d'], 1)],
      pageParams: [
        { namespace: 'x', page: 1 },
        { namespace: 'x', page: 2 },
        { namespace: 'y', page: 1 },
      ],
    };
    expect(collectServers(data, ['x', 'y'])).toMatchObject({ total: 4, isTotalOpen: false });
    expect(collectServers(data, ['x', 'y', 'z'])).toMatchObject({ total: 4, isTotalOpen: true });
  });
});
