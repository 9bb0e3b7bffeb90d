import {
  type InfiniteData,
  infiniteQueryOptions,
  type QueryClient,
  queryOptions,
  replaceEqualDeep,
} from '@tanstack/react-query';
import {
  MAX_NAMED,
  type OwnedServer,
  type OwnedServerPage,
  ownedServerPaths,
  type ServerCounts,
} from '#contract/owned-servers.ts';
import type { Unreadable } from '#contract/registry-answers.ts';
import { callApi, callForReading } from '#web/api/calling/call-api.ts';
import { isDeleted, knownDeletions } from '#web/api/server-cache/known-deletions.ts';
import { type ListOrder, ownedPageQuery, serverKeys } from '#web/api/server-cache/server-cache.ts';

/** A page of the list as it was read, without servers that are known to be deleted. */
export interface ReadServers extends OwnedServerPage {
  unreadable: Unreadable;
}

/** The list as the cache holds it: its pages in the order in which they were asked for. */
export type ReadList = InfiniteData<ReadServers, string | null>;

// What is on screen is asked for again and again; the whole is read anew when it was left for long.
const WHOLE_MS = 300_000;
const COUNTS_MS = 12_000;

/** All servers of the owner in this order, page by page. Servers known to be deleted are left out, however late an answer names them. */
export const ownedServersQuery = (order: ListOrder) =>
  infiniteQueryOptions({
    queryKey: serverKeys.list(order),
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal, client }): Promise<ReadServers> => {
      const askedAt = Date.now();
      const { answer, unreadable } = await callForReading<OwnedServerPage>(ownedServerPaths.servers(), {
        query: ownedPageQuery(order, pageParam),
        signal,
      });
      return { ...answer, servers: withoutDeleted(client, answer.servers, askedAt), unreadable };
    },
    getNextPageParam: ({ nextCursor }: ReadServers) => nextCursor,
    structuralSharing: keepUnchangedServers,
    refetchInterval: ({ state: { data } }): number | false => {
      if (data === undefined) return false;
      // Each reading of a registry that is still being read costs as much as is there.
      const cost = 2000 * data.pages.length;
      if (data.pages.some((page) => page.isFilling)) return 3000 + cost;
      return data.pages.at(-1)?.unreadNamespaces !== undefined && 10_000 + cost;
    },
    staleTime: WHOLE_MS,
  });

/** Has the registry's namespaces that could not be read read anew, and resolves when they were, or after some seconds. */
export async function readUnreadAgain(): Promise<void> {
  await callApi<OwnedServerPage>(`${ownedServerPaths.servers()}?again=1&limit=1`);
}

/** How many servers there are, in all and of each filter and namespace. Asked for again while somebody looks. */
export const serverCountsQuery = () =>
  queryOptions({
    queryKey: serverKeys.counts,
    queryFn: ({ signal }) => callApi<ServerCounts>(ownedServerPaths.counts(), { signal }),
    refetchInterval: COUNTS_MS,
    staleTime: COUNTS_MS,
  });

/**
 * Asks for these servers anew, at most `MAX_NAMED`, and puts the answer where lists have them. Resolves with whether the
 * registry gave every one of them.
 */
export async function refreshServers(
  client: QueryClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  const asked = names.slice(0, MAX_NAMED);
  if (asked.length === 0) return true;
  const askedAt = Date.now();
  const query = new URLSearchParams(asked.map((name) => ['name', name]));
  const answer = await callApi<OwnedServerPage>(`${ownedServerPaths.servers()}?${query}`, { signal });
  const found = withoutDeleted(client, answer.servers, askedAt);
  const fresh = new Map(found.map((server) => [server.qualifiedName, server]));
  const renew = (server: OwnedServer) => {
    const after = fresh.get(server.qualifiedName);
    return after === undefined ? server : unlessChanged(server, after);
  };
  for (const { queryKey, state } of client.getQueryCache().findAll({ queryKey: serverKeys.lists })) {
    client.setQueryData<ReadList>(queryKey, (list) => list && changeServers(list, renew), {
      // Only these are new: the rest is as old as it was.
      updatedAt: state.dataUpdatedAt,
    });
  }
  return fresh.size === asked.length;
}

/** The list with each of its servers as `change` has it, null to leave it out; the very same list where nothing is different. */
export function changeServers(list: ReadList, change: (server: OwnedServer) => OwnedServer | null): ReadList {
  let isChanged = false;
  const pages = list.pages.map((page) => {
    const servers = page.servers.flatMap((server) => change(server) ?? []);
    const isSame =
      servers.length === page.servers.length && servers.every((server, at) => server === page.servers[at]);
    isChanged ||= !isSame;
    return isSame ? page : { ...page, servers };
  });
  return isChanged ? { ...list, pages } : list;
}

/** The servers of the lists in the cache, by name; the first that has it. */
export function findOwnedServer(client: QueryClient, qualifiedName: string): OwnedServer | undefined {
  for (const [, list] of client.getQueriesData<ReadList>({ queryKey: serverKeys.lists })) {
    for (const { servers } of list?.pages ?? []) {
      const server = servers.find((server) => server.qualifiedName === qualifiedName);
      if (server !== undefined) return server;
    }
  }
  return undefined;
}

function withoutDeleted(
  client: QueryClient,
  servers: readonly OwnedServer[],
  askedAt: number,
): OwnedServer[] {
  const deletions = knownDeletions(client);
  return servers.filter(
    ({ qualifiedName, id = null }) => !isDeleted({ qualifiedName, id }, deletions, askedAt),
  );
}

/**
 * A list's new data, in which every server that has not changed is the very object it was, and so is every page of such
 * servers: what is shown of them is not drawn again. A page that only came after the others costs nothing here.
 */
function keepUnchangedServers(before: unknown, after: unknown): unknown {
  // Only this list's query uses it; the option's own type knows no data.
  const [old, list] = [before, after] as (ReadList | undefined)[];
  if (old === undefined || list === undefined) return after;
  if (list.pages.every((page, at) => page === old.pages[at] || old.pages[at] === undefined)) return list;
  const known = new Map<string, OwnedServer>();
  for (const { servers } of old.pages) {
    for (const server of servers) known.set(server.qualifiedName, server);
  }
  const pages = list.pages.map((page, at) => {
    const servers = page.servers.map((server) => unlessChanged(known.get(server.qualifiedName), server));
    const kept = { ...page, servers };
    const former = old.pages[at];
    // When it was read is new each time, and is nothing that rows show.
    return former !== undefined && replaceEqualDeep(former, { ...kept, asOf: former.asOf }) === former
      ? former
      : kept;
  });
  const isSame = pages.length === old.pages.length && pages.every((page, at) => page === old.pages[at]);
  return isSame ? old : { ...list, pages };
}

/** The server as it was, where nothing of it is new but when it was read. */
function unlessChanged(before: OwnedServer | undefined, after: OwnedServer): OwnedServer {
  if (before === undefined) return after;
  return replaceEqualDeep(before, { ...after, asOf: before.asOf }) === before ? before : after;
}
