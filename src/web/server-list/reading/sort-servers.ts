import { nameKey } from '#contract/name-order.ts';
import { type OwnedServer, SERVER_STATES, type ServerOrder } from '#contract/owned-servers.ts';
import type { ListOrder } from '#web/api/server-cache/server-cache.ts';

type Key = string | number | null;

/**
 * Sorts a copy, as the index would: those of which it is not known, or that have none, come last whichever the
 * direction, and equals are ordered by their qualified name.
 */
export function sortServers(servers: readonly OwnedServer[], { sort, direction }: ListOrder): OwnedServer[] {
  const key = keys[sort];
  const sign = direction === 'asc' ? 1 : -1;
  return servers
    .map((server) => ({ server, key: key(server) }))
    .sort((a, b) => {
      if (a.key === null || b.key === null) return rank(a.key) - rank(b.key) || byName(a.server, b.server);
      return sign * compare(a.key, b.key) || byName(a.server, b.server);
    })
    .map(({ server }) => server);
}

// ISO 8601 texts order as their times do.
const keys: Readonly<Record<ServerOrder, (server: OwnedServer) => Key>> = {
  name: ({ displayName }) => nameKey(displayName),
  state: ({ state }) => (state === 'unknown' ? null : SERVER_STATES.indexOf(state)),
  released: ({ latestRelease }) => latestRelease?.at ?? null,
  called: ({ calls }) => calls.lastAt ?? null,
  uses: ({ uses }) => uses ?? null,
  created: ({ createdAt }) => createdAt ?? null,
};

function rank(key: Key): number {
  return key === null ? 1 : 0;
}

function byName(a: OwnedServer, b: OwnedServer): number {
  return compare(a.qualifiedName, b.qualifiedName);
}

function compare<T extends string | number>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
