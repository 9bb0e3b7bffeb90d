import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { forbidWrites } from '#e2e/support/forbidden-writes.ts';
import {
  addBelongings,
  createTestRegistry,
  dumpTables,
  type TestRegistry,
} from '#e2e/support/test-registry.ts';

describe.each(engines)('deleting a server on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  beforeEach(async () => registry.clear());
  afterAll(async () => registry.drop());

  it('names what was deleted, once; then it is gone', async () => {
    await registry.put('acme/weather');
    const first = await registry.call('DELETE', '/servers/acme%2Fweather');
    expect([first.status, first.body]).toEqual([
      200,
      { success: true, namespace: 'acme', server: 'weather' },
    ]);
    const second = await registry.call('DELETE', '/servers/acme%2Fweather');
    expect([second.status, second.body]).toEqual([404, { error: 'Server not found' }]);
    expect((await registry.call('GET', '/servers/acme%2Fweather')).status).toBe(404);
  });

  it('leaves nothing of it in any table but its names, which are held, what is remembered, and everything of all others', async () => {
    await registry.put('acme', 'acme/weather-archive');
    await addBelongings(registry, 'acme');
    await addBelongings(registry, 'acme/weather-archive');
    const before = await dumpTables(registry);
    const body = { displayName: 'Wetter', description: 'Niederschlag' };
    await registry.call('PUT', '/servers/acme%2Fweather', { body });
    await addBelongings(registry, 'acme/weather');
    expect(await dumpTables(registry)).not.toEqual(before);
    const held = { owner_id: registry.ownerId, until: '2026-03-31T12:00:00.000Z', moved_to: null };
    await registry.call('DELETE', '/servers/acme%2Fweather');
    const { name_holds, deleted_servers, ...rest } = await dumpTables(registry);
    expect({ ...rest, name_holds: [], deleted_servers: [] }).toEqual(before);
    expect(deleted_servers).toHaveLength(1);
    expect(name_holds?.map((hold) => JSON.parse(hold) as unknown)).toEqual([
      { kind: 'server', name: 'acme/weather', ...held },
      { kind: 'subdomain', name: 'acme-weather', ...held },
    ]);
  });

  it('keeps apart a namespace-only server and one within its namespace', async () => {
    await registry.put('acme', 'acme/weather');
    expect((await registry.call('DELETE', '/servers/acme')).body).toMatchObject({
      namespace: 'acme',
      server: '',
    });
    expect((await registry.call('GET', '/servers/acme%2Fweather')).status).toBe(200);
    await registry.put('acme');
    await registry.call('DELETE', '/servers/acme%2Fweather');
    expect((await registry.call('GET', '/servers/acme')).status).toBe(200);
  });

  it('answers byte for byte the same for another’s server and for none, and touches neither', async () => {
    await registry.put('acme/weather');
    const before = await dumpTables(registry);
    const others = await registry.call('DELETE', '/servers/acme%2Fweather', { key: registry.rivalKey });
    const none = await registry.call('DELETE', '/servers/acme%2Fnone', { key: registry.rivalKey });
    expect(others.status).toBe(404);
    expect([others.status, others.text, [...others.headers]]).toEqual([
      none.status,
      none.text,
      [...none.headers],
    ]);
    expect(await dumpTables(registry)).toEqual(before);
  });

  it('deletes nothing at all where it fails midway', async () => {
    const fragile = await createTestRegistry(engine);
    await fragile.put('acme/weather');
    await addBelongings(fragile, 'acme/weather');
    await forbidWrites(fragile, 'delete', 'icons');
    const before = await dumpTables(fragile);
    const { status, text } = await fragile.call('DELETE', '/servers/acme%2Fweather');
    expect([status, text]).toEqual([500, '{"error":"Internal server error"}']);
    expect(String(fragile.failures[0])).toContain('no deletes here');
    expect(await dumpTables(fragile)).toEqual(before);
    await fragile.drop();
  });

  it('happens once where two ask for it at the same time', async () => {
    await registry.put('acme/weather');
    const answers = await Promise.all(
      [1, 2, 3].map(() => registry.call('DELETE', '/servers/acme%2Fweather')),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.sort((a, b) => a - b)).toEqual([200, 404, 404]);
  });

  it('gives the name free for another server with an identity of its own', async () => {
    const idOf = async () => {
      const { body } = await registry.call('GET', '/servers?qualifiedName=acme/weather');
      return (body as { servers: { id: string }[] }).servers[0]?.id;
    };
    await registry.put('acme/weather');
    const first = await idOf();
    await registry.call('DELETE', '/servers/acme%2Fweather');
    expect(await idOf()).toBeUndefined();
    await registry.put('acme/weather');
    expect(await idOf()).not.toBe(first);
  });

  it.each([
    '%252e%252e',
    'acme%2F..',
    'acme%2F',
    '%2Facme',
    'acme%252Fweather',
    'acme%2Fweather%00',
    'acme%2Fweather%2F',
  ])('finds no server under %s', async (name) => {
    await registry.put('acme', 'acme/weather');
    const before = await dumpTables(registry);
    const { status } = await registry.call('DELETE', `/servers/${name}`);
    expect(status).toBe(404);
    expect(await dumpTables(registry)).toEqual(before);
  });
});
