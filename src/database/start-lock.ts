import { sql, type Kysely } from 'kysely';
import { isUniqueViolation, type Engine } from './engine.ts';
import type { Database } from './schema.ts';

/**
 * Does something that only one process at a time may do to this database, while others wait: what a first start does,
 * above all. Its statements run on connections of their own. A row is locked, no advisory lock is taken: those are known
 * to PostgreSQL alone. SQLite needs none, since a data folder is held by one process.
 */
export async function oneAtATime<T>(
  { db, engine }: { db: Kysely<Database>; engine: Engine },
  work: () => Promise<T>,
): Promise<T> {
  if (engine === 'sqlite') return work();
  await makeLockRow(db);
  return db.transaction().execute(async (trx) => {
    await sql`update start_lock set held = held`.execute(trx);
    return work();
  });
}

async function makeLockRow(db: Kysely<Database>): Promise<void> {
  // "if not exists" does not keep two from making it at the same moment; the one that fails finds it made.
  for (const attempt of [1, 2]) {
    try {
      await sql`create table if not exists start_lock (id integer primary key, held integer not null)`.execute(
        db,
      );
      await sql`insert into start_lock (id, held) values (1, 0) on conflict (id) do nothing`.execute(db);
      return;
    } catch (error) {
      if (attempt === 2 || !(isUniqueViolation(error) || isMadeAlready(error))) throw error;
    }
  }
}

function isMadeAlready(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === '42P07';
}
