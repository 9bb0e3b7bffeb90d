import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { forbidWrites } from '#e2e/support/forbidden-writes.ts';
import {
  addBelongings,
  createTestRegistry,
  dumpTables,
  type TestRegistry,
} from '#e2e/support/test-registry.ts';

describe.each(engines)('what is remembered of deleted servers on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  beforeEach(async () => registry.clear());
  afterAll(async () => registry.drop());

  const remembered = async () =>
    registry.db
      .selectFrom('deleted_servers')
      .select(['id', 'qualified_name', 'owner_id', 'description', 'last_version'])
      .select(['was_listed', 'moved_to', 'deleted_at'])
      .orderBy('rid')
      .execute();
  const idOf = async (name: string) => {
    const server = await registry.db
      .selectFrom('servers')
      .select('id')
      .where('qualified_name', '=', name)
      .executeTakeFirstOrThrow();
    return server.id;
  };
  const transfer = async (from: string, to: [namespace: string, slug: string]) =>
    registry.call('POST', `/servers/${encodeURIComponent(from)}/transfer`, {
      body: { targetNamespace: to[0], targetSlug: to[1], targetOrganizationId: registry.ownerId },
    });
  const release = async (name: string, card: string | null) => {
    await addBelongings(registry, name);
    const id = `release-of-${name}`;
    await registry.db.updateTable('releases').set({ card }).where('id', '=', id).execute();
    await registry.db
      .updateTable('servers')
      .set({ live_release_id: id })
      .where('qualified_name', '=', name)
      .execute();
  };

  it('is what it was, with the version that was live', async () => {
    await registry.put('acme/weather');
    await registry.call('PATCH', '/servers/acme%2Fweather', {
      body: { description: 'Rain & snow', unlisted: true },
    });
    await release('acme/weather', JSON.stringify({ serverInfo: { name: 'weather', version: '2.1.0' } }));
    const id = await idOf('acme/weather');
    await registry.call('DELETE', '/servers/acme%2Fweather');
    expect(await remembered()).toEqual([
      {
        id,
        qualified_name: 'acme/weather',
        owner_id: registry.ownerId,
        description: 'Rain & snow',
        last_version: '2.1.0',
        was_listed: 0,
        moved_to: null,
        deleted_at: '2026-03-01T12:00:00.000Z',
      },
    ]);
  });

  it.each([null, '{"serverInfo":null}', '{}'])(
    'names no version where the release tells none: %s',
    async (card) => {
      await registry.put('acme/weather');
      await release('acme/weather', card);
      await registry.call('DELETE', '/servers/acme%2Fweather');
      expect(await remembered()).toMatchObject([{ last_version: null, was_listed: 1 }]);
    },
  );

  it('is one row for each server that had the name, and none for a delete that found nothing', async () => {
    await registry.put('acme', 'acme/weather');
    const first = await idOf('acme/weather');
    await registry.call('DELETE', '/servers/acme%2Fweather');
    await registry.call('DELETE', '/servers/acme%2Fweather');
    await registry.call('DELETE', '/servers/acme', { key: registry.rivalKey });
    await registry.put('acme/weather');
    const second = await idOf('acme/weather');
    await registry.call('DELETE', '/servers/acme%2Fweather');
    await registry.call('DELETE', '/servers/acme');
    expect(await remembered()).toMatchObject([
      { id: first, qualified_name: 'acme/weather' },
      { id: second, qualified_name: 'acme/weather' },
      { qualified_name: 'acme' },
    ]);
  });

  it('says where a transferred server went, wherever it goes, until it has the name again or is deleted', async () => {
    await registry.put('acme/weather');
    const id = await idOf('acme/weather');
    expect((await transfer('acme/weather', ['acme', 'sky'])).status).toBe(200);
    expect(await remembered()).toMatchObject([{ id, qualified_name: 'acme/weather', moved_to: 'acme/sky' }]);
    await transfer('acme/sky', ['acme', 'clouds']);
    expect(await remembered()).toMatchObject([
      { qualified_name: 'acme/weather', moved_to: 'acme/clouds' },
      { qualified_name: 'acme/sky', moved_to: 'acme/clouds' },
    ]);
    await transfer('acme/clouds', ['acme', 'sky']);
    expect(await remembered()).toMatchObject([
      { qualified_name: 'acme/weather', moved_to: 'acme/sky' },
      { qualified_name: 'acme/clouds', moved_to: 'acme/sky' },
    ]);
    await registry.call('DELETE', '/servers/acme%2Fsky');
    expect(await remembered()).toMatchObject([
      { qualified_name: 'acme/weather', moved_to: null },
      { qualified_name: 'acme/clouds', moved_to: null },
      { id, qualified_name: 'acme/sky', moved_to: null },
    ]);
  });

  it('is nothing of a transfer that was refused', async () => {
    await registry.put('acme/weather', 'acme/taken');
    expect((await transfer('acme/weather', ['acme', 'taken'])).status).toBe(409);
    expect((await transfer('acme/none', ['acme', 'sky'])).status).toBe(404);
    expect(await remembered()).toEqual([]);
  });

  it('stays its former owner’s where another takes the namespace, who sees nothing of it', async () => {
    await registry.call('PUT', '/namespaces/lent');
    await registry.put('lent/weather');
    // A namespace ends only without servers, so that none ends with it unseen.
    expect((await registry.call('DELETE', '/namespaces/lent')).status).toBe(409);
    expect(await remembered()).toEqual([]);
    await registry.call('DELETE', '/servers/lent%2Fweather');
    expect((await registry.call('DELETE', '/namespaces/lent')).status).toBe(200);
    registry.clock.now = new Date('2026-05-01T12:00:00.000Z');
    const key = registry.rivalKey;
    expect((await registry.call('PUT', '/namespaces/lent', { key })).status).toBe(201);
    expect(await remembered()).toMatchObject([
      { qualified_name: 'lent/weather', owner_id: registry.ownerId },
    ]);
    expect((await registry.call('GET', '/servers/lent%2Fweather', { key })).status).toBe(404);
    expect((await registry.call('GET', '/servers?namespace=lent', { key })).body).toMatchObject({
      servers: [],
    });
  });

  it.each([
    ['a delete', (one: TestRegistry) => one.call('DELETE', '/servers/acme%2Fweather')],
    [
      'a transfer',
      (one: TestRegistry) =>
        one.call('POST', '/servers/acme%2Fweather/transfer', {
          body: { targetNamespace: 'acme', targetSlug: 'sky', targetOrganizationId: one.ownerId },
        }),
    ],
  ])('goes with %s that fails, and makes it fail where it cannot be written', async (_name, end) => {
    for (const table of ['name_holds', 'deleted_servers']) {
      const fragile = await createTestRegistry(engine);
      await fragile.put('acme/weather');
      await forbidWrites(fragile, 'insert', table);
      const before = await dumpTables(fragile);
      expect((await end(fragile)).status).toBe(500);
      expect(await dumpTables(fragile)).toEqual(before);
      await fragile.drop();
    }
  });
});
