import { type InfiniteData, infiniteQueryOptions, mutationOptions } from '@tanstack/react-query';
import type { Operation, OperationList } from '#contract/operations.ts';
import { operationsClient } from './operations.ts';

type ActivityData = InfiniteData<OperationList>;

const PAGE_SIZE = 50;
const POLL = 2000;

/** The ledger, newest first, a page at a time. Asks again by itself while any outcome is still being found out. */
export const activityQuery = () =>
  infiniteQueryOptions({
    queryKey: ['operations'],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      operationsClient.list({ limit: PAGE_SIZE, before: pageParam }, signal),
    getNextPageParam: (last: OperationList) => last.nextBefore ?? undefined,
    refetchInterval: ({ state }): number | false =>
      operationsOf(state.data).some(isUnderWay) ? POLL : false,
    // The ledger grows by what other pages do.
    staleTime: 0,
  });

/** The operations that the loaded pages hold, newest first; one that moved between two pages is there once. */
export function operationsOf(data: ActivityData | undefined): Operation[] {
  const operations = new Map<string, Operation>();
  for (const operation of data?.pages.flatMap((page) => page.operations) ?? []) {
    if (!operations.has(operation.id)) operations.set(operation.id, operation);
  }
  return [...operations.values()];
}

/** Asks the gateway to look once more what became of an operation, and puts the answer in its row. */
export const checkOperationMutation = () =>
  mutationOptions<Operation, Error, string>({
    mutationKey: ['operations', 'check'],
    mutationFn: (id) => operationsClient.check(id),
    onSuccess: async (checked, _id, _result, { client }) => {
      const { queryKey } = activityQuery();
      await client.cancelQueries({ queryKey });
      client.setQueryData(queryKey, (data) => data && withOperation(data, checked));
    },
  });

function withOperation(data: ActivityData, checked: Operation): ActivityData {
  const pages = data.pages.map((page) => ({
    ...page,
    operations: page.operations.map((operation) => (operation.id === checked.id ? checked : operation)),
  }));
  return { ...data, pages };
}

function isUnderWay({ state, checking }: Operation): boolean {
  return state === 'sending' || (state === 'unknown' && checking);
}
