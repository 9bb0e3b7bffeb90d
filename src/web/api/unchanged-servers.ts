import { type InfiniteData, replaceEqualDeep } from '@tanstack/react-query';
import type { ServerPage, ServerSummary } from './registry-client.ts';

/**
 * A list's new data, in which every server that has not changed is the very object it was, so that its row is not
 * drawn again. By id and not by place, as react-query would: one server less, and all after it would seem new.
 */
export function keepUnchangedServers(before: unknown, after: unknown): unknown {
  // Only this list's query uses it; the option's own type knows no data.
  const [old, list] = [before, after] as (InfiniteData<ServerPage> | undefined)[];
  if (old === undefined || list === undefined) return after;
  const known = new Map<string, ServerSummary>();
  for (const { servers } of old.pages) for (const server of servers) known.set(server.id, server);
  const pages = list.pages.map((page) => ({
    ...page,
    servers: page.servers.map((server) => replaceEqualDeep(known.get(server.id), server)),
  }));
  return { ...list, pages };
}
