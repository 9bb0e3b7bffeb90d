import { setImmediate } from 'node:timers/promises';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#e2e/support/databases.ts';
import { storageProblem } from './engine.ts';

describe('an SQLite file that another process locks', () => {
  let database: TestDatabase;
  let other: DatabaseSyncInstance;
  beforeEach(async () => {
    database = await createTestDatabase('sqlite');
    const { location } = database;
    other = new DatabaseSync(location.engine === 'sqlite' ? location.path : '');
  });
  afterEach(async () => {
    other.close();
    await database.drop();
  });

  const user = (name: string) => ({ id: name, name, created_at: '2026-01-01T00:00:00.000Z' });
  const add = async (name: string) => database.db.insertInto('users').values(user(name)).execute();
  const names = async () =>
    (
      await database.db
        .selectFrom('users')
        .select('name')
        .orderBy('created_at')
        .orderBy('rowid' as 'id')
        .execute()
    ).map(({ name }) => name);

  it('is read meanwhile, and written to as soon as it is free, in the order in which it was asked', async () => {
    other.exec('begin immediate');
    const done: string[] = [];
    const writes = [
      add('first').then(() => done.push('first')),
      database.db
        .transaction()
        .execute(async (trx) => {
          await trx.insertInto('users').values(user('second')).execute();
          await trx.insertInto('users').values(user('third')).execute();
        })
        .then(() => done.push('second')),
      add('fourth').then(() => done.push('fourth')),
    ];
    for (let times = 0; times < 20; times += 1) {
      await setImmediate();
      expect(await names()).toEqual([]);
    }
    expect(done).toEqual([]);
    other.exec('rollback');
    await Promise.all(writes);
    expect(done).toEqual(['first', 'second', 'fourth']);
    expect(await names()).toEqual(['first', 'second', 'third', 'fourth']);
  });

  it('is given up where it takes too long, by each that waits after its own time', async () => {
    await sql`pragma busy_timeout = 60`.execute(database.db);
    other.exec('begin immediate');
    const writes = await Promise.allSettled([add('first'), add('second'), add('third')]);
    for (const write of writes) {
      expect(write.status === 'rejected' && storageProblem(write.reason)).toBe('busy');
    }
    other.exec('rollback');
    await add('fourth');
    expect(await names()).toEqual(['fourth']);
  });
});

describe('an SQLite file', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase('sqlite');
  });
  afterEach(async () => database.drop());

  const user = { id: 'a', name: 'a', created_at: '2026-01-01T00:00:00.000Z' };
  const count = async (db = database.db) => (await db.selectFrom('users').select('id').execute()).length;

  it('shows a change to everybody once it is made for good, and before that to whoever makes it', async () => {
    const { db } = database;
    await db.transaction().execute(async (trx) => {
      await trx.insertInto('users').values(user).execute();
      expect(await count(trx)).toBe(1);
      expect(await count()).toBe(0);
    });
    expect(await count()).toBe(1);
    const failing = db.transaction().execute(async (trx) => {
      await trx.deleteFrom('users').execute();
      expect(await count(trx)).toBe(0);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await count()).toBe(1);
  });

  it('lets a transaction that fails make room for the next', async () => {
    const { db } = database;
    const twice = async () =>
      db.transaction().execute(async (trx) => {
        await trx.insertInto('users').values(user).execute();
        await trx.insertInto('users').values(user).execute();
      });
    await expect(twice()).rejects.toThrow(/UNIQUE/);
    await expect(twice()).rejects.toThrow(/UNIQUE/);
    await db.insertInto('users').values(user).execute();
    expect(await count()).toBe(1);
  });
});
