import type { Expression, ExpressionBuilder, Kysely, SqlBool } from 'kysely';
import type { Database } from '#database/schema.ts';
import { fits, isOwnedBy, namesAPlace, passesFilters, type ServerFilters } from './server-filters.ts';

/** How many servers pass the filters and may be seen by the viewer; exact. */
export async function countServers(db: Kysely<Database>, filters: ServerFilters): Promise<number> {
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
