import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openDatabase, type DatabaseLocation } from '#database/open.ts';
import { createPostgresDatabase, schemaOf, startPostgres } from './postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The maintenance database of the run's PostgreSQL. */
    postgresUrl: string;
    /** Names a migrated, empty database in it, to make others from. */
    postgresTemplate: string;
    /** The template's, by `schemaOf`. */
    postgresSchema: string;
    /** A migrated, empty SQLite database, to be copied. */
    sqliteTemplate: string;
  }
}

const TEMPLATE = 'touchmark_template';

/**
 * One PostgreSQL serves the whole run; each test makes databases of its own in it. The schema is brought up once for
 * each engine, by the same migrations that a desk runs.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startPostgres({ survivesPowerLoss: false });
  const folder = await mkdtemp(join(tmpdir(), 'touchmark-template-'));
  const sqliteTemplate = join(folder, 'touchmark.db');
  await migrate({ engine: 'sqlite', path: sqliteTemplate });
  const template = await createPostgresDatabase(postgres.url, TEMPLATE);
  await migrate({ engine: 'postgres', url: template });
  project.provide('postgresUrl', postgres.url);
  project.provide('postgresTemplate', TEMPLATE);
  project.provide('postgresSchema', await schemaOf(template));
  project.provide('sqliteTemplate', sqliteTemplate);
  return async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

async function migrate(location: DatabaseLocation): Promise<void> {
  const { db } = await openDatabase(location);
  await db.destroy();
}
