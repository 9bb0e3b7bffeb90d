import {
  type InfiniteData,
  infiniteQueryOptions,
  type QueryClient,
  queryOptions,
  replaceEqualDeep,
} from '@tanstack/react-query';
import { registryPaths } from '#contract/api-paths.ts';
import { readRegistry } from './call-api.ts';
import { type Deletion, isDeleted, knownDeletions } from './known-deletions.ts';
import { completeServer, identifiedServer } from './response-checks.ts';
import {
  LIST_PAGE_SIZE,
  type ListedServer,
  type ListPosition,
  type ServerDetail,
  serverKeys,
  type ServerPage,
} from './server-cache.ts';

/**
 * All servers of these namespaces, a page at a time: the pages of the first namespace, then of the next. The
 * pages follow each other because a page asked for out of turn could miss a row that moved up meanwhile.
 * Servers known to be deleted are left out, however late an answer names them.
 */
export const serverListQuery = (namespaces: readonly string[]) =>
  infiniteQueryOptions({
    queryKey: serverKeys.list(namespaces),
    initialPageParam: { namespace: namespaces[0] ?? '', page: 1 },
    queryFn: async ({ pageParam, signal, client }) => {
      const askedAt = Date.now();
      const query = { ...pageParam, pageSize: LIST_PAGE_SIZE };
      const page = await readRegistry<ServerPage>(registryPaths.servers(), signal, query);
      return withoutDeleted(page, knownDeletions(client), askedAt);
    },
    getNextPageParam: (last: ServerPage, _pages, { namespace, page }): ListPosition | undefined => {
      if (last.servers.length > 0 && page < last.pagination.totalPages) return { namespace, page: page + 1 };
      const next = namespaces[namespaces.indexOf(namespace) + 1];
      return next === undefined ? undefined : { namespace: next, page: 1 };
    },
    structuralSharing: keepUnchangedServers,
    enabled: namespaces.length > 0,
    staleTime: 15_000,
  });

/** A server's own page of the registry. */
export const serverQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.detail(qualifiedName),
    queryFn: async ({ signal }) =>
      completeServer(
        await readRegistry<ServerDetail>(registryPaths.server(qualifiedName), signal),
        qualifiedName,
      ),
    staleTime: 15_000,
  });

/** The list's entry of a server: its id, creation time and uses. Null where the list omits it. */
export const listedServerQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.part(qualifiedName, 'listed'),
    queryFn: async ({ signal }) => {
      const page = await readRegistry<ServerPage>(registryPaths.servers(), signal, { qualifiedName });
      return identifiedServer(page.servers.find((server) => server.qualifiedName === qualifiedName));
    },
    staleTime: 15_000,
  });

/** Takes the list's entry of a server from a list on hand, as old as that list is, so that its page begins with it. */
export function primeListedServer(client: QueryClient, qualifiedName: string): void {
  const { queryKey } = listedServerQuery(qualifiedName);
  if (client.getQueryData(queryKey) !== undefined) return;
  for (const { state } of client.getQueryCache().findAll({ queryKey: serverKeys.lists })) {
    const list = state.data as InfiniteData<ServerPage> | undefined;
    const entry = list?.pages
      .flatMap((page) => page.servers)
      .find((server) => server.qualifiedName === qualifiedName);
    if (entry !== undefined) client.setQueryData(queryKey, entry, { updatedAt: state.dataUpdatedAt });
  }
}

function withoutDeleted(page: ServerPage, deletions: readonly Deletion[], askedAt: number): ServerPage {
  const servers = page.servers.filter((server) => !isDeleted(server, deletions, askedAt));
  const totalCount = page.pagination.totalCount - (page.servers.length - servers.length);
  return { servers, pagination: { ...page.pagination, totalCount } };
}

/**
 * A list's new data, in which every server that has not changed is the very object it was, so that its row is not
 * drawn again. By id and not by place, as react-query would: one server less, and all after it would seem new.
 */
function keepUnchangedServers(before: unknown, after: unknown): unknown {
  // Only this list's query uses it; the option's own type knows no data.
  const [old, list] = [before, after] as (InfiniteData<ServerPage> | undefined)[];
  if (old === undefined || list === undefined) return after;
  const known = new Map<string, ListedServer>();
  for (const { servers } of old.pages) for (const server of servers) known.set(server.id, server);
  const pages = list.pages.map((page) => ({
    ...page,
    servers: page.servers.map((server) => replaceEqualDeep(known.get(server.id), server)),
  }));
  return { ...list, pages };
}
