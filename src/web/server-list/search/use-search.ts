import { useEffect, useMemo, useRef, useState } from 'react';
import type { OwnedServer } from '#contract/owned-servers.ts';
import type { ViewRows } from '#web/server-list/reading/view-rows.ts';
import { isBlank, parseQuery } from '#web/lib/folded-text.ts';
import { foundBy, type FoundRows } from './found-rows.ts';
import { prepareTexts } from './literal-search.ts';
import type { SimilarSearch } from './similar-search.ts';

/**
 * What a query finds among the rows of a view; best hits first, or in the order of the rows where `inOrder`. `loaded` are
 * all servers, of which the index is made. `isNear` says that somebody is about to type.
 */
export function useSearch(
  rows: ViewRows,
  loaded: ViewRows,
  { query: text, isNear, inOrder }: { query: string; isNear: boolean; inOrder: boolean },
): FoundRows {
  const query = useMemo(() => parseQuery(text), [text]);
  const isWanted = isNear || !isBlank(query);
  usePreparedTexts(loaded, isWanted);
  const similar = useSimilarSearch(loaded, isWanted);
  return useMemo(() => {
    const found = foundBy(query, rows, similar);
    if (!inOrder || found.kind === 'all') return found;
    const hits = new Set(found.servers);
    const servers = rows.servers.slice(0, rows.count).filter((server) => hits.has(server));
    return { ...found, servers };
  }, [query, rows, similar, inOrder]);
}

const SLICE = 400;

/** Folds the texts of what is loaded in slices, between keystrokes. */
function usePreparedTexts({ servers, count }: ViewRows, isWanted: boolean): void {
  const done = useRef<{ servers: readonly OwnedServer[]; count: number }>({ servers: [], count: 0 });
  useEffect(() => {
    if (!isWanted) return undefined;
    if (done.current.servers !== servers) done.current = { servers, count: 0 };
    let timer: ReturnType<typeof setTimeout>;
    const next = () => {
      const { count: from } = done.current;
      if (from >= count) return;
      const to = Math.min(count, from + SLICE);
      prepareTexts(servers.slice(from, to));
      done.current = { servers, count: to };
      timer = setTimeout(next, 0);
    };
    timer = setTimeout(next, 0);
    return () => clearTimeout(timer);
  }, [servers, count, isWanted]);
}

/** The search by similarity, once its code is there and its index holds all that is loaded; another object each time that changes. */
function useSimilarSearch(
  { servers, count }: ViewRows,
  isWanted: boolean,
): { search: SimilarSearch } | undefined {
  const search = useRef<Promise<SimilarSearch>>(undefined);
  const [ready, setReady] = useState<{ search: SimilarSearch }>();
  useEffect(() => {
    if (!isWanted) return undefined;
    let isOver = false;
    const follow = async () => {
      search.current ??= import('./similar-search.ts').then(({ SimilarSearch }) => new SimilarSearch());
      const loaded = await search.current;
      if (isOver || !(await loaded.follow(servers.slice(0, count))) || isOver) return;
      setReady({ search: loaded });
    };
    follow().catch(() => {
      // Without its code words are found as they are written; the next keystroke asks for it again.
      search.current = undefined;
    });
    return () => {
      isOver = true;
    };
  }, [servers, count, isWanted]);
  return ready;
}
