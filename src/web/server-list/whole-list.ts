import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import { serverListQuery } from '#web/api/servers.ts';
import { collectServers, type ServerCollection } from './collect-servers.ts';

/** The servers loaded so far; complete once no page is left. */
export interface WholeList extends ServerCollection {
  isComplete: boolean;
}

/** Why loading stopped, on the way or before the first page. */
export interface ListFailure {
  error: Error;
  retry: () => void;
  isRetrying: boolean;
}

/**
 * The servers of these namespaces, growing page by page until all are there. `list` is undefined before the first
 * page. After a failure it stays as it is until that is retried.
 */
export function useWholeList(namespaces: readonly string[]) {
  const query = useInfiniteQuery(serverListQuery(namespaces));
  const { data, error, hasNextPage, isFetching, isError, fetchNextPage, refetch } = query;

  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage({ cancelRefetch: false });
  }, [hasNextPage, isFetching, isError, fetchNextPage]);

  const list = useMemo((): WholeList | undefined => {
    if (namespaces.length === 0) return { servers: [], total: 0, isTotalOpen: false, isComplete: true };
    return data && { ...collectServers(data, namespaces), isComplete: !hasNextPage };
  }, [data, namespaces, hasNextPage]);

  // Pages read while servers came and went may have missed one. A second reading finds it; a count that differs
  // even then is the registry's own affair.
  const hasReread = useRef(false);
  const isShort = list?.isComplete === true && list.servers.length !== list.total;
  useEffect(() => {
    if (!isShort || isFetching || isError || hasReread.current) return;
    hasReread.current = true;
    void refetch();
  }, [isShort, isFetching, isError, refetch]);

  const failure: ListFailure | undefined =
    error === null
      ? undefined
      : {
          error,
          retry: () => void (query.isFetchNextPageError ? fetchNextPage() : refetch()),
          isRetrying: isFetching,
        };
  return { list, failure };
}
