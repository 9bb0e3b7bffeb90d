import { sql, type Kysely } from 'kysely';
import type { OpenDatabase } from '#database/open.ts';
import type { Database } from '#database/schema.ts';

/**
 * Reads one state of the database, whatever others write meanwhile, who need not wait. Nothing else may be asked of an
 * SQLite database that is open here until this resolves.
 */
export async function inSnapshot<T>(
  { db, engine }: OpenDatabase,
  work: (snapshot: Kysely<Database>) => Promise<T>,
): Promise<T> {
  if (engine === 'postgres') {
    const reading = db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only');
    return reading.execute(work);
  }
  return db.connection().execute(async (connection) => {
    // Deferred, since an immediate one would keep writers out. It sees the state of its first statement.
    await sql`begin deferred`.execute(connection);
    try {
      return await work(connection);
    } finally {
      await sql`rollback`.execute(connection);
    }
  });
}
