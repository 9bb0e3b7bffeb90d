import { sql, type Kysely, type Selectable, type SqlBool } from 'kysely';
import type { InvocationRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';

export interface LogQuery {
  /** ISO 8601 with milliseconds and Z; `from` is inside the range, `to` is not. */
  from: string | undefined;
  to: string | undefined;
  /** Words to look for in messages, whatever their case. */
  search: string | undefined;
  limit: number;
}

/** A server's latest calls within the query, newest first, and how many match it altogether. */
export async function listInvocations(
  db: Kysely<Database>,
  serverRid: number,
  query: LogQuery,
): Promise<{ invocations: Selectable<InvocationRow>[]; total: number }> {
  const matching = matchingInvocations(db, serverRid, query);
  const { count } = await matching
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  const invocations = await matching
    .selectAll()
    .orderBy('timestamp', 'desc')
    .orderBy('id')
    .limit(query.limit)
    .execute();
  return { invocations, total: count };
}

function matchingInvocations(db: Kysely<Database>, serverRid: number, { from, to, search }: LogQuery) {
  let query = db.selectFrom('invocations').where('server_rid', '=', serverRid);
  if (from !== undefined) query = query.where('timestamp', '>=', from);
  if (to !== undefined) query = query.where('timestamp', '<', to);
  if (search !== undefined) {
    const literal = search.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`);
    query = query.where(sql<SqlBool>`search_text like ${`%${literal}%`} escape '\\'`);
  }
  return query;
}
