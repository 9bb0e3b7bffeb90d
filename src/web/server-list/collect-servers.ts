import type { ListedServer, Unreadable } from '#contract/registry-answers.ts';
import type { ServerPage } from '#web/api/server-cache.ts';

/** The servers that the loaded pages hold, in the registry's order, and how many it says there are. */
export interface ServerCollection {
  servers: readonly ListedServer[];
  /** The registry's count over the namespaces asked so far; null where it does not say. */
  total: number | null;
  /** True where `total` is not yet the whole: a namespace was not asked at all. */
  isTotalOpen: boolean;
  unreadable: Unreadable;
}

/**
 * Puts the pages together. A server that moved between two pages while they were read is there once, as the
 * later page has it.
 */
export function collectServers(
  batches: readonly (readonly ServerPage[])[],
  namespaces: readonly string[],
): ServerCollection {
  const servers = new Map<string, ListedServer>();
  const totals = new Map<string, number | null>();
  const unreadable = { entries: 0, values: 0 };
  for (const page of batches.flat()) {
    for (const server of page.servers) servers.set(server.qualifiedName, server);
    if (page.failure !== null) continue;
    totals.set(page.namespace, page.totalCount);
    unreadable.entries += page.unreadable.entries;
    unreadable.values += page.unreadable.values;
  }
  return {
    servers: [...servers.values()],
    total: sumOf([...totals.values()]),
    isTotalOpen: namespaces.some((namespace) => !totals.has(namespace)),
    unreadable,
  };
}

function sumOf(counts: readonly (number | null)[]): number | null {
  let sum = 0;
  for (const count of counts) {
    if (count === null) return null;
    sum += count;
  }
  return sum;
}
