import { queryOptions } from '@tanstack/react-query';
import { gatewayPaths } from '#contract/api-paths.ts';
import type { RegistryInfo } from '#contract/session.ts';
import { callApi } from './call-api.ts';

/** The registry that this desk manages; known to those who are not signed in. */
export const registryQuery = () =>
  queryOptions({
    queryKey: ['registry'],
    queryFn: ({ signal }) => callApi<RegistryInfo>(gatewayPaths.registry(), { signal }),
    staleTime: Infinity,
  });
