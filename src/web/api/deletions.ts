import { type InfiniteData, matchQuery, type QueryClient } from '@tanstack/react-query';
import { parseQualifiedName } from '#contract/qualified-name.ts';
import { type Deletion, isDeleted, listenToTabs, rememberDeletion } from './known-deletions.ts';
import { type ListPosition, serverKeys, type ServerPage } from './server-cache.ts';

type ListData = InfiniteData<ServerPage[], ListPosition[]>;

/**
 * Takes a deleted server out of every list this tab holds. The order is the point: an answer under way is given
 * up first, since it still names the server; lists are marked as old only after their row is gone, since a list
 * on screen asks again at once.
 */
export async function dropServer(client: QueryClient, deletion: Deletion): Promise<void> {
  if (!rememberDeletion(client, deletion)) return;
  await client.cancelQueries({ queryKey: serverKeys.all });
  client.setQueriesData<ListData>(
    { queryKey: serverKeys.lists },
    (list) => list && withoutServer(list, deletion),
  );
  const refetchType = deletion.where === 'here' ? 'none' : 'active';
  await client.invalidateQueries({ queryKey: serverKeys.lists, refetchType });
  forgetWhenUnused(client, deletion.qualifiedName);
}

/** Drops what other tabs of this browser delete, for as long as the application runs. Returns how to stop. */
export function followOtherTabs(client: QueryClient): () => void {
  return listenToTabs((news) => void dropServer(client, { ...news, at: Date.now(), where: 'elsewhere' }));
}

/** The list without the deleted server, and its namespace's total one lower; the same list where it has no such row. */
function withoutServer(list: ListData, deletion: Deletion): ListData {
  const isVictim = (server: { qualifiedName: string; id: string | null }) =>
    isDeleted(server, [deletion], deletion.at);
  if (!list.pages.flat().some((page) => page.servers.some(isVictim))) return list;
  const namespace = parseQualifiedName(deletion.qualifiedName)?.namespace;
  const withoutVictim = (page: ServerPage): ServerPage => {
    const servers = page.servers.filter((server) => !isVictim(server));
    const removed = page.removed + page.servers.length - servers.length;
    const { totalCount } = page;
    const isCounted = page.namespace === namespace && totalCount !== null;
    return { ...page, servers, removed, totalCount: isCounted ? Math.max(0, totalCount - 1) : totalCount };
  };
  return { ...list, pages: list.pages.map((batch) => batch.map(withoutVictim)) };
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
