import type { InfiniteData } from '@tanstack/react-query';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listedServer } from '#e2e/support/listed-server.ts';
import type { ListedServer } from '#contract/registry-answers.ts';
import type { ServerPage } from './server-cache.ts';
import { serverListQuery } from './servers.ts';

const server = (id: string, useCount = 0) => listedServer(`acme/${id}`, { id, useCount });

/** The list as an answer brings it: every object new. */
function list(servers: ListedServer[], pageSize = 2): InfiniteData<ServerPage[]> {
  const pages: ServerPage[][] = [];
  for (let start = 0; start < servers.length; start += pageSize) {
    pages.push([
      {
        namespace: 'acme',
        page: pages.length + 1,
        servers: structuredClone(servers.slice(start, start + pageSize)),
        removed: 0,
        totalCount: servers.length,
        hasMore: true,
        unreadable: { entries: 0, values: 0 },
        failure: null,
      },
    ]);
  }
  return { pages, pageParams: pages.map((_, index) => index + 1) };
}

const keep = serverListQuery(['acme']).structuralSharing as (
  before: InfiniteData<ServerPage[]> | undefined,
  after: InfiniteData<ServerPage[]>,
) => InfiniteData<ServerPage[]>;
const serversOf = (data: InfiniteData<ServerPage[]>) => data.pages.flat().flatMap(({ servers }) => servers);

describe('a list that is read again', () => {
  it('keeps every server that has not changed as the object it was, wherever it stands now', () => {
    const ids = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { minLength: 1 });
    fc.assert(
      fc.property(ids, ids, fc.integer({ min: 1, max: 4 }), (before, after, pageSize) => {
        const old = list(before.map((id) => server(id)));
        const known = new Map(serversOf(old).map((entry) => [entry.id, entry]));
        const answer = list(
          after.map((id) => server(id)),
          pageSize,
        );
        const kept = keep(old, answer);
        expect(kept).toEqual(answer);
        for (const entry of serversOf(kept)) expect(entry).toBe(known.get(entry.id) ?? entry);
      }),
    );
  });

  it('shows what has changed of a server, and leaves the others alone', () => {
    const old = list([server('a'), server('b'), server('c')]);
    const kept = serversOf(keep(old, list([server('a'), server('b', 7), server('c')])));
    expect(kept.map(({ useCount }) => useCount)).toEqual([0, 7, 0]);
    expect(kept.map((entry, index) => entry === serversOf(old)[index])).toEqual([true, false, true]);
  });

  it('is taken as it comes the first time', () => {
    const answer = list([server('a')]);
    expect(keep(undefined, answer)).toBe(answer);
  });
});
