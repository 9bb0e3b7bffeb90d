import type { DomainListResponse } from '@smithery/api/resources/servers/domains';
import { queryOptions } from '@tanstack/react-query';
import { registryPaths } from '#contract/api-paths.ts';
import { readRegistry } from './call-api.ts';
import { requireList } from './response-checks.ts';
import { serverKeys } from './server-cache.ts';

/** The domains at which the server answers. */
export const domainsQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.part(qualifiedName, 'domains'),
    queryFn: async ({ signal }) => {
      const path = registryPaths.domains(qualifiedName);
      return requireList((await readRegistry<DomainListResponse>(path, signal)).domains);
    },
    staleTime: 15_000,
  });
