import {
  type OwnedServer,
  SERVER_FILTERS,
  type ServerCounts,
  type ServerFilter,
} from '#contract/owned-servers.ts';
import { FILTER_RULES } from '#contract/server-filters.ts';
import { ownEntry } from '#web/lib/own-entry.ts';

/** How many rows each chip would show; absent where that is not known. */
export interface ChipCounts {
  total: number | undefined;
  filters: Partial<Record<ServerFilter, number>>;
}

/**
 * What the chips count: all servers as the registry counts them, or where a namespace is chosen those in it, by the servers
 * on hand, which are undefined until all are there.
 */
export function chipCounts(
  counts: ServerCounts,
  namespace: string | null,
  servers: readonly OwnedServer[] | undefined,
): ChipCounts {
  if (namespace === null) return counts;
  if (servers === undefined) return { total: ownEntry(counts.namespaces, namespace), filters: {} };
  // As of when the others were counted.
  const now = new Date(counts.asOf);
  const there = servers.filter((server) => server.namespace === namespace);
  const filters = SERVER_FILTERS.map((filter) => [
    filter,
    there.filter((server) => FILTER_RULES[filter](server, now)).length,
  ]);
  return { total: there.length, filters: Object.fromEntries(filters) as ChipCounts['filters'] };
}
