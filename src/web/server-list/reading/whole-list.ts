import {
  type QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { ServerCounts } from '#contract/owned-servers.ts';
import {
  ownedServersQuery,
  type ReadList,
  readUnreadAgain,
  serverCountsQuery,
} from '#web/api/owned-servers.ts';
import { type ListOrder, serverKeys } from '#web/api/server-cache/server-cache.ts';
import { isSameOrder } from '#web/components/list-view.ts';
import { ServerCollector, type ServerCollection } from './collect-servers.ts';

/** The servers loaded so far. */
export interface WholeList extends ServerCollection {
  /** The order in which they were read. */
  order: ListOrder;
  /** No page is left to read. */
  isComplete: boolean;
  /** The registry itself is still being read for the first time. */
  isFilling: boolean;
  /** It gave none, and nothing that could not be read. */
  isEmpty: boolean;
}

/** Why loading stopped, on the way or before the first page. */
export interface ListFailure {
  error: Error;
  retry: () => void;
  isRetrying: boolean;
}

/**
 * All servers of the owner, growing page by page until all are there. `list` is undefined before the first page. After
 * a failure it stays as it is until that is retried.
 */
export function useWholeList(wanted: ListOrder) {
  const client = useQueryClient();
  // Whichever order it was read in, a whole list is put in any other here.
  const [order, setOrder] = useState(() => orderOfWhole(client) ?? wanted);
  const [collector] = useState(() => new ServerCollector());
  const query = useInfiniteQuery({
    ...ownedServersQuery(order),
    placeholderData: (former: ReadList | undefined) => former,
  });
  const { data, error, isFetching, isError, hasNextPage, isPlaceholderData, fetchNextPage, refetch } = query;
  const { data: counts, isPending: isCounting } = useQuery(serverCountsQuery());

  const isComplete = data !== undefined && !hasNextPage && !isPlaceholderData;
  // What is not whole is read in the order in which it is looked at, so that the first rows are the first of all.
  if (!isComplete && !isSameOrder(order, wanted)) setOrder(wanted);

  const goesOn = hasNextPage && !isPlaceholderData;
  useEffect(() => {
    if (goesOn && !isFetching && !isError) void fetchNextPage({ cancelRefetch: false });
  }, [goesOn, isFetching, isError, fetchNextPage]);

  const list = useMemo((): WholeList | undefined => {
    if (data === undefined) return undefined;
    const collected = collector.collect(data.pages);
    const isFilling = data.pages.some((page) => page.isFilling);
    const isEmpty =
      isComplete &&
      !isFilling &&
      collected.count + collected.unreadable.entries + collected.unreadNamespaces.length === 0;
    return { ...collected, order, isComplete, isFilling, isEmpty };
  }, [collector, data, order, isComplete]);

  const failure: ListFailure | undefined =
    error === null
      ? undefined
      : {
          error,
          retry: () => void (query.isFetchNextPageError ? fetchNextPage() : refetch()),
          isRetrying: isFetching,
        };
  const readAgain = async () => refetch({ cancelRefetch: false });
  const unread = useMutation({ mutationFn: readUnreadAgain, onSettled: readAgain });
  return {
    list,
    counts,
    isCounting,
    failure,
    readAgain: () => void readAgain(),
    /** Has what the registry did not give asked for once more. */
    readUnread: () => unread.mutate(),
    isReading: isFetching || unread.isPending,
  };
}

/** The order in which a list on hand was read to its end; undefined where none is. */
function orderOfWhole(client: QueryClient): ListOrder | undefined {
  for (const [queryKey, list] of client.getQueriesData<ReadList>({ queryKey: serverKeys.lists })) {
    const [, , sort, direction] = queryKey as ReturnType<typeof serverKeys.list>;
    if (list?.pages.at(-1)?.nextCursor === null) return { sort, direction };
  }
  return undefined;
}

/** Whether the counts tell of another number of servers than a whole list has. */
export function differsFrom(counts: ServerCounts | undefined, list: WholeList | undefined): boolean {
  if (counts === undefined || list === undefined || !list.isComplete || list.isFilling) return false;
  return counts.total !== list.count + list.unreadable.entries;
}
