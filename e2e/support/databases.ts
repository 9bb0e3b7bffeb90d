import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import type { Engine } from '#database/engine.ts';
import { openDatabase, type DatabaseLocation, type OpenDatabase } from '#database/open.ts';

/** The engines that every store test runs on. */
export const engines: readonly Engine[] = ['sqlite', 'postgres'];

/** A fresh, migrated database on a real engine; `drop` closes and removes it. */
export interface TestDatabase extends OpenDatabase {
  location: DatabaseLocation;
  drop(): Promise<void>;
}

/** Makes a database of its own for a test: a file for SQLite, a database in the run's PostgreSQL otherwise. */
export async function createTestDatabase(engine: Engine): Promise<TestDatabase> {
  const place = engine === 'sqlite' ? await sqlitePlace() : await postgresPlace();
  const open = await openDatabase(place.location);
  return {
    ...open,
    location: place.location,
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
  return {
    location: { engine: 'sqlite', path: join(folder, 'touchmark.db') },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function postgresPlace(): Promise<Place> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const maintenance = inject('postgresUrl');
  await onPostgres(maintenance, `create database ${name}`);
  const url = new URL(maintenance);
  url.pathname = `/${name}`;
  return {
    location: { engine: 'postgres', url: url.href },
    remove: () => onPostgres(maintenance, `drop database ${name} with (force)`),
  };
}

async function onPostgres(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
