import { sql, type ExpressionBuilder, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import { SERVER_STATES } from '#contract/owned-servers.ts';
import { ownedServerState } from '#contract/server-filters.ts';
import { RELEASE_STATUSES } from '#contract/release-statuses.ts';
import type { ReleaseType } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';

type Servers = ExpressionBuilder<Database, 'servers'>;

const STATUSES = [null, ...RELEASE_STATUSES];
const LIVE_TYPES: readonly (ReleaseType | null)[] = [null, 'hosted_shttp', 'external_shttp', 'stdio'];

/** A server's newest release. */
export function newestRelease(eb: Servers) {
  return eb
    .selectFrom('releases')
    .whereRef('releases.server_rid', '=', 'servers.rid')
    .orderBy('releases.created_at', 'desc')
    .orderBy('releases.id')
    .limit(1);
}

/**
 * Keeps of these servers, by row number, what their releases make of their place in lists. Belongs into the transaction of
 * whatever changes a release, after `lockServer`.
 */
export async function keepStates(trx: Kysely<Database>, rids: readonly number[]): Promise<void> {
  await trx
    .updateTable('servers')
    .set((eb) => ({
      state_rank: stateRank(eb),
      released_at: newestRelease(eb).select('releases.created_at'),
    }))
    .where('rid', 'in', rids)
    .execute();
}

/** Servers, by qualified name, of which something else is kept than their releases make of it. */
export async function listMiskept(db: Kysely<Database>): Promise<string[]> {
  const rows = await db
    .selectFrom('servers')
    .select('servers.qualified_name')
    .where((eb) => {
      const at = newestRelease(eb).select('releases.created_at');
      return eb.or([
        sql<SqlBool>`coalesce(servers.state_rank, -1) <> coalesce(${stateRank(eb)}, -1)`,
        sql<SqlBool>`coalesce(servers.released_at, '') <> coalesce((${at}), '')`,
      ]);
    })
    .orderBy('servers.rid')
    .execute();
  return rows.map(({ qualified_name }) => qualified_name);
}

// The place of a server's state among `SERVER_STATES`; null where it is not known.
function stateRank(eb: Servers): RawBuilder<number | null> {
  const status = newestRelease(eb).select('releases.status');
  // Each pair there can be, judged by the one rule there is.
  const cases = LIVE_TYPES.flatMap((type) =>
    STATUSES.flatMap((latest) => {
      const state = ownedServerState(latest, type);
      if (state === 'unknown') return [];
      const pair = sql.lit(`${type ?? ''} ${latest ?? ''}`);
      return [sql`when ${pair} then ${sql.lit(SERVER_STATES.indexOf(state))}`];
    }),
  );
  const pair = sql`coalesce(servers.live_type, '') || ' ' || coalesce((${status}), '')`;
  return sql`case ${pair} ${sql.join(cases, sql` `)} end`;
}
