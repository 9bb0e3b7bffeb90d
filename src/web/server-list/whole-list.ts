import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { listProgress } from '#web/api/list-progress.ts';
import { serverListQuery } from '#web/api/servers.ts';
import { collectServers, type ServerCollection } from './collect-servers.ts';

/** The servers loaded so far. */
export interface WholeList extends ServerCollection {
  /** There is none, as the registry says, too. */
  isEmpty: boolean;
  /** No page is left to read. */
  isComplete: boolean;
  /** There are more than are ever read. */
  isCut: boolean;
  /** The registry counts more than it gave, asked twice. */
  isShort: boolean;
}

/** Why loading stopped, on the way or before the first page. */
export interface ListFailure {
  error: Error;
  /** Those that could not be read, where others could; none where loading as a whole stopped. */
  namespaces: readonly string[];
  retry: () => void;
  isRetrying: boolean;
}

const nothing: WholeList = {
  servers: [],
  total: 0,
  isTotalOpen: false,
  unreadable: { entries: 0, values: 0 },
  isEmpty: true,
  isComplete: true,
  isCut: false,
  isShort: false,
};

/**
 * The servers of these namespaces, growing page by page until all are there. `list` is undefined before the first
 * page. After a failure it stays as it is until that is retried.
 */
export function useWholeList(namespaces: readonly string[]) {
  const query = useInfiniteQuery(serverListQuery(namespaces));
  const { data, error, isFetching, isError, fetchNextPage, refetch } = query;
  const progress = useMemo(() => data && listProgress(data.pages, namespaces), [data, namespaces]);
  const goesOn = progress !== undefined && progress.next.length > 0 && !progress.isStopped;

  useEffect(() => {
    if (goesOn && !isFetching && !isError) void fetchNextPage({ cancelRefetch: false });
  }, [goesOn, isFetching, isError, fetchNextPage]);

  // Pages read while servers came and went may have missed one. A second reading finds it; a count that differs
  // even then is the registry's own affair.
  const hasReread = useRef(false);
  const [isReread, setReread] = useState(false);
  const collected = useMemo(() => data && collectServers(data.pages, namespaces), [data, namespaces]);
  const isComplete = progress?.next.length === 0;
  const isShort = isComplete && !progress.isCut && collected !== undefined && differs(collected);
  useEffect(() => {
    if (!isShort || isFetching || isError || hasReread.current) return;
    hasReread.current = true;
    void refetch().then(() => setReread(true));
  }, [isShort, isFetching, isError, refetch]);

  const isShortAgain = isShort && isReread && !isFetching;
  const list = useMemo((): WholeList | undefined => {
    if (namespaces.length === 0) return nothing;
    if (collected === undefined || progress === undefined) return undefined;
    const { isCut } = progress;
    const { servers, unreadable, total } = collected;
    const isEmpty = isComplete && servers.length + unreadable.entries === 0 && (total ?? 0) === 0;
    return { ...collected, isEmpty, isComplete, isCut, isShort: isShortAgain };
  }, [collected, progress, namespaces, isComplete, isShortAgain]);

  const failed = progress?.isStopped === true ? progress.failed : [];
  const cause = error ?? failed[0]?.failure ?? null;
  const failure: ListFailure | undefined =
    cause === null
      ? undefined
      : {
          error: cause,
          namespaces: error === null && namespaces.length > 1 ? failed.map(({ namespace }) => namespace) : [],
          retry: () => void (error === null || query.isFetchNextPageError ? fetchNextPage() : refetch()),
          isRetrying: isFetching,
        };
  return { list, failure };
}

function differs({ servers, total, unreadable }: ServerCollection): boolean {
  return total !== null && servers.length + unreadable.entries !== total;
}
