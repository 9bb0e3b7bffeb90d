import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestDatabase, engines, type TestDatabase } from '#e2e/support/databases.ts';
import { isUniqueViolation } from './engine.ts';
import { VERSION } from '#platform/version.ts';
import { readInstallation, writeInstallation } from './installation.ts';
import { isUpToDate, openDatabase, openDatabaseAsItIs } from './open.ts';

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

  it('is left alone where a newer version made it what it is, which is named', async () => {
    const { db, location } = (database = await createTestDatabase(engine));
    await db.insertInto('sessions').values(session).execute();
    await writeInstallation(db, 'version', '0.4.0');
    await sql`insert into kysely_migration (name, timestamp) values ('9999-later', '2030')`.execute(db);
    try {
      const opening = openDatabase(location);
      await expect(opening).rejects.toThrow(
        /^This database was made by Touchmark 0\.4\.0, and this is Touchmark \d+\.\d+\.\d+, which is older/,
      );
      await expect(opening).rejects.toHaveProperty('name', 'DatabaseRefused');
      const asItIs = openDatabaseAsItIs(location);
      await expect(isUpToDate(asItIs)).rejects.toThrow('made by Touchmark 0.4.0');
      await asItIs.db.destroy();
      expect(await db.selectFrom('sessions').select('id_hash').execute()).toEqual([{ id_hash: 'a' }]);
    } finally {
      await sql`delete from kysely_migration where name = '9999-later'`.execute(db);
    }
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

it('knows which version brought it up to date', async () => {
  const { db } = await openDatabase({ engine: 'sqlite', path: ':memory:' });
  expect(await readInstallation(db, 'version')).toBe(VERSION);
  expect(VERSION).toMatch(/^\d+\.\d+\.\d+$/);
  await db.destroy();
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
