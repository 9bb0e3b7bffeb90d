import { ownedServerState } from '#contract/server-filters.ts';
import type { OwnedServerState } from '#contract/owned-servers.ts';
import type { ListedServer, Release } from '#contract/registry-answers.ts';
import { liveRelease } from './release-status.ts';

/** What a server is doing; `loading` until that is known. */
export type ServerState = OwnedServerState | 'loading';

/** The newest releases, newest first, and how many there are in all; what is not known is null. */
interface KnownReleases {
  releases: readonly (Pick<Release, 'status' | 'type'> | null)[];
  latest: Pick<Release, 'status'> | 'unknown' | null;
  count: number | null;
}

/**
 * What a server is doing, by its newest releases; where they do not tell which one is live, by the registry's entry of
 * it. Pass null for an entry that the registry omits.
 */
export function serverState(
  listed: Pick<ListedServer, 'remote' | 'isDeployed'> | null,
  { releases, latest, count }: KnownReleases,
): OwnedServerState {
  const latestStatus = latest === 'unknown' ? undefined : latest && (latest.status ?? undefined);
  const live = liveRelease(releases, count);
  const liveType = live === undefined ? null : (live?.type ?? listedType(listed));
  return ownedServerState(latestStatus, liveType);
}

function listedType(listed: Pick<ListedServer, 'remote' | 'isDeployed'> | null): string | undefined {
  if (listed?.isDeployed === true) return 'hosted_shttp';
  return listed?.remote === false ? 'stdio' : undefined;
}
