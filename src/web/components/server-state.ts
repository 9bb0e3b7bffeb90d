import type { ListedServer, Release } from '#contract/registry-answers.ts';
import { releaseStatus } from './release-status.ts';

/**
 * What a server is doing.
 *
 * - `live`: published and answering through the registry.
 * - `external`: published, answering from its owner's own host.
 * - `local`: published, runs on the user's machine through stdio.
 * - `failed`, `releasing`, `needs-sign-in`, `cancelled`: what became of its latest release; nothing is published.
 * - `not-released`: nothing was ever released.
 * - `loading`: its latest release is not there yet. `unknown`: it cannot be had, or has a status we do not know.
 */
export type ServerState =
  | 'live'
  | 'external'
  | 'local'
  | 'failed'
  | 'releasing'
  | 'needs-sign-in'
  | 'cancelled'
  | 'not-released'
  | 'loading'
  | 'unknown';

/** The latest release; null: there is none; `loading` and `unknown`: not there yet, cannot be had. */
export type LatestRelease = Pick<Release, 'status' | 'type'> | null | 'loading' | 'unknown';

type Facts = Pick<ListedServer, 'remote' | 'isDeployed'>;

/**
 * What a server is doing, from the list's entry first, which is enough for most, then from its latest release.
 * Pass null for an entry that the list omits.
 */
export function serverState(listed: Facts | null, latest: LatestRelease): ServerState {
  if (listed?.isDeployed === true) return 'live';
  if (listed?.remote === false) return 'local';
  if (latest === null) return 'not-released';
  if (latest === 'loading' || latest === 'unknown') return latest;
  const { outcome } = releaseStatus(latest.status);
  return outcome === 'succeeded' ? published(latest.type) : outcome;
}

function published(type: string | null): ServerState {
  if (type === null) return 'unknown';
  if (type === 'stdio') return 'local';
  return type === 'external_shttp' ? 'external' : 'live';
}
