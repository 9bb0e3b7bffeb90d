import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { OwnedServerState } from '#contract/owned-servers.ts';
import type { ServerDetail } from '#contract/registry-answers.ts';
import { ownedServerState } from '#contract/server-filters.ts';
import { releasesQuery } from '#web/api/releases.ts';
import { useIsOwn } from './ownership.ts';
import { standingOf } from './releases/standing.ts';

/** What a server is doing: its owner's by its releases, another's by what everybody can connect to. */
export function useServerState(
  qualifiedName: string,
  server: UseQueryResult<ServerDetail>,
): OwnedServerState | 'loading' {
  const isOwn = useIsOwn(qualifiedName);
  const releases = useQuery({ ...releasesQuery(qualifiedName), enabled: isOwn === true });
  if (isOwn === undefined) return 'loading';
  if (isOwn) {
    if (releases.data !== undefined) return standingOf(releases.data).state;
    return releases.isPending ? 'loading' : 'unknown';
  }
  if (server.data === undefined) return server.isPending ? 'loading' : 'unknown';
  // Whether nothing is live because nothing ever was, or because it failed, is its owner's to know.
  return ownedServerState(undefined, server.data.connections?.[0]?.type);
}
