import { queryOptions } from '@tanstack/react-query';
import { registryPaths } from '#contract/api-paths.ts';
import { readImage } from './call-api.ts';
import { serverKeys } from './server-cache.ts';

/** A server's icon as a data URL. */
export const iconQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.part(qualifiedName, 'icon'),
    queryFn: async ({ signal }) => readImage(registryPaths.icon(qualifiedName), signal),
    // As long as browsers keep it that ask for it by themselves.
    staleTime: 300_000,
  });
