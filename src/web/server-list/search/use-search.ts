import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import type { OwnedServer } from '#contract/owned-servers.ts';
import type { ViewRows } from '#web/server-list/reading/view-rows.ts';
import type { ListView } from '#web/components/list-view.ts';
import { isBlank, parseQuery } from '#web/lib/folded-text.ts';
import { foundBy, foundLiterally, type FoundRows, type LiteralRows } from './found-rows.ts';
import { prepareTexts } from './literal-search.ts';
import type { SimilarSearch } from './similar-search.ts';

/**
 * What the query of a view finds among its rows; best hits first, or in the view's own order. `loaded` are all servers, of
 * which the index is made. `isNear` says that somebody is about to type. `typed` is what the query finds as it is
 * written; `found` is of `shownView`, which is a former one for a moment where it has to be looked for what is similar.
 */
export function useSearch(
  rows: ViewRows,
  loaded: ViewRows,
  { view, isNear }: { view: ListView; isNear: boolean },
): { found: FoundRows; shownView: ListView; typed: LiteralRows } {
  const query = useMemo(() => parseQuery(view.query), [view.query]);
  const isWanted = isNear || !isBlank(query);
  usePreparedTexts(loaded, isWanted);
  const similar = useSimilarSearch(loaded, isWanted, view.query);
  const typed = useMemo(() => ({ view, ...foundLiterally(query, rows) }), [view, query, rows]);
  // What is written so is there with the letter that was typed; what is similar takes longer, and typing comes first.
  const later = useDeferredValue(typed);
  const base = typed.isSure ? typed : later;
  const found = useMemo(() => {
    const all = foundBy(base, similar);
    if (base.view.order === null || all.kind === 'all') return all;
    const hits = new Set(all.servers);
    const servers = base.rows.servers.slice(0, base.rows.count).filter((server) => hits.has(server));
    return { ...all, servers };
  }, [base, similar]);
  return { found, shownView: base.view, typed };
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

/**
 * The search by similarity, once its code is there and its index holds all that is loaded; another object each time that
 * changes. `failed`: its code could not be loaded; it is asked for again as the query changes, and with the network back,
 * though a browser may keep that it failed until the page is loaded anew.
 */
function useSimilarSearch(
  { servers, count }: ViewRows,
  isWanted: boolean,
  query: string,
): { search: SimilarSearch } | 'failed' | undefined {
  const search = useRef<Promise<SimilarSearch>>(undefined);
  const [ready, setReady] = useState<{ search: SimilarSearch }>();
  const [failedFor, setFailedFor] = useState<string>();
  const latest = useRef(query);
  useEffect(() => {
    latest.current = query;
  }, [query]);
  const isToTry = failedFor === undefined || failedFor !== query;
  useEffect(() => {
    if (!isWanted || !isToTry) return undefined;
    let isOver = false;
    const follow = async () => {
      search.current ??= import('./similar-search.ts').then(({ SimilarSearch }) => new SimilarSearch());
      const loaded = await search.current;
      if (isOver || !(await loaded.follow(servers.slice(0, count))) || isOver) return;
      setFailedFor(undefined);
      setReady({ search: loaded });
    };
    follow().catch(() => {
      search.current = undefined;
      if (!isOver) setFailedFor(latest.current);
    });
    return () => {
      isOver = true;
    };
  }, [servers, count, isWanted, isToTry]);
  useEffect(() => {
    const tryAgain = () => setFailedFor(undefined);
    window.addEventListener('online', tryAgain);
    return () => window.removeEventListener('online', tryAgain);
  }, []);
  return ready ?? (failedFor === undefined ? undefined : 'failed');
}
