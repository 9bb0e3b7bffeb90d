import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { addSamples } from '#registry/samples/add-samples.ts';
import { ownedServers } from '#database/migrations/0021-owned-servers.ts';

describe.each(engines)('the servers of an older database on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  afterAll(async () => registry.drop());

  it('get what they are sorted by, and when they were last called', async () => {
    const { db } = registry;
    await addSamples(db, { ownerId: registry.ownerId, seed: 7, now: TEST_NOW });
    const kept = async () =>
      db.selectFrom('servers').select(['rid', 'name_key', 'last_call_at']).orderBy('rid').execute();
    const before = await kept();
    for (const index of ['servers_by_name', 'servers_by_call', 'releases_by_server']) {
      await db.schema.dropIndex(index).execute();
    }
    for (const column of ['name_key', 'last_call_at']) {
      await db.schema.alterTable('servers').dropColumn(column).execute();
    }
    await db.schema.createIndex('releases_by_server').on('releases').column('server_rid').execute();
    await ownedServers(engine).up(db);
    expect(await kept()).toEqual(before);
    expect(before.filter(({ last_call_at }) => last_call_at !== null).length).toBeGreaterThan(5);
  });
});
