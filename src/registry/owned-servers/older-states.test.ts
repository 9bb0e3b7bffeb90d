import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RELEASE_STATUSES } from '#contract/release-statuses.ts';
import { serverOrders } from '#database/migrations/0031-server-orders.ts';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { addSamples } from '#registry/samples/add-samples.ts';
import { keepStates } from './server-facts.ts';

describe.each(engines)('the servers of an older database on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  afterAll(async () => registry.drop());

  it('get the states and times that their releases give them, whatever these are', async () => {
    const { db, ownerId } = registry;
    await addSamples(db, { ownerId, seed: 7, now: TEST_NOW });
    const at = TEST_NOW.toISOString();
    for (const live of [null, 'stdio', 'external_shttp'] as const) {
      for (const status of RELEASE_STATUSES) {
        const name = `acme/${String(live)}-${status}`.toLowerCase();
        await registry.put(name);
        const { rid } = await db
          .updateTable('servers')
          .set({ live_type: live })
          .where('qualified_name', '=', name)
          .returning('rid')
          .executeTakeFirstOrThrow();
        const release = { id: name, server_rid: rid, status, created_at: at, updated_at: at };
        await db
          .insertInto('releases')
          .values({ ...release, type: 'stdio' })
          .execute();
      }
    }
    const kept = async () =>
      db
        .selectFrom('servers')
        .select(['qualified_name', 'state_rank', 'released_at'])
        .orderBy('rid')
        .execute();
    const rids = (await db.selectFrom('servers').select('rid').execute()).map(({ rid }) => rid);
    await keepStates(db, rids);
    const before = await kept();
    for (const index of [
      'servers_by_state',
      'servers_by_release',
      'servers_by_creation',
      'servers_by_call',
    ]) {
      await db.schema.dropIndex(index).execute();
    }
    for (const column of ['state_rank', 'released_at']) {
      await db.schema.alterTable('servers').dropColumn(column).execute();
    }
    await db.schema.createIndex('servers_by_call').on('servers').column('namespace').execute();
    await serverOrders(engine).up(db);
    expect(await kept()).toEqual(before);
    expect(new Set(before.map(({ state_rank }) => state_rank)).size).toBe(8);
  });
});
