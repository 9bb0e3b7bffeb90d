import { sql, type Kysely } from 'kysely';
import type { OpenDatabase } from '#database/open.ts';
import type { Database } from '#database/schema.ts';
import { COPIED_TABLES } from './copied-tables.ts';

/** True where nothing was ever kept in this database: it has no tables of ours, or no rows in them. */
export async function isUnused({ db }: OpenDatabase): Promise<boolean> {
  const tables = new Set((await db.introspection.getTables()).map(({ name }) => name));
  for (const { name } of COPIED_TABLES) {
    // It holds facts of the empty database too.
    if (name === 'installation' || !tables.has(name)) continue;
    const { rows } = await sql`select 1 from ${sql.table(name)} limit 1`.execute(db);
    if (rows.length > 0) return false;
  }
  return true;
}

/** Lets rows that come number themselves after those that were copied with their numbers. */
export async function followRowNumbers({ engine }: OpenDatabase, db: Kysely<Database>): Promise<void> {
  // SQLite does so by itself.
  if (engine === 'sqlite') return;
  const { rows } = await sql<{ table: string; column: string }>`
    select table_name as table, column_name as column from information_schema.columns
    where table_schema = current_schema() and is_identity = 'YES'`.execute(db);
  for (const { table, column } of rows) {
    await sql`
      select setval(
        pg_get_serial_sequence(${table}, ${column}),
        coalesce((select max(${sql.ref(column)}) from ${sql.table(table)}), 0) + 1,
        false
      )`.execute(db);
  }
}
