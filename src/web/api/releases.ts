import { queryOptions } from '@tanstack/react-query';
import { registryPaths } from '#contract/api-paths.ts';
import type { Release, ReleaseDetail, ReleaseListAnswer, Unreadable } from '#contract/registry-answers.ts';
import { readRegistry } from '#web/api/calling/call-api.ts';
import { serverKeys } from '#web/api/server-cache/server-cache.ts';

/** The newest releases of a server. */
export interface Releases {
  /** Newest first; null in the place of one that could not be read. */
  releases: readonly (Release | null)[];
  /** Null: there is none. `unknown`: there is one that could not be read. */
  latest: Release | 'unknown' | null;
  /** How many there are in all; null where the registry does not say. */
  count: number | null;
  unreadable: Unreadable;
}

async function readReleases(qualifiedName: string, pageSize: number, signal: AbortSignal): Promise<Releases> {
  const path = registryPaths.releases(qualifiedName);
  const { answer, unreadable } = await readRegistry<ReleaseListAnswer>(path, signal, { pageSize });
  const { releases, pagination } = answer;
  const total = pagination.totalCount;
  // It cannot be less than what is here.
  const count = total !== null && total >= releases.length ? total : null;
  const isEmpty = releases.length === 0 && (total ?? 0) === 0;
  return { releases, latest: isEmpty ? null : (releases[0] ?? 'unknown'), count, unreadable };
}

/** The newest 20 releases, newest first, and how many there are in all. */
export const releasesQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.part(qualifiedName, 'releases'),
    queryFn: ({ signal }) => readReleases(qualifiedName, 20, signal),
    staleTime: 15_000,
    // Sharing with the answer before would make two objects of the latest and the first of the list, which are one.
    structuralSharing: false,
  });

/** One release with its log, which is asked for anew where the release stands otherwise than before. Not asked for without an id. */
export const releaseQuery = (qualifiedName: string, { id, status }: Pick<Release, 'id' | 'status'>) =>
  queryOptions<ReleaseDetail>({
    queryKey: [...serverKeys.part(qualifiedName, 'releases'), id, status],
    queryFn: async ({ signal }) =>
      (await readRegistry<ReleaseDetail>(registryPaths.release(qualifiedName, id ?? ''), signal)).answer,
    staleTime: 15_000,
    enabled: id !== null,
    // Until then its log as it was.
    placeholderData: (before) => (before?.id === id ? before : undefined),
  });
