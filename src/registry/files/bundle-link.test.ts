import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeBundle } from '#e2e/support/bundles.ts';
import { engines } from '#e2e/support/databases.ts';
import { release, settled } from '#e2e/support/publishing.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';
import { mintKey } from '#registry/access/key-store.ts';
import { createRegistry } from '#registry/create-registry.ts';

const NAME = 'acme/weather';
const PATH = '/servers/acme%2Fweather';
const FIRST = makeBundle({ files: { 'first.txt': Buffer.from('first') } });
const SECOND = makeBundle({ files: { 'second.txt': Buffer.from('second') } });

describe.each(engines)('the link to a bundle on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine, { limits: { keptBundles: 2 } });
  });
  beforeEach(async () => {
    await registry.clear();
    await registry.put(NAME);
    await publish(FIRST);
  });
  afterAll(async () => registry.drop());

  async function publish(bundle: Uint8Array, name = NAME): Promise<void> {
    const id = await release(registry, name, { payload: { type: 'stdio', runtime: 'node' }, bundle });
    expect((await settled(registry, name, id)).status).toBe('SUCCESS');
  }

  async function link(key = registry.rivalKey, path = PATH): Promise<string> {
    const { body } = await registry.call('GET', path, { key });
    return (body as { connections: { bundleUrl: string }[] }).connections[0]?.bundleUrl ?? '';
  }

  async function get(
    url: string,
    { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
  ): Promise<[number, Buffer, Headers]> {
    const inside = url.replace('http://desk.test/registry', 'http://desk.test');
    const response = await registry.fetch(new Request(inside, { method, headers }));
    return [response.status, Buffer.from(await response.arrayBuffer()), response.headers];
  }
  const refusal = async (url: string) => {
    const [status, body] = await get(url);
    return [status, (JSON.parse(body.toString()) as { error: string }).error];
  };
  const passTime = (ms: number) => {
    registry.clock.now = new Date(registry.clock.now.getTime() + ms);
  };

  it('needs no key for an hour: whole, in part, or only asked for', async () => {
    const url = await link();
    passTime(3_599_000);
    const [status, bytes, headers] = await get(url);
    expect([status, bytes.equals(FIRST), headers.get('Cache-Control')]).toEqual([
      200,
      true,
      'private, no-cache',
    ]);
    const [partly, part] = await get(url, { headers: { Range: 'bytes=0-3' } });
    expect([partly, part.equals(FIRST.subarray(0, 4))]).toEqual([206, true]);
    const [asked, nothing, told] = await get(url, { method: 'HEAD' });
    expect([asked, nothing.length, told.get('ETag')]).toEqual([200, 0, headers.get('ETag')]);
    passTime(1000);
    expect(await refusal(url)).toEqual([401, expect.stringMatching(/^Link expired at .*details again/)]);
  });

  it('is refused where a character of it is another, or missing', async () => {
    const url = await link();
    const middle = url.length - 20;
    const other = url[middle] === 'A' ? 'B' : 'A';
    const altered = url.slice(0, middle) + other + url.slice(middle + 1);
    for (const full of [altered, url.slice(0, -4), url.replace(/grant=.*/, 'grant=')]) {
      expect(await refusal(full)).toEqual([403, expect.stringMatching(/^Link not valid/)]);
    }
    expect((await get(url.replace(/\?.*/, '')))[0]).toBe(401);
  });

  it('leads to that very bundle of that very server, as long as that is kept', async () => {
    const url = await link();
    await registry.put('acme/other');
    await publish(FIRST, 'acme/other');
    expect((await refusal(url.replace('acme%2Fweather', 'acme%2Fother')))[0]).toBe(404);
    await publish(SECOND);
    expect((await get(url))[1].equals(FIRST)).toBe(true);
    await publish(makeBundle({ files: { 'third.txt': Buffer.from('third') } }));
    expect(await refusal(url)).toEqual([404, 'Bundle not found: it is gone, or its server is']);
    expect((await get(await link()))[0]).toBe(200);
  });

  it('leads nowhere once its server is deleted, also where another has the name', async () => {
    const url = await link();
    await registry.call('DELETE', PATH);
    expect((await refusal(url))[0]).toBe(404);
    await registry.put(NAME);
    await publish(FIRST);
    expect((await refusal(url))[0]).toBe(404);
  });

  it('ends with the key that it was given to; who shows a key needs no link', async () => {
    const { db, rivalId, clock } = registry;
    const key = await mintKey(db, { userId: rivalId, label: 'Short', expiresAt: null, now: clock.now });
    const url = await link(key);
    expect((await get(url))[0]).toBe(200);
    await db.deleteFrom('api_keys').where('label', '=', 'Short').execute();
    expect(await refusal(url)).toEqual([403, expect.stringMatching(/^Link ended/)]);
    const headers = { Authorization: `Bearer ${registry.rivalKey}` };
    expect((await get(url, { headers }))[0]).toBe(200);
  });

  it('counts for the owner of the key that it was given to', async () => {
    const url = await link();
    await registry.db
      .insertInto('owner_quotas')
      .values({ owner_id: registry.rivalId, kind: 'requests', amount: 1 })
      .execute();
    const fresh = createRegistry(registry.registryOptions);
    const inside = url.replace('http://desk.test/registry', 'http://desk.test');
    const statuses = [];
    for (let i = 0; i < 3; i += 1) {
      const response = await fresh.fetch(new Request(inside));
      await response.arrayBuffer();
      statuses.push(response.status);
    }
    await fresh.close();
    await registry.db.deleteFrom('owner_quotas').execute();
    expect(statuses).toEqual([200, 429, 429]);
  });
});
