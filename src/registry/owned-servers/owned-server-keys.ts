import { sql, type Expression, type ExpressionBuilder, type Kysely } from 'kysely';
import type { ServerOrder } from '#contract/owned-servers.ts';
import type { Database } from '#database/schema.ts';
import type { ListPosition } from '#platform/list-position.ts';
import type { Scope } from '#registry/access/access.ts';
import { isOwnedBy } from '#registry/servers/server-ownership.ts';
import type { OwnedServerQuery } from './owned-server-params.ts';
import { newestRelease, stateRank } from './server-facts.ts';

/** A server's place in an order. */
export interface ServerKey extends ListPosition {
  rid: number;
}

/**
 * The servers of a scope that come after the position, in the order that is asked for, at most `limit`. Those without a
 * value come last, equals by their qualified name.
 */
export async function listServerKeys(
  db: Kysely<Database>,
  { sort, direction, limit, after, names }: OwnedServerQuery,
  scope: Scope,
): Promise<ServerKey[]> {
  let query = db
    // Once for each server, however often it is compared.
    .with(
      (cte) => cte('keys').materialized(),
      (qb) => {
        const owned = qb
          .selectFrom('servers')
          .select(['servers.rid', 'servers.qualified_name as name'])
          .select((eb) => VALUES[sort](eb).as('value'))
          .where((eb) => isOwnedBy(eb, scope));
        return names === undefined ? owned : owned.where('servers.qualified_name', 'in', names);
      },
    )
    .selectFrom('keys')
    .selectAll()
    .orderBy((eb) => eb('value', 'is', null))
    .orderBy('value', direction)
    .orderBy('name')
    .limit(limit);
  if (after !== undefined) {
    const { value, name } = after;
    query = query.where((eb) => {
      const isLater = eb('name', '>', name);
      if (value === null) return eb.and([eb('value', 'is', null), isLater]);
      return eb.or([
        eb('value', direction === 'asc' ? '>' : '<', value),
        eb.and([eb('value', '=', value), isLater]),
        eb('value', 'is', null),
      ]);
    });
  }
  return query.execute();
}

type Servers = ExpressionBuilder<Database, 'servers'>;

const VALUES: Record<ServerOrder, (eb: Servers) => ReturnType<typeof asValue>> = {
  name: (eb) => asValue(eb.ref('servers.name_key')),
  state: (eb) => asValue(stateRank(eb)),
  released: (eb) => asValue(newestRelease(eb).select('releases.created_at')),
  called: (eb) => asValue(eb.ref('servers.last_call_at')),
  uses: (eb) => asValue(eb.ref('servers.use_count')),
  created: (eb) => asValue(eb.ref('servers.created_at')),
};

function asValue(value: Expression<unknown>) {
  return sql<string | number | null>`${value}`;
}
