import type { ServerListResponse } from '@smithery/api/resources/servers/servers';
import type { Expression, ExpressionBuilder, Kysely, SqlBool } from 'kysely';
import type { Database } from '#database/schema.ts';
import { offsetOf, paginationOf, type Pagination } from '#registry/http/pagination.ts';
import { isOwnedBy } from '#registry/servers/server-ownership.ts';
import { searchServers } from './server-search.ts';
import { shuffled } from '#registry/search/shuffle.ts';
import { fits, namesAPlace, passesFilters, type ServerFilters } from './server-filters.ts';
import type { ServerListQuery } from './server-list-params.ts';
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

/** How many servers pass the filters and may be seen by the viewer; exact. */
async function countServers(db: Kysely<Database>, filters: ServerFilters): Promise<number> {
  if (namesAPlace(filters)) return countWhere(db, (eb) => passesFilters(eb, filters));
  // Of all there are: in two parts, each of which is one range of a narrow index.
  const listed = await countWhere(db, (eb) => eb.and([eb('servers.unlisted', '=', 0), fits(eb, filters)]));
  const own = await countWhere(db, (eb) =>
    eb.and([eb('servers.unlisted', '=', 1), isOwnedBy(eb, filters.viewer), fits(eb, filters)]),
  );
  return listed + own;
}

async function countWhere(
  db: Kysely<Database>,
  condition: (eb: ExpressionBuilder<Database, 'servers'>) => Expression<SqlBool>,
): Promise<number> {
  const { count } = await db
    .selectFrom('servers')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where(condition)
    .executeTakeFirstOrThrow();
  return count;
}
