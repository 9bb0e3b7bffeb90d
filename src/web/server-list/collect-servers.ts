import type { InfiniteData } from '@tanstack/react-query';
import type { ListedServer, ListPosition, ServerPage } from '#web/api/server-cache.ts';

/** The servers that the loaded pages hold, in the registry's order, and how many it says there are. */
export interface ServerCollection {
  servers: readonly ListedServer[];
  /** The registry's count over the namespaces asked so far. */
  total: number;
  /** True where `total` is not yet the whole: a namespace was not asked at all. */
  isTotalOpen: boolean;
}

/**
 * Puts the pages together. A server that moved between two pages while they were read is there once, as the
 * later page has it.
 */
export function collectServers(
  { pages, pageParams }: InfiniteData<ServerPage>,
  namespaces: readonly string[],
): ServerCollection {
  const servers = new Map<string, ListedServer>();
  const totals = new Map<string, number>();
  pages.forEach((page, index) => {
    for (const server of page.servers) servers.set(server.id, server);
    // The query's types forget what its positions are.
    const { namespace } = pageParams[index] as ListPosition;
    totals.set(namespace, page.pagination.totalCount);
  });
  return {
    servers: [...servers.values()],
    total: [...totals.values()].reduce((sum, count) => sum + count, 0),
    isTotalOpen: namespaces.some((namespace) => !totals.has(namespace)),
  };
}
