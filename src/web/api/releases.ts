import type { ReleaseListResponse } from '@smithery/api/resources/servers/releases';
import { queryOptions } from '@tanstack/react-query';
import { registryPaths } from '#contract/api-paths.ts';
import { readRegistry } from './call-api.ts';
import { requireCount, requireList } from './response-checks.ts';
import { type Pagination, serverKeys } from './server-cache.ts';

export type Release = ReleaseListResponse;

interface ReleasePage {
  releases: Release[];
  pagination: Pagination;
}

const readReleases = (qualifiedName: string, pageSize: number, signal: AbortSignal) =>
  readRegistry<ReleasePage>(registryPaths.releases(qualifiedName), signal, { pageSize });

/** The newest release and how many there are. */
export const latestReleaseQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.part(qualifiedName, 'latest-release'),
    queryFn: async ({ signal }) => {
      const page = await readReleases(qualifiedName, 1, signal);
      return { latest: page.releases[0] ?? null, count: page.pagination.totalCount };
    },
    staleTime: 60_000,
  });

/** The newest 20 releases, newest first, and how many there are in all. */
export const releasesQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.part(qualifiedName, 'releases'),
    queryFn: async ({ signal }) => {
      const page = await readReleases(qualifiedName, 20, signal);
      return { releases: requireList(page.releases), count: requireCount(page.pagination?.totalCount) };
    },
    staleTime: 15_000,
  });
