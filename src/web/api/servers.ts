import {
  type InfiniteData,
  infiniteQueryOptions,
  mutationOptions,
  type QueryClient,
  queryOptions,
  replaceEqualDeep,
} from '@tanstack/react-query';
import {
  IDEMPOTENCY_KEY_HEADER,
  REGISTRY_PREFIX,
  registryPaths,
  SERVER_ID_HEADER,
} from '#contract/api-paths.ts';
import type { Operation, ServerChangeAnswer } from '#contract/operations.ts';
import { ApiError, callApi, readRegistry } from './call-api.ts';
import { dropServer } from './deletions.ts';
import { type Deletion, isDeleted, knownDeletions, tellOtherTabs } from './known-deletions.ts';
import { type ChangeRequest, runChange } from './operations.ts';
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

/** A server by its name, and by the registry's id, which one re-created under the name does not have. */
export interface ServerIdentity {
  qualifiedName: string;
  /** Null where the list omits the server. */
  serverId: string | null;
}

/**
 * Deletes a server. Resolves with the settled operation where the server is gone. Afterwards no list holds it and
 * other tabs know; then `onGone` is called, in the very turn that says so and whatever has become of the dialog:
 * what it shows and where it goes are drawn at once.
 */
export const deleteServerMutation = (target: ServerIdentity, onGone: (operation: Operation) => void) =>
  mutationOptions<Operation, Error, ChangeRequest>({
    mutationKey: serverKeys.delete(target.qualifiedName),
    mutationFn: (request) =>
      runChange(request, {
        send: () => sendDelete(target, request.operationId),
        isDone: ({ state, finding }) => state === 'applied' || finding === 'gone',
      }),
    onSuccess: async (operation, _request, _result, { client }) => {
      const { qualifiedName, serverId } = target;
      const at = Date.now();
      const deletion: Deletion = { operationId: operation.id, qualifiedName, serverId, at, where: 'here' };
      try {
        await dropServer(client, deletion);
        tellOtherTabs(deletion);
      } catch (error) {
        // The server is gone whatever happens to this page's memory of it: that must not look like a failure.
        reportError(error);
      }
      try {
        onGone(operation);
      } catch (error) {
        reportError(error);
      }
    },
    onError: (error, _request, _result, { client }) => {
      // What this page shows is not what the registry has: that is worth asking for anew.
      if (!(error instanceof ApiError) || error.operation?.finding !== 'recreated') return;
      void client.invalidateQueries({ queryKey: serverKeys.detail(target.qualifiedName) });
      void client.invalidateQueries({ queryKey: serverKeys.lists });
    },
    retry: false,
    // A delete waiting for the network would go off later, with nobody there.
    networkMode: 'always',
  });

// The same operation id never deletes twice, whatever re-sends it. Resolves only where the registry confirmed it.
async function sendDelete({ qualifiedName, serverId }: ServerIdentity, id: string): Promise<Operation> {
  const { operation } = await callApi<ServerChangeAnswer>(
    REGISTRY_PREFIX + registryPaths.server(qualifiedName),
    {
      method: 'DELETE',
      headers: {
        [IDEMPOTENCY_KEY_HEADER]: id,
        ...(serverId === null ? {} : { [SERVER_ID_HEADER]: serverId }),
      },
      // The gateway gives up on the registry after 30 s and then answers.
      timeoutMs: 45_000,
    },
  );
  return operation;
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
