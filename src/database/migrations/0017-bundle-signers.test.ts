import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';
import { engines } from '#e2e/support/databases.ts';
import { bundleSigners } from './0017-bundle-signers.ts';

const OWNED = ['owns_display_name', 'owns_description', 'owns_homepage', 'owns_icon'] as const;

describe.each(engines)('an older database on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  afterAll(async () => registry.drop());

  it('leaves to its owners all that servers show already, and nothing else', async () => {
    const { db } = registry;
    await registry.put('acme', 'acme/bare');
    await registry.call('PUT', '/servers/acme%2Ftold', {
      body: { displayName: 'Told', description: 'Mine' },
    });
    await registry.call('PATCH', '/servers/acme%2Ftold', { body: { homepage: 'https://mine.example/' } });
    await registry.put('acme/pictured');
    await registry.call('PATCH', '/servers/acme%2Fpictured', {
      body: { iconUrl: 'https://mine.example/icon.png' },
    });
    await registry.put('acme/drawn');
    const { rid } = await db
      .selectFrom('servers')
      .select('rid')
      .where('qualified_name', '=', 'acme/drawn')
      .executeTakeFirstOrThrow();
    const icon = { server_rid: rid, content_type: 'image/png', bytes: new Uint8Array([1]), hash: 'h' };
    await db.insertInto('icons').values(icon).execute();

    for (const column of OWNED) await db.schema.alterTable('servers').dropColumn(column).execute();
    await db.schema.alterTable('releases').dropColumn('signer').execute();
    await bundleSigners().up(db);

    const servers = await db
      .selectFrom('servers')
      .select(['qualified_name', ...OWNED])
      .execute();
    expect(
      Object.fromEntries(
        servers.map(({ qualified_name, ...owned }) => [qualified_name, Object.values(owned)]),
      ),
    ).toEqual({
      acme: [0, 0, 0, 0],
      'acme/bare': [0, 0, 0, 0],
      'acme/told': [1, 1, 1, 0],
      'acme/pictured': [0, 0, 0, 1],
      'acme/drawn': [0, 0, 0, 1],
    });
  });
});
