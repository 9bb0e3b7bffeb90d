import type { Expression, ExpressionBuilder, Kysely, SqlBool } from 'kysely';
import type { Database } from '#database/schema.ts';

/**
 * Makes every other change of a server wait until this transaction ends. False where no server is meant.
 *
 * Lock order: the server before its releases, as a delete does by its cascade. Whoever changes a release and then its
 * server takes this lock first: else two transactions wait for each other.
 */
export async function lockServer(
  trx: Kysely<Database>,
  isMeant: (eb: ExpressionBuilder<Database, 'servers'>) => Expression<SqlBool>,
): Promise<boolean> {
  // A write that changes nothing: SQLite has no `select … for update`.
  const locked = await trx
    .updateTable('servers')
    .set((eb) => ({ live_release_id: eb.ref('live_release_id') }))
    .where(isMeant)
    .returning('rid')
    .executeTakeFirst();
  return locked !== undefined;
}
