import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { registryPaths } from '#contract/api-paths.ts';
import type { OwnedServer } from '#contract/owned-servers.ts';
import type { ListedServer, ServerDetail, ServerListAnswer, Unreadable } from '#contract/registry-answers.ts';
import { readRegistry } from '#web/api/calling/call-api.ts';
import { findOwnedServer } from './owned-servers.ts';
import { serverKeys } from '#web/api/server-cache/server-cache.ts';

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

/**
 * Takes what the list on hand tells of a server, so that its page begins with it. It is less than the registry's entry,
 * which is asked for all the same.
 */
export function primeListedServer(client: QueryClient, qualifiedName: string): void {
  const { queryKey } = listedServerQuery(qualifiedName);
  if (client.getQueryData(queryKey) !== undefined) return;
  const server = findOwnedServer(client, qualifiedName);
  if (server !== undefined) client.setQueryData(queryKey, listedServer(server), { updatedAt: 0 });
}

function listedServer({ state, ...server }: OwnedServer): ListedServer {
  const { qualifiedName, displayName, description, namespace, iconUrl } = server;
  return {
    id: server.id ?? null,
    qualifiedName,
    displayName,
    description,
    namespace,
    slug: null,
    homepage: null,
    iconUrl,
    createdAt: server.createdAt ?? null,
    useCount: server.uses ?? null,
    verified: null,
    remote: server.liveRelease ? server.liveRelease.type !== 'stdio' : null,
    isDeployed: state === 'unknown' ? null : state === 'live' || state === 'live-on-older',
  };
}
