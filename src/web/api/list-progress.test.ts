import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listedServer } from '#e2e/support/listed-server.ts';
import { ApiError } from './call-api.ts';
import { listProgress } from './list-progress.ts';
import type { ListPosition, ServerPage } from './server-cache.ts';

const refused = new ApiError('No', { status: 403, code: 'registry-refused' });

/** What a registry answers at a place of the list. */
type Registry = (position: ListPosition) => Partial<ServerPage>;

const named = (names: string[]) => names.map((name) => listedServer(name));

function answer(position: ListPosition, registry: Registry): ServerPage {
  const usual = { servers: [], removed: 0, totalCount: null, hasMore: false, failure: null };
  return { ...usual, unreadable: { entries: 0, values: 0 }, ...position, ...registry(position) };
}

/** Reads as the page does, until nothing goes on by itself; how much was asked for at once is told with it. */
function readAll(namespaces: string[], registry: Registry) {
  const batches: ServerPage[][] = [];
  for (;;) {
    const progress = listProgress(batches, namespaces);
    if (progress.next.length === 0 || progress.isStopped) return { batches, progress };
    batches.push(progress.next.map((position) => answer(position, registry)));
  }
}

const asked = (batches: ServerPage[][]) =>
  batches.flat().map(({ namespace, page }) => `${namespace}:${page}`);

describe('reading the list', () => {
  it('reads namespaces side by side, each page by page, and duplicates once', () => {
    const { batches, progress } = readAll(['a', 'b', 'a', 'c', 'd', 'e'], ({ namespace, page }) => ({
      servers: named([`${namespace}/${page}`]),
      hasMore: namespace === 'a' && page < 3,
    }));
    expect(batches.map((batch) => asked([batch]))).toEqual([
      ['a:1', 'b:1', 'c:1', 'd:1'],
      ['a:2', 'e:1'],
      ['a:3'],
    ]);
    expect(progress).toEqual({ next: [], failed: [], isStopped: false, isCut: false });
  });

  it('ends a namespace at the first page that brings nothing new, whatever the registry says of more', () => {
    const same = readAll(['a'], () => ({ servers: named(['a/1', 'a/2']), hasMore: true }));
    expect(asked(same.batches)).toEqual(['a:1', 'a:2']);
    const empty = readAll(['a'], () => ({ hasMore: true }));
    expect(asked(empty.batches)).toEqual(['a:1']);
  });

  it('goes on over a page of which everything is known to be deleted', () => {
    const { batches } = readAll(['a'], ({ page }) => ({
      servers: page === 1 ? [] : named(['a/2']),
      removed: page === 1 ? 2 : 0,
      hasMore: page < 2,
    }));
    expect(asked(batches)).toEqual(['a:1', 'a:2']);
  });

  it('stops at a bound, and says so', () => {
    let next = 0;
    const endless = readAll(['a', 'b'], () => ({ servers: named([`a/${(next += 1)}`]), hasMore: true }));
    expect(asked(endless.batches).length).toBeLessThan(1010);
    expect(endless.progress.isCut).toBe(true);
    const many = readAll(
      Array.from({ length: 10_000 }, (_, index) => `n${index}`),
      ({ namespace }) => ({ servers: named([namespace]) }),
    );
    expect(asked(many.batches).length).toBeLessThan(1010);
    expect(many.progress.isCut).toBe(true);
  });

  it('reads the namespaces after one that the registry refuses, and asks for that again only when told to', () => {
    const { batches, progress } = readAll(['a', 'b', 'c', 'd', 'e', 'f'], ({ namespace }) =>
      namespace === 'b' ? { failure: refused } : { servers: named([namespace]) },
    );
    expect(asked(batches)).toEqual(['a:1', 'b:1', 'c:1', 'd:1', 'e:1', 'f:1']);
    expect(progress).toMatchObject({ next: [{ namespace: 'b', page: 1 }], isStopped: true });
    const retried = [...batches, [answer({ namespace: 'b', page: 1 }, () => ({ servers: named(['b/1']) }))]];
    expect(listProgress(retried, ['a', 'b'])).toMatchObject({ next: [], failed: [], isStopped: false });
  });

  it('goes on where a namespace stopped in the middle', () => {
    const { progress } = readAll(['a'], ({ page }) =>
      page === 2 ? { failure: refused } : { servers: named([`a/${page}`]), hasMore: true },
    );
    expect(progress.next).toEqual([{ namespace: 'a', page: 2 }]);
  });

  it('does not ask a registry that refuses everything for everything', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `n${index}`);
    const { batches, progress } = readAll(names, () => ({ failure: refused }));
    expect(asked(batches).length).toBeLessThan(12);
    expect(progress.isStopped).toBe(true);
  });

  it('ends, never asks for a page twice by itself and never for more than four at once, whatever it is told', () => {
    const page = fc.record({
      servers: fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')).map(named),
      hasMore: fc.boolean(),
      failure: fc.option(fc.constant(refused), { freq: 5 }),
    });
    const namespaces = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'));
    fc.assert(
      fc.property(namespaces, fc.infiniteStream(page), (namespaces, pages) => {
        const { batches } = readAll(namespaces, () => pages.next().value as Partial<ServerPage>);
        expect(new Set(asked(batches)).size).toBe(asked(batches).length);
        for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(4);
      }),
    );
  });
});
