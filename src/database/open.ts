import { Kysely, Migrator, PostgresAdapter, PostgresDialect, sql } from 'kysely';
import { isMissingTable, type Engine } from './engine.ts';
import { migrations } from '#database/migrations/all.ts';
import { VERSION } from '#platform/version.ts';
import { DatabaseRefused, readInstallation, writeInstallation } from './installation.ts';
import { findRunning } from './processes.ts';
import type { Database } from './schema.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { oneAtATime } from './start-lock.ts';

/** Where the rows are kept: a file (or `:memory:`), or a PostgreSQL URL. */
export type DatabaseLocation = { engine: 'sqlite'; path: string } | { engine: 'postgres'; url: string };

/** An open database with its schema up to date. Destroy `db` to close it. */
export interface OpenDatabase {
  location: DatabaseLocation;
  db: Kysely<Database>;
  engine: Engine;
}

/**
 * Opens the database and brings its schema up to date. Throws where it cannot be reached or migrated, DatabaseRefused
 * where a newer version made it what it is, where others run on the schema as it is, or only a part of it was copied here
 * so far.
 */
export async function openDatabase(location: DatabaseLocation): Promise<OpenDatabase> {
  const opened = openDatabaseAsItIs(location);
  try {
    await migrateToLatest(opened);
    if ((await readInstallation(opened.db, 'unfinished-copy')) !== undefined) {
      throw new DatabaseRefused(
        'This database holds a part of a copy. Finish it with touchmark migrate-database, or name another one.',
      );
    }
  } catch (error) {
    await opened.db.destroy().catch(() => {});
    throw error;
  }
  return opened;
}

/** Opens the database at its first use and leaves its schema alone. */
export function openDatabaseAsItIs(location: DatabaseLocation): OpenDatabase {
  const db = new Kysely<Database>({ dialect: dialectOf(location) });
  return { db, location, engine: location.engine };
}

/**
 * Whether every migration was run on this database; changes nothing. Throws DatabaseRefused where a newer version has run
 * more.
 */
export async function isUpToDate(database: OpenDatabase): Promise<boolean> {
  await refuseNewer(database);
  const migrations = await migratorOf(database).getMigrations();
  return migrations.every(({ executedAt }) => executedAt !== undefined);
}

/** The migrations that were run on this database, in order; changes nothing. */
export async function executedMigrations(database: OpenDatabase): Promise<string[]> {
  const migrations = await migratorOf(database).getMigrations();
  return migrations.flatMap(({ name, executedAt }) => (executedAt === undefined ? [] : [name]));
}

/**
 * Brings the schema to what these migrations make of it, which is an earlier one or today's. False where they are none
 * of ours in this order, or others were run already.
 */
export async function migrateAsFarAs(database: OpenDatabase, wanted: readonly string[]): Promise<boolean> {
  const known = Object.keys(migrations(database.engine)).slice(0, wanted.length);
  const executed = await executedMigrations(database);
  const isPrefix = (names: readonly string[]) => names.every((name, index) => wanted[index] === name);
  if (wanted.length !== known.length || !isPrefix(known) || !isPrefix(executed)) return false;
  const { error } = await migratorOf(database).migrateTo(wanted.at(-1) ?? '');
  if (error !== undefined) throw error instanceof Error ? error : new Error(String(error));
  return true;
}

/** Brings the schema up to date. */
export async function migrateToLatest(database: OpenDatabase): Promise<void> {
  // Asked first: a process that starts beside others, as most do, waits for nobody.
  if (await isUpToDate(database)) return;
  await oneAtATime(database, async () => {
    await refuseBesideOthers(database);
    const { error } = await migratorOf(database).migrateToLatest();
    if (error !== undefined) throw error instanceof Error ? error : new Error(String(error));
    await writeInstallation(database.db, 'version', VERSION);
  });
}

/** Resolves where the database answers; rejects otherwise. */
export async function pingDatabase(db: Kysely<Database>): Promise<void> {
  await sql`select 1`.execute(db);
}

function dialectOf(location: DatabaseLocation) {
  if (location.engine === 'sqlite') return sqliteDialect(location.path);
  return new PostgresWithoutAdvisoryLocks({ pool: async () => postgresPool(location.url) });
}

// Migrations run under a lock of our own, which databases that only speak PostgreSQL's protocol have too.
class PostgresWithoutAdvisoryLocks extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new UnlockedAdapter();
  }
}

class UnlockedAdapter extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}

// Loaded only where it is used.
async function postgresPool(connectionString: string) {
  const { default: pg } = await import('pg');
  const types = new pg.TypeOverrides();
  // Counts and row numbers stay far below 2^53.
  types.setTypeParser(pg.types.builtins.INT8, Number);
  types.setTypeParser(pg.types.builtins.NUMERIC, Number);
  const pool = new pg.Pool({
    connectionString,
    types,
    max: 10,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
  });
  // A connection that breaks fails the query that uses it and is replaced at the next. It says so besides, to the pool
  // while it is idle and by itself while it is in use: unheard, either would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

async function refuseNewer({ db, engine }: OpenDatabase): Promise<void> {
  const known = migrations(engine);
  const executed = await sql<{ name: string }>`select name from kysely_migration`
    .execute(db)
    .then(({ rows }) => rows)
    .catch((error: unknown) => {
      if (isMissingTable(error)) return [];
      throw error;
    });
  if (executed.every(({ name }) => Object.hasOwn(known, name))) return;
  const version = (await readInstallation(db, 'version')) ?? 'of a newer version';
  throw new DatabaseRefused(
    `This database was made by Touchmark ${version}, and this is Touchmark ${VERSION}, which is older and left it alone. Start that version or a newer one.`,
  );
}

// A process knows one schema.
async function refuseBesideOthers(database: OpenDatabase): Promise<void> {
  if (database.engine === 'sqlite') return;
  const migrations = await migratorOf(database).getMigrations();
  const isExecuted = (name: string) => migrations.some((one) => one.name === name && one.executedAt);
  if (!isExecuted('0009-processes') || migrations.every(({ executedAt }) => executedAt !== undefined)) return;
  const running = await findRunning(database.db);
  if (running.length === 0) return;
  const places = running.map(({ place, url }) => `${place} (${url})`).join(', ');
  throw new DatabaseRefused(
    `This version must change the database, and others run on it: ${places}. Stop them all, then start this one.`,
  );
}

function migratorOf({ db, engine }: OpenDatabase): Migrator {
  return new Migrator({ db, provider: { getMigrations: async () => migrations(engine) } });
}
