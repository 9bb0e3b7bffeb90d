import { queryOptions } from '@tanstack/react-query';
import { type OwnedServer, type OwnedServerPage, ownedServerPaths } from '#contract/owned-servers.ts';
import { callApi } from '#web/api/calling/call-api.ts';
import { serverKeys } from '#web/api/server-cache/server-cache.ts';

/** One of the owner's servers, as the index has it after asking the registry anew; null where it has none of that name. */
export const ownedServerQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: [...serverKeys.detail(qualifiedName), 'owned'],
    queryFn: async ({ signal }): Promise<OwnedServer | null> => {
      const query = { name: qualifiedName };
      const { servers } = await callApi<OwnedServerPage>(ownedServerPaths.servers(), { query, signal });
      return servers.find((server) => server.qualifiedName === qualifiedName) ?? null;
    },
    staleTime: 15_000,
  });
