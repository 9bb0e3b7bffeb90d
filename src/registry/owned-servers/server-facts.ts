import { sql, type ExpressionBuilder, type Kysely, type RawBuilder } from 'kysely';
import { SERVER_STATES } from '#contract/owned-servers.ts';
import { ownedServerState } from '#contract/server-filters.ts';
import type { ReleaseStatus, ReleaseType } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';

type Servers = ExpressionBuilder<Database, 'servers'>;

const STATUSES: readonly (ReleaseStatus | null)[] = [
  null,
  'QUEUED',
  'WORKING',
  'SUCCESS',
  'FAILURE',
  'FAILURE_SCAN',
  'AUTH_REQUIRED',
  'AUTH_TIMEOUT',
  'CANCELLED',
  'INTERNAL_ERROR',
];
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
