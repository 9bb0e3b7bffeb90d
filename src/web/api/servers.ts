import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { isDeleted, knownDeletions, type Deletion } from './deletions.ts';
import { LIST_PAGE_SIZE, registryClient, type ServerPage } from './registry-client.ts';
import { completeServer, requireCount, requireList, usableSummary } from './server-answers.ts';
import { keepUnchangedServers } from './unchanged-servers.ts';

type ServerPart = 'summary' | 'releases' | 'latest-release' | 'secrets' | 'domains' | 'calls';

// Lists and details are siblings: what concerns every list never touches a detail. A detail's parts lie under it.
export const serverKeys = {
  all: ['servers'] as const,
  lists: ['servers', 'list'] as const,
  list: (namespaces: readonly string[]) => ['servers', 'list', namespaces] as const,
  detail: (qualifiedName: string) => ['servers', 'detail', qualifiedName] as const,
  part: (qualifiedName: string, part: ServerPart) => ['servers', 'detail', qualifiedName, part] as const,
};

/** One page of one namespace. */
export interface ListPosition {
  namespace: string;
  page: number;
}

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
      const page = await registryClient.listServers({ ...pageParam, pageSize: LIST_PAGE_SIZE }, signal);
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

function withoutDeleted(page: ServerPage, deletions: readonly Deletion[], askedAt: number): ServerPage {
  const servers = page.servers.filter((server) => !isDeleted(server, deletions, askedAt));
  const totalCount = page.pagination.totalCount - (page.servers.length - servers.length);
  return { servers, pagination: { ...page.pagination, totalCount } };
}

/** A server's own page of the registry. */
export const serverQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.detail(qualifiedName),
    queryFn: async ({ signal }) =>
      completeServer(await registryClient.getServer(qualifiedName, signal), qualifiedName),
    staleTime: 15_000,
  });

/** The list's entry of a server: its id, creation time and uses. Null where the list omits it. */
export const serverSummaryQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.part(qualifiedName, 'summary'),
    queryFn: async ({ signal }) => usableSummary(await registryClient.findServer(qualifiedName, signal)),
    staleTime: 15_000,
  });

/** The newest release and how many there are. */
export const latestReleaseQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.part(qualifiedName, 'latest-release'),
    queryFn: async ({ signal }) => {
      const page = await registryClient.listReleases(qualifiedName, { pageSize: 1 }, signal);
      return { latest: page.releases[0] ?? null, count: page.pagination.totalCount };
    },
    staleTime: 60_000,
  });

/** The newest 20 releases, newest first, and how many there are in all. */
export const releasesQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.part(qualifiedName, 'releases'),
    queryFn: async ({ signal }) => {
      const page = await registryClient.listReleases(qualifiedName, { pageSize: 20 }, signal);
      return { releases: requireList(page.releases), count: requireCount(page.pagination?.totalCount) };
    },
    staleTime: 15_000,
  });

/** The secrets' names; the registry never gives their values. */
export const secretsQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.part(qualifiedName, 'secrets'),
    queryFn: async ({ signal }) => requireList(await registryClient.listSecrets(qualifiedName, signal)),
    staleTime: 15_000,
  });

/** The domains at which the server answers. */
export const domainsQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.part(qualifiedName, 'domains'),
    queryFn: async ({ signal }) =>
      requireList((await registryClient.listDomains(qualifiedName, signal)).domains),
    staleTime: 15_000,
  });

const HOUR = 3_600_000;

/** How often the server was called in the last hour and in the last 7 days. */
export const callsQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.part(qualifiedName, 'calls'),
    queryFn: async ({ signal }) => {
      // The log gives no counts of its own; one line of it comes with the number of all that match.
      const since = async (age: number) => {
        const from = new Date(Date.now() - age).toISOString();
        return requireCount((await registryClient.listLogs(qualifiedName, { from, limit: 1 }, signal)).total);
      };
      const [lastHour, lastWeek] = await Promise.all([since(HOUR), since(7 * 24 * HOUR)]);
      return { lastHour, lastWeek };
    },
    staleTime: 0,
  });
