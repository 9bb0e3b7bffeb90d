import type { ServerListResponse } from '@smithery/api/resources/servers/servers';
import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { offsetOf, paginationOf, type Pagination } from '#registry/http/pagination.ts';
import { searchServers } from '#registry/search/server-search.ts';
import { shuffled } from '#registry/search/shuffle.ts';
import { countServers } from './server-count.ts';
import { passesFilters } from './server-filters.ts';
import type { ServerListQuery } from './server-list-query.ts';
import { summariesOf, type ListedServer } from './server-summaries.ts';

export interface ServerListPage {
  servers: ServerListResponse[];
  pagination: Pagination;
}

/** One page of the servers that a query asks for. `totalCount` is exact when browsing, at most `topK` when searching. */
export async function listServers(
  db: Kysely<Database>,
  query: ServerListQuery,
  publicUrl: string,
): Promise<ServerListPage> {
  const { listed, totalCount } = await (query.q === undefined
    ? browse(db, query)
    : search(db, { ...query, q: query.q }));
  return {
    servers: await summariesOf(db, listed, publicUrl),
    pagination: paginationOf(query, totalCount),
  };
}

interface Listing {
  listed: ListedServer[];
  totalCount: number;
}

async function search(db: Kysely<Database>, query: ServerListQuery & { q: string }): Promise<Listing> {
  const found = await searchServers(db, query);
  const offset = offsetOf(query);
  return { listed: found.slice(offset, offset + query.pageSize), totalCount: found.length };
}

async function browse(db: Kysely<Database>, query: ServerListQuery): Promise<Listing> {
  const count = await countServers(db, query.filters);
  if (offsetOf(query) >= count) return { listed: [], totalCount: count };
  const rows = await browseQuery(db, query).execute();
  return { listed: rows.map(({ rid }) => ({ rid, score: null })), totalCount: count };
}

function browseQuery(db: Kysely<Database>, query: ServerListQuery) {
  const page = db
    .selectFrom('servers')
    .select('servers.rid')
    .where((eb) => passesFilters(eb, query.filters))
    .limit(query.pageSize)
    .offset(offsetOf(query));
  if (query.seed === undefined) return page.orderBy('use_count', 'desc').orderBy('qualified_name');
  return page.orderBy(shuffled('servers.rid', query.seed)).orderBy('servers.rid');
}
