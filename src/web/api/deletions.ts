import { matchQuery, type QueryClient } from '@tanstack/react-query';
import type { OwnedServer, ServerCounts, ServerFilter } from '#contract/owned-servers.ts';
import { FILTER_RULES } from '#contract/server-filters.ts';
import {
  type Deletion,
  isDeleted,
  listenToTabs,
  rememberDeletion,
} from '#web/api/server-cache/known-deletions.ts';
import { changeServers, findOwnedServer, type ReadList } from './owned-servers.ts';
import { serverKeys } from '#web/api/server-cache/server-cache.ts';

/**
 * Takes a deleted server out of every list this tab holds. The order is the point: an answer under way is given
 * up first, since it still names the server; lists are marked as old only after their row is gone, since a list
 * on screen asks again at once.
 */
export async function dropServer(client: QueryClient, deletion: Deletion): Promise<void> {
  if (!rememberDeletion(client, deletion)) return;
  await client.cancelQueries({ queryKey: serverKeys.all });
  const isVictim = ({ qualifiedName, id }: OwnedServer) =>
    isDeleted({ qualifiedName, id: id ?? null }, [deletion], deletion.at);
  const victim = findOwnedServer(client, deletion.qualifiedName);
  client.setQueriesData<ReadList>(
    { queryKey: serverKeys.lists },
    (list) => list && changeServers(list, (server) => (isVictim(server) ? null : server)),
  );
  if (victim !== undefined && isVictim(victim)) {
    client.setQueryData<ServerCounts>(
      serverKeys.counts,
      (counts) => counts && withoutCounted(counts, victim),
    );
  }
  const refetchType = deletion.where === 'here' ? 'none' : 'active';
  await client.invalidateQueries({ queryKey: serverKeys.counts, refetchType });
  await client.invalidateQueries({ queryKey: serverKeys.lists, refetchType });
  forgetWhenUnused(client, deletion.qualifiedName);
}

/** Drops what other tabs of this browser delete, for as long as the application runs. Returns how to stop. */
export function followOtherTabs(client: QueryClient): () => void {
  return listenToTabs((news) => void dropServer(client, { ...news, at: Date.now(), where: 'elsewhere' }));
}

/** The counts without one server, wherever it was counted. */
function withoutCounted(counts: ServerCounts, server: OwnedServer): ServerCounts {
  const now = new Date();
  const filters = Object.fromEntries(
    Object.entries(counts.filters).map(([filter, count]) => [
      filter,
      FILTER_RULES[filter as ServerFilter](server, now) ? Math.max(0, count - 1) : count,
    ]),
  );
  const { [server.namespace]: inNamespace, ...others } = counts.namespaces;
  const namespaces =
    inNamespace === undefined ? others : { ...others, [server.namespace]: Math.max(0, inNamespace - 1) };
  return { ...counts, total: Math.max(0, counts.total - 1), filters, namespaces };
}

/**
 * Forgets the server's own page once nothing on screen uses it any more, so that going Back asks the registry.
 * Forgetting it earlier would make the page still on screen ask for what is gone.
 */
function forgetWhenUnused(client: QueryClient, qualifiedName: string): void {
  const cache = client.getQueryCache();
  const filter = { queryKey: serverKeys.detail(qualifiedName) };
  const forget = () => {
    client.removeQueries({ ...filter, type: 'inactive' });
    if (cache.findAll(filter).length === 0) stop();
  };
  const stop = cache.subscribe((event) => {
    if (event.type === 'observerRemoved' && matchQuery(filter, event.query)) forget();
  });
  forget();
}
