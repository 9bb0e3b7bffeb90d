import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestDatabase, engines, type TestDatabase } from '#e2e/support/databases.ts';
import { isUniqueViolation } from './engine.ts';
import { openDatabase } from './open.ts';

describe.each(engines)('a database on %s', (engine) => {
  let database: TestDatabase | undefined;
  afterEach(async () => database?.drop());

  const session = {
    id_hash: 'a',
    registry: 'r',
    key_sealed: 's',
    key_print: 'p',
    key_minted: 0,
    namespaces: '[]',
    namespaces_at: '2026-01-01T00:00:00.000Z',
    user_agent: null,
    created_at: '2026-01-01T00:00:00.000Z',
    seen_at: '2026-01-01T00:00:00.000Z',
    plain_cookie: 0,
    page_hash: null,
  };

  it('keeps its rows when it is opened again, its schema already up to date', async () => {
    database = await createTestDatabase(engine);
    await database.db.insertInto('sessions').values(session).execute();
    const again = await openDatabase(database.location);
    expect(await again.db.selectFrom('sessions').selectAll().execute()).toEqual([session]);
    await again.db.destroy();
  });

  it('tells a key that is taken from every other failure', async () => {
    database = await createTestDatabase(engine);
    const { db } = database;
    await db.insertInto('sessions').values(session).execute();
    const taken = await db.insertInto('sessions').values(session).execute().catch(isUniqueViolation);
    expect(taken).toBe(true);
    const missing = await db
      .insertInto('sessions')
      .values({ ...session, id_hash: 'b', registry: null as unknown as string })
      .execute()
      .catch(isUniqueViolation);
    expect(missing).toBe(false);
  });

  it('counts as a number', async () => {
    database = await createTestDatabase(engine);
    const row = await database.db
      .selectFrom('sessions')
      .select((e) => e.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    expect(row.count).toBe(0);
  });
});

it('leaves everything in its one file when an SQLite database is closed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'touchmark-open-'));
  const path = join(folder, 'touchmark.db');
  const { db } = await openDatabase({ engine: 'sqlite', path });
  await db.destroy();
  expect(existsSync(`${path}-wal`) ? statSync(`${path}-wal`).size : 0).toBe(0);
  expect(statSync(path).size).toBeGreaterThan(0);
  rmSync(folder, { recursive: true });
});
