import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownedServer, readServers } from '#e2e/support/owned-server.ts';
import type { OwnedServer } from '#contract/owned-servers.ts';
import { changeServers, ownedServersQuery, type ReadList } from './owned-servers.ts';
import { USUAL_ORDER } from '#web/api/server-cache/server-cache.ts';

const LATER = '2026-01-02T00:00:00.000Z';
const server = (slug: string, uses = 0, asOf = LATER) => ownedServer(`acme/${slug}`, { uses, asOf });

/** The list as an answer brings it: every object new. */
function list(servers: OwnedServer[], pageSize = 2, asOf = LATER): ReadList {
  const pages = [];
  for (let start = 0; start < servers.length; start += pageSize) {
    pages.push(readServers(structuredClone(servers.slice(start, start + pageSize)), { asOf }));
  }
  return { pages, pageParams: pages.map((_, index) => (index === 0 ? null : `page ${index}`)) };
}

const keep = ownedServersQuery(USUAL_ORDER).structuralSharing as (
  before: ReadList | undefined,
  after: ReadList,
) => ReadList;
const serversOf = (data: ReadList) => data.pages.flatMap(({ servers }) => servers);

describe('a list that is read again', () => {
  it('keeps every server that has not changed as the object it was, wherever it stands now', () => {
    const slugs = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { minLength: 1 });
    fc.assert(
      fc.property(slugs, slugs, fc.integer({ min: 1, max: 4 }), (before, after, pageSize) => {
        const old = list(before.map((slug) => server(slug)));
        const known = new Map(serversOf(old).map((entry) => [entry.id, entry]));
        const answer = list(
          after.map((slug) => server(slug)),
          pageSize,
        );
        const kept = keep(old, answer);
        expect(serversOf(kept)).toEqual(serversOf(answer));
        for (const entry of serversOf(kept).slice(0, serversOf(old).length)) {
          expect(known.get(entry.id) ?? entry).toEqual(entry);
        }
        const replaced = kept.pages.filter(
          (page, at) => old.pages[at] !== undefined && page !== answer.pages[at],
        );
        for (const entry of replaced.flatMap(({ servers }) => servers)) {
          expect(entry).toBe(known.get(entry.id) ?? entry);
        }
      }),
    );
  });

  it('shows what has changed of a server, and leaves the others and their pages alone', () => {
    const old = list([server('a'), server('b'), server('c')]);
    const kept = keep(old, list([server('a'), server('b', 7), server('c')]));
    expect(serversOf(kept).map(({ uses }) => uses)).toEqual([0, 7, 0]);
    expect(serversOf(kept).map((entry, index) => entry === serversOf(old)[index])).toEqual([
      true,
      false,
      true,
    ]);
    expect(kept.pages[1]).toBe(old.pages[1]);
  });

  it('is the same list where nothing but the time of reading is new', () => {
    const old = list([server('a'), server('b'), server('c')]);
    const again = list(
      [server('a', 0, 'later'), server('b', 0, 'later'), server('c', 0, 'later')],
      2,
      'later',
    );
    const kept = keep(old, again);
    expect(kept).toBe(old);
  });

  it('takes a page that comes after the others as it is', () => {
    const old = list([server('a'), server('b')]);
    const more: ReadList = { ...old, pages: [...old.pages, readServers([server('c')])] };
    expect(keep(old, more)).toBe(more);
    expect(keep(undefined, more)).toBe(more);
  });
});

describe('changing servers of a list', () => {
  it('leaves pages alone in which nothing changes, and the list where none does', () => {
    const before = list([server('a'), server('b'), server('c')]);
    expect(changeServers(before, (entry) => entry)).toBe(before);
    const after = changeServers(before, (entry) => (entry.qualifiedName === 'acme/c' ? null : entry));
    expect(serversOf(after)).toHaveLength(2);
    expect(after.pages[0]).toBe(before.pages[0]);
  });
});
