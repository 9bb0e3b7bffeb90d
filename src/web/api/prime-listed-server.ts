import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { ServerPage } from './registry-client.ts';
import { serverKeys, serverSummaryQuery } from './servers.ts';

/** Takes a server's summary from a list on hand, as old as that list is, so that its page begins with it. */
export function primeSummary(client: QueryClient, qualifiedName: string): void {
  const { queryKey } = serverSummaryQuery(qualifiedName);
  if (client.getQueryData(queryKey) !== undefined) return;
  for (const { state } of client.getQueryCache().findAll({ queryKey: serverKeys.lists })) {
    const list = state.data as InfiniteData<ServerPage> | undefined;
    const summary = list?.pages
      .flatMap((page) => page.servers)
      .find((server) => server.qualifiedName === qualifiedName);
    if (summary !== undefined) client.setQueryData(queryKey, summary, { updatedAt: state.dataUpdatedAt });
  }
}
