import { sql } from 'kysely';
import type { TestRegistry } from './test-registry.ts';

/** Makes every such write to a table fail, as a broken disk would, however deep in a transaction it comes. */
export async function forbidWrites(
  { db, engine }: Pick<TestRegistry, 'db' | 'engine'>,
  write: 'insert' | 'delete',
  table: string,
): Promise<void> {
  const words = sql.lit(`no ${write}s here`);
  const before = sql`create trigger forbidden before ${sql.raw(write)} on ${sql.table(table)}`;
  if (engine === 'sqlite') {
    await sql`${before} begin select raise(abort, ${words}); end`.execute(db);
    return;
  }
  await sql`create function forbid() returns trigger language plpgsql as
    $$ begin raise exception ${words}; end $$`.execute(db);
  await sql`${before} for each row execute function forbid()`.execute(db);
}
