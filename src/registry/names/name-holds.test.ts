import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';
import { createRegistry } from '#registry/create-registry.ts';

const FREE_AT = '2026-03-31T12:00:00.000Z';

describe.each(engines)('a name that was given up on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  beforeEach(async () => registry.clear());
  afterAll(async () => registry.drop());

  const rival = () => ({ key: registry.rivalKey });
  const refused = (text: string) => ({
    status: 403,
    body: { error: expect.stringMatching(new RegExp(`${text}.*held.*free on ${FREE_AT}`)) },
  });
  /** As if the namespace had changed hands while its servers' names are held. */
  const giveAcmeTo = async (owner_id: string) => {
    await registry.db.updateTable('namespaces').set({ owner_id }).where('name', '=', 'acme').execute();
  };

  it('of a server is kept from others for thirty days, to the millisecond', async () => {
    await registry.put('acme/weather');
    await registry.call('DELETE', '/servers/acme%2Fweather');
    await giveAcmeTo(registry.rivalId);
    const attempt = () => registry.call('PUT', '/servers/acme%2Fweather', rival());
    expect(await attempt()).toMatchObject(refused('"acme/weather"'));
    registry.clock.now = new Date(Date.parse(FREE_AT) - 1);
    expect(await attempt()).toMatchObject(refused('"acme/weather"'));
    expect((await registry.call('GET', '/servers/acme%2Fweather')).status).toBe(404);
    registry.clock.now = new Date(FREE_AT);
    expect((await attempt()).status).toBe(201);
    await giveAcmeTo(registry.ownerId);
  });

  it('of a namespace is kept from others likewise, and not from its former owner', async () => {
    await registry.call('PUT', '/namespaces/gone');
    await registry.call('DELETE', '/namespaces/gone');
    expect(await registry.call('PUT', '/namespaces/gone', rival())).toMatchObject(refused('"gone"'));
    expect((await registry.call('PUT', '/namespaces/gone')).status).toBe(201);
    const taken = await registry.call('PUT', '/namespaces/gone', rival());
    expect([taken.status, taken.body]).toEqual([409, { error: 'Namespace already exists' }]);
    await registry.call('DELETE', '/namespaces/gone');
    registry.clock.now = new Date(FREE_AT);
    expect((await registry.call('PUT', '/namespaces/gone', rival())).status).toBe(201);
    await registry.call('DELETE', '/namespaces/gone', rival());
  });

  it('of a subdomain is kept from others likewise, after a change and after a deletion', async () => {
    await registry.put('acme/weather');
    await registry.call('PUT', '/servers/rival%2Fsky', rival());
    const set = (name: string, subdomain: string, key = registry.ownerKey) =>
      registry.call('PATCH', `/servers/${name}/domains/managed`, { key, body: { subdomain } });
    await set('acme%2Fweather', 'first');
    await set('acme%2Fweather', 'second');
    expect(await set('rival%2Fsky', 'first', registry.rivalKey)).toMatchObject(refused('"first"'));
    expect((await set('rival%2Fsky', 'second', registry.rivalKey)).status).toBe(409);
    await registry.call('DELETE', '/servers/acme%2Fweather');
    expect(await set('rival%2Fsky', 'second', registry.rivalKey)).toMatchObject(refused('"second"'));
    await registry.put('acme/weather');
    expect((await set('acme%2Fweather', 'second')).status).toBe(200);
  });

  it('is its former owner’s at once, for a server with an id of its own, and the hold ends', async () => {
    await registry.put('acme/weather');
    const first = await registry.db.selectFrom('servers').select('id').executeTakeFirstOrThrow();
    await registry.call('DELETE', '/servers/acme%2Fweather');
    await registry.put('acme/weather');
    const second = await registry.db.selectFrom('servers').select('id').executeTakeFirstOrThrow();
    expect(second).not.toEqual(first);
    expect(await registry.db.selectFrom('name_holds').selectAll().execute()).toEqual([]);
  });

  it('is free at once where names are not held', async () => {
    const other = createRegistry({ ...registry.registryOptions, limits: { nameHoldMs: 0 } });
    const send = async (method: string, path: string, key: string) => {
      const headers = { Authorization: `Bearer ${key}` };
      return (await other.fetch(new Request(`http://x${path}`, { method, headers }))).status;
    };
    expect(await send('PUT', '/namespaces/brief', registry.ownerKey)).toBe(201);
    expect(await send('DELETE', '/namespaces/brief', registry.ownerKey)).toBe(200);
    expect(await send('PUT', '/namespaces/brief', registry.rivalKey)).toBe(201);
    expect(await send('DELETE', '/namespaces/brief', registry.rivalKey)).toBe(200);
    await other.close();
  });

  it('is forgotten, once free, by the next start; others are kept', async () => {
    for (const name of ['early', 'later']) {
      await registry.call('PUT', `/namespaces/${name}`);
      await registry.call('DELETE', `/namespaces/${name}`);
      registry.clock.now = new Date(registry.clock.now.getTime() + 1);
    }
    registry.clock.now = new Date(FREE_AT);
    await createRegistry(registry.registryOptions).close();
    const held = await registry.db.selectFrom('name_holds').select('name').execute();
    expect(held).toEqual([{ name: 'later' }]);
  });
});
