import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { ListedServer, ServerDetail } from '#contract/registry-answers.ts';
import { ownedServerState } from '#contract/server-filters.ts';
import { releasesQuery } from '#web/api/releases.ts';
import { serverState, type ServerState } from '#web/components/server-marks/server-state.ts';
import { useIsOwn } from './ownership.ts';

// They could not be had.
const NO_RELEASES = { releases: [], latest: 'unknown', count: null } as const;

interface Known {
  server: UseQueryResult<ServerDetail>;
  listed: UseQueryResult<ListedServer | null>;
}

/** What a server is doing: its owner's by its releases, another's by what everybody can connect to. */
export function useServerState(qualifiedName: string, { server, listed }: Known): ServerState {
  const isOwn = useIsOwn(qualifiedName);
  const releases = useQuery({ ...releasesQuery(qualifiedName), enabled: isOwn === true });
  if (isOwn === undefined) return 'loading';
  if (isOwn) {
    if (releases.isPending || listed.isPending) return 'loading';
    return serverState(listed.data ?? null, releases.data ?? NO_RELEASES);
  }
  if (server.data === undefined) return server.isPending ? 'loading' : 'unknown';
  // Whether nothing is live because nothing ever was, or because it failed, is its owner's to know.
  return ownedServerState(undefined, server.data.connections?.[0]?.type);
}
