import type { Expression, ExpressionBuilder, Kysely, SqlBool } from 'kysely';
import type { Database } from '#database/schema.ts';
import type { Scope } from '#registry/access/access.ts';
import { serverNotFound } from '#registry/http/registry-error.ts';
import { isOwnedBy } from './server-ownership.ts';

/** A server as it was found by its name, for its owner. What changes it locks it first: `lockOwnedServer`. */
export interface OwnedServer {
  rid: number;
  qualifiedName: string;
}

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

/**
 * Locks a server that was found before this transaction began. Throws a 404 where it was deleted, renamed or given away
 * since: by its row number alone a change would reach it under its new name, and its new owner.
 */
export async function lockOwnedServer(
  trx: Kysely<Database>,
  { rid, qualifiedName }: OwnedServer,
  scope: Scope,
): Promise<void> {
  const isTheirs = await lockServer(trx, (eb) =>
    eb.and([
      eb('servers.rid', '=', rid),
      eb('servers.qualified_name', '=', qualifiedName),
      isOwnedBy(eb, scope),
    ]),
  );
  if (!isTheirs) throw serverNotFound();
}
