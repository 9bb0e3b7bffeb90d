import { sql, type Kysely } from 'kysely';
import type { Engine } from '#database/engine.ts';
import type { Database } from '#database/schema.ts';

/** Something wrong: where it is, and what to do about it. */
export interface EngineFinding {
  table: string;
  key: string;
  problem: string;
  advice: string;
}

/** What the engine itself finds wrong with its file and with rows that refer to others. PostgreSQL keeps watch by itself. */
export async function checkEngine(engine: Engine, db: Kysely<Database>): Promise<EngineFinding[]> {
  if (engine === 'postgres') return [];
  const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(db);
  const damaged = rows.map(({ integrity_check: text }) => text).filter((text) => text !== 'ok');
  const orphans = await sql<{ table: string; rowid: number | null; parent: string }>`
    pragma foreign_key_check`.execute(db);
  return [
    ...damaged.map((text) => ({
      table: 'the database',
      key: 'file',
      problem: text,
      advice: 'stop the desk and restore a backup into an empty folder',
    })),
    ...orphans.rows.map(({ table, rowid, parent }) => ({
      table,
      key: `row ${rowid ?? '?'}`,
      problem: `what it refers to in ${parent} is not there`,
      advice: 'restore a backup into an empty folder, or delete the row',
    })),
  ];
}
