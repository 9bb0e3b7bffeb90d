import {
  type InfiniteData,
  infiniteQueryOptions,
  type QueryClient,
  queryOptions,
  replaceEqualDeep,
} from '@tanstack/react-query';
import { registryPaths } from '#contract/api-paths.ts';
import type { ListedServer, ServerDetail, ServerListAnswer, Unreadable } from '#contract/registry-answers.ts';
import { ApiError, readRegistry } from './call-api.ts';
import { isDeleted, knownDeletions } from './known-deletions.ts';
import { listProgress } from './list-progress.ts';
import { LIST_PAGE_SIZE, type ListPosition, serverKeys, type ServerPage } from './server-cache.ts';

/**
 * All servers of these namespaces, a few pages at a time. What the registry refuses of one namespace is kept as that, and
 * the others are read. Servers known to be deleted are left out, however late an answer names them.
 */
export const serverListQuery = (namespaces: readonly string[]) =>
  infiniteQueryOptions({
    queryKey: serverKeys.list(namespaces),
    initialPageParam: listProgress([], namespaces).next,
    queryFn: async ({ pageParam, signal, client }) =>
      Promise.all(pageParam.map(async (position) => readPage(position, signal, client))),
    getNextPageParam: (_last: ServerPage[], batches): ListPosition[] | undefined => {
      const { next } = listProgress(batches, namespaces);
      return next.length === 0 ? undefined : next;
    },
    structuralSharing: keepUnchangedServers,
    enabled: namespaces.length > 0,
    staleTime: 15_000,
  });

async function readPage(
  position: ListPosition,
  signal: AbortSignal,
  client: QueryClient,
): Promise<ServerPage> {
  const askedAt = Date.now();
  const query = { ...position, pageSize: LIST_PAGE_SIZE };
  try {
    const { answer, unreadable } = await readRegistry<ServerListAnswer>(
      registryPaths.servers(),
      signal,
      query,
    );
    const { totalPages, totalCount } = answer.pagination;
    const deletions = knownDeletions(client);
    const servers = answer.servers.filter((server) => !isDeleted(server, deletions, askedAt));
    const removed = answer.servers.length - servers.length;
    const hasMore =
      totalPages === null ? answer.servers.length >= LIST_PAGE_SIZE : position.page < totalPages;
    return {
      ...position,
      servers,
      removed,
      totalCount: totalCount === null ? null : Math.max(0, totalCount - removed),
      hasMore,
      unreadable,
      failure: null,
    };
  } catch (error) {
    if (!(error instanceof ApiError) || !isAboutNamespace(error)) throw error;
    const nothing = { servers: [], removed: 0, totalCount: null, hasMore: false };
    return { ...position, ...nothing, unreadable: { entries: 0, values: 0 }, failure: error };
  }
}

// Whatever else fails concerns the registry, the network or the session: asking for other namespaces would not help.
function isAboutNamespace({ code, status }: ApiError): boolean {
  if (status === 401 || status === 429) return false;
  return code === 'registry-refused' || code === 'registry-bad-answer';
}

/** A server's own page of the registry, and how much of it could not be read. */
export const serverQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.detail(qualifiedName),
    queryFn: async ({ signal }): Promise<ServerDetail & { unreadable: Unreadable }> => {
      const path = registryPaths.server(qualifiedName);
      const { answer, unreadable } = await readRegistry<ServerDetail>(path, signal);
      return { ...answer, unreadable };
    },
    staleTime: 15_000,
  });

/** The list's entry of a server: its id, creation time and uses. Null where the list omits it. */
export const listedServerQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.part(qualifiedName, 'listed'),
    queryFn: async ({ signal }) => {
      const query = { qualifiedName };
      const { answer } = await readRegistry<ServerListAnswer>(registryPaths.servers(), signal, query);
      // The filter is the registry's; whether it kept to it is seen here.
      return answer.servers.find((server) => server.qualifiedName === qualifiedName) ?? null;
    },
    staleTime: 15_000,
  });

/** Takes the list's entry of a server from a list on hand, as old as that list is, so that its page begins with it. */
export function primeListedServer(client: QueryClient, qualifiedName: string): void {
  const { queryKey } = listedServerQuery(qualifiedName);
  if (client.getQueryData(queryKey) !== undefined) return;
  for (const { state } of client.getQueryCache().findAll({ queryKey: serverKeys.lists })) {
    const list = state.data as InfiniteData<ServerPage[]> | undefined;
    const entry = list?.pages
      .flat()
      .flatMap((page) => page.servers)
      .find((server) => server.qualifiedName === qualifiedName);
    if (entry !== undefined) client.setQueryData(queryKey, entry, { updatedAt: state.dataUpdatedAt });
  }
}

/**
 * A list's new data, in which every server that has not changed is the very object it was, so that its row is not
 * drawn again. By name and not by place, as react-query would: one server less, and all after it would seem new.
 */
function keepUnchangedServers(before: unknown, after: unknown): unknown {
  // Only this list's query uses it; the option's own type knows no data.
  const [old, list] = [before, after] as (InfiniteData<ServerPage[]> | undefined)[];
  if (old === undefined || list === undefined) return after;
  const known = new Map<string, ListedServer>();
  for (const { servers } of old.pages.flat()) {
    for (const server of servers) known.set(server.qualifiedName, server);
  }
  const withKnown = (page: ServerPage): ServerPage => ({
    ...page,
    servers: page.servers.map((server) => replaceEqualDeep(known.get(server.qualifiedName), server)),
  });
  return { ...list, pages: list.pages.map((batch) => batch.map(withKnown)) };
}
