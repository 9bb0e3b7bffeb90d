import { describe, expect, it } from 'vitest';
import { createTestDatabase, engines } from '#e2e/support/databases.ts';
import { inSnapshot } from './snapshot.ts';

describe.each(engines)('a snapshot on %s', (engine) => {
  it('is one state, while others write and need not wait', async () => {
    const database = await createTestDatabase(engine);
    const { db } = database;
    const add = async (id: string) =>
      db.insertInto('users').values({ id, name: id, created_at: '' }).execute();
    await add('before');
    await inSnapshot(database, async (snapshot) => {
      const names = async () => {
        const rows = await snapshot.selectFrom('users').select('id').execute();
        return rows.map(({ id }) => id);
      };
      expect(await names()).toEqual(['before']);
      await add('meanwhile');
      await db.deleteFrom('users').where('id', '=', 'before').execute();
      expect(await names()).toEqual(['before']);
    });
    expect(await db.selectFrom('users').select('id').execute()).toEqual([{ id: 'meanwhile' }]);
    const writing = inSnapshot(database, async (snapshot) => snapshot.deleteFrom('users').execute());
    await expect(writing).rejects.toThrow(/read-?only/);
    await database.drop();
  });
});
