import {
  type InfiniteData,
  infiniteQueryOptions,
  mutationOptions,
  queryOptions,
  type QueryClient,
} from '@tanstack/react-query';
import {
  activityPaths,
  type ActivityEntry,
  type ActivityFilter,
  type ActivityList,
  type OutcomeFilter,
  type Tombstone,
} from '#contract/activity.ts';
import type { Operation } from '#contract/operations.ts';
import { ApiError, callApi, readFile } from '#web/api/calling/call-api.ts';
import { checkOperation } from '#web/api/changes/operations.ts';

/** What of Activity is asked for. */
export type ActivityQuery = ActivityFilter & { outcome?: OutcomeFilter | undefined };

export type ActivityData = InfiniteData<ActivityList>;

const PAGE_SIZE = 50;
const HISTORY_SIZE = 6;
// With the time that an answer takes, less than ten seconds.
const HISTORY_EVERY_MS = 8000;

const activityKeys = {
  all: ['activity'] as const,
  lists: ['activity', 'list'] as const,
};

/** What happened, newest first, a page at a time. What happens later, its page brings in. */
export const activityQuery = (filter: ActivityQuery) =>
  infiniteQueryOptions({
    queryKey: [...activityKeys.lists, filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      readActivity({ ...filter, limit: PAGE_SIZE, before: pageParam }, signal),
    getNextPageParam: (last: ActivityList) => last.nextBefore ?? undefined,
    // It grows by what other pages do, and by what others do.
    staleTime: 0,
  });

/** The newest of it, asked for anew each time. */
export const activityNewsQuery = (filter: ActivityQuery) =>
  queryOptions({
    queryKey: [...activityKeys.all, 'news', filter],
    queryFn: ({ signal }) => readActivity({ ...filter, limit: PAGE_SIZE }, signal),
    staleTime: 0,
    gcTime: 0,
  });

/** The newest of what happened to one server. Asks again by itself while the page is seen. */
export const serverHistoryQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: [...activityKeys.all, 'server', qualifiedName],
    queryFn: ({ signal }) => readActivity({ server: qualifiedName, limit: HISTORY_SIZE }, signal),
    refetchInterval: HISTORY_EVERY_MS,
    staleTime: 0,
  });

/** What is known of a server that is gone; null where nothing is. */
export const tombstoneQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: [...activityKeys.all, 'tombstone', qualifiedName],
    queryFn: async ({ signal }): Promise<Tombstone | null> => {
      try {
        return await callApi<Tombstone>(activityPaths.tombstone(qualifiedName), { signal });
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
    // Its outcome may be found out yet.
    refetchInterval: ({ state }) =>
      state.data?.entry?.operation?.checking === true ? 2000 : HISTORY_EVERY_MS,
    staleTime: 0,
  });

/** The entries that the loaded pages hold, newest first, each change once. */
export function entriesOf(data: ActivityData | undefined): ActivityEntry[] {
  const entries = new Map<string, ActivityEntry>();
  for (const entry of data?.pages.flatMap((page) => page.entries) ?? []) {
    if (!entries.has(changeKey(entry))) entries.set(changeKey(entry), entry);
  }
  return [...entries.values()];
}

/** Names a change, before and after the registry has written it down. */
export function changeKey({ id, operationId, action }: ActivityEntry): string {
  return operationId === null ? id : `${operationId} ${action}`;
}

/** Asks the gateway to check once more what became of an operation, and puts the answer wherever it is shown. */
export const checkOperationMutation = () =>
  mutationOptions<Operation, Error, string>({
    mutationKey: ['operations', 'check'],
    mutationFn: checkOperation,
    onSuccess: async (checked, _id, _result, { client }) => {
      await client.cancelQueries({ queryKey: activityKeys.all });
      client.setQueriesData<ActivityData>(
        { queryKey: activityKeys.lists },
        (data) => data && withOperation(data, checked),
      );
      await client.invalidateQueries({
        queryKey: activityKeys.all,
        predicate: ({ queryKey }) => queryKey[1] !== activityKeys.lists[1],
      });
    },
  });

/** Everybody by whom entries are known in this tab, by name. */
export function knownPersons(client: QueryClient): string[] {
  const lists = client.getQueriesData<ActivityData>({ queryKey: activityKeys.lists });
  const names = lists.flatMap(([, data]) => entriesOf(data).flatMap(({ actor }) => actor.user ?? []));
  return [...new Set(names)].toSorted((a, b) => a.localeCompare(b));
}

/** All that a filter lets through, as a file. */
export const downloadActivityMutation = () =>
  mutationOptions<Blob, Error, { filter: ActivityQuery; format: 'csv' | 'json' }>({
    mutationKey: [...activityKeys.all, 'download'],
    mutationFn: ({ filter, format }) => readFile(activityPaths.download(), { ...filter, format }),
  });

function withOperation(data: ActivityData, operation: Operation): ActivityData {
  const pages = data.pages.map((page) => ({
    ...page,
    entries: page.entries.map((entry) => {
      if (entry.operationId !== operation.id) return entry;
      // The registry's own word on the outcome stands, where it wrote one down.
      const outcome = entry.id === operation.id ? operation.state : entry.outcome;
      return { ...entry, operation, outcome };
    }),
  }));
  return { ...data, pages };
}

function readActivity(
  query: ActivityQuery & { limit: number; before?: string | undefined },
  signal: AbortSignal,
): Promise<ActivityList> {
  return callApi<ActivityList>(activityPaths.activity(), { query: { ...query }, signal });
}
