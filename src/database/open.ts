import { Kysely, Migrator, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import type { Engine } from './engine.ts';
import { migrations } from './migrations/all.ts';
import type { Database } from './schema.ts';
import { sqliteDialect } from './sqlite-dialect.ts';

/** Where the rows are kept: a file (or `:memory:`), or a PostgreSQL URL. */
export type DatabaseLocation = { engine: 'sqlite'; path: string } | { engine: 'postgres'; url: string };

/** An open database with its schema up to date. Destroy `db` to close it. */
export interface OpenDatabase {
  db: Kysely<Database>;
  engine: Engine;
}

/** Opens the database and brings its schema up to date. Throws where it cannot be reached or migrated. */
export async function openDatabase(location: DatabaseLocation): Promise<OpenDatabase> {
  const db = new Kysely<Database>({ dialect: dialectOf(location) });
  try {
    await migrateToLatest(db, location.engine);
  } catch (error) {
    await db.destroy().catch(() => {});
    throw error;
  }
  return { db, engine: location.engine };
}

/** Resolves where the database answers; rejects otherwise. */
export async function pingDatabase(db: Kysely<Database>): Promise<void> {
  await sql`select 1`.execute(db);
}

function dialectOf(location: DatabaseLocation) {
  if (location.engine === 'sqlite') return sqliteDialect(location.path);
  const types = new pg.TypeOverrides();
  // Counts and row numbers stay far below 2^53.
  types.setTypeParser(pg.types.builtins.INT8, Number);
  types.setTypeParser(pg.types.builtins.NUMERIC, Number);
  const pool = new pg.Pool({
    connectionString: location.url,
    types,
    max: 10,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
  });
  // An idle connection that breaks is replaced at the next query; unheard, the event would end the process.
  pool.on('error', () => {});
  return new PostgresDialect({ pool });
}

async function migrateToLatest(db: Kysely<Database>, engine: Engine): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations(engine) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error instanceof Error ? error : new Error(String(error));
}
