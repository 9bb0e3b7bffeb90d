import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { Engine } from '#database/engine.ts';
import { openDatabase, type DatabaseLocation, type OpenDatabase } from '#database/open.ts';
import { createPostgresDatabase, onPostgres, schemaOf } from './postgres.ts';

/** The engines that every store test runs on. */
export const engines: readonly Engine[] = ['sqlite', 'postgres'];

/** A fresh, migrated database on a real engine; `drop` closes and removes it. */
export interface TestDatabase extends OpenDatabase {
  drop(): Promise<void>;
}

/**
 * Makes a database of its own for a test: a file for SQLite, a database in the run's PostgreSQL otherwise. Its schema
 * is a copy, or that of an earlier test's database, emptied.
 */
export async function createTestDatabase(engine: Engine): Promise<TestDatabase> {
  const place = engine === 'sqlite' ? await sqlitePlace() : await postgresPlace();
  const open = await openDatabase(place.location);
  return {
    ...open,
    drop: async () => {
      await open.db.destroy();
      await place.remove();
    },
  };
}

interface Place {
  location: DatabaseLocation;
  remove(): Promise<void>;
}

async function sqlitePlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'touchmark-test-'));
  const path = join(folder, 'touchmark.db');
  await copyFile(inject('sqliteTemplate'), path);
  return {
    location: { engine: 'sqlite', path },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

// Making a database costs PostgreSQL far more than emptying one. Nobody is connected to these.
const emptied: string[] = [];

async function postgresPlace(): Promise<Place> {
  const maintenance = inject('postgresUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const url = emptied.pop() ?? (await createPostgresDatabase(maintenance, name, inject('postgresTemplate')));
  return {
    location: { engine: 'postgres', url },
    remove: async () => {
      if (await emptyPostgres(url)) emptied.push(url);
      else await onPostgres(maintenance, `drop database ${new URL(url).pathname.slice(1)} with (force)`);
    },
  };
}

// One that has grown is not as good as new: its size would tell the planner of rows that are gone.
const REUSABLE_GROWTH_BYTES = 1_000_000;

/** Takes every row out of a database, and everybody who is still connected. False where it is better dropped. */
async function emptyPostgres(url: string): Promise<boolean> {
  const [size] = await onPostgres(
    url,
    `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid();
     select pg_database_size(current_database())
       - pg_database_size('${inject('postgresTemplate')}') as growth`,
  );
  if (Number(size?.['growth']) > REUSABLE_GROWTH_BYTES) return false;
  // A trigger that makes a test's writes fail must not make the next one's.
  if ((await schemaOf(url)) !== inject('postgresSchema')) return false;
  const tables = await onPostgres(
    url,
    `select tablename as name, pg_get_serial_sequence(tablename, attname) as sequence
       from pg_tables
       left join pg_attribute on attrelid = tablename::regclass and attidentity <> ''
       where schemaname = 'public' and tablename not like 'kysely%'`,
  );
  // Without the triggers of foreign keys, so that the order does not matter.
  const statements = ['set session_replication_role = replica'];
  for (const { name, sequence } of tables) {
    statements.push(`delete from ${String(name)}`);
    if (sequence !== null) statements.push(`select setval('${String(sequence)}', 1, false)`);
  }
  await onPostgres(url, statements.join(';'));
  return true;
}
