import type { SecretListResponse } from '@smithery/api/resources/servers/secrets';
import { queryOptions } from '@tanstack/react-query';
import { registryPaths } from '#contract/api-paths.ts';
import { readRegistry } from './call-api.ts';
import { requireList } from './response-checks.ts';
import { serverKeys } from './server-cache.ts';

/** The secrets' names; the registry never gives their values. */
export const secretsQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.part(qualifiedName, 'secrets'),
    queryFn: async ({ signal }) =>
      requireList(await readRegistry<SecretListResponse>(registryPaths.secrets(qualifiedName), signal)),
    staleTime: 15_000,
  });
