import type { AddressInfo } from 'node:net';
import { serve, type ServerType } from '@hono/node-server';
import Smithery from '@smithery/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { addSamples } from '#registry/samples/add-samples.ts';

describe.each(engines)('the official client against the registry on %s', (engine) => {
  let registry: TestRegistry;
  let server: ServerType;
  let client: Smithery;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    await addSamples(registry.db, { ownerId: registry.ownerId, seed: 7, now: TEST_NOW });
    const { port } = await new Promise<AddressInfo>((resolve) => {
      server = serve(
        { fetch: async (request) => registry.fetch(request), hostname: '127.0.0.1', port: 0 },
        resolve,
      );
    });
    client = new Smithery({
      apiKey: registry.ownerKey,
      baseURL: `http://127.0.0.1:${port}`,
      maxRetries: 0,
    });
  });
  afterAll(async () => {
    await new Promise((resolve) => {
      server.close(resolve);
      if ('closeAllConnections' in server) server.closeAllConnections();
    });
    await registry.drop();
  });

  /** What a refused call throws, as status and the registry's words. */
  const refusal = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(Smithery.APIError);
    const { status, error: body } = error as InstanceType<typeof Smithery.APIError>;
    return [status, body];
  };

  it('checks its health', async () => {
    expect((await client.health.check()).status).toBe('ok');
  });

  it('pages by itself through more servers than fit on one page', async () => {
    const expected = Array.from({ length: 107 }, (_, i) => `acme/number-${i}`);
    await registry.put(...expected);
    const found: string[] = [];
    for await (const { qualifiedName } of client.servers.list({ namespace: 'acme', pageSize: 100 })) {
      found.push(qualifiedName);
    }
    expect(found.toSorted()).toEqual(expected.toSorted());
    const page = await client.servers.list({ namespace: 'acme' });
    expect(page.pagination).toEqual({ currentPage: 1, pageSize: 10, totalPages: 11, totalCount: 107 });
    await registry.clear();
    await registry.db.deleteFrom('namespaces').where('name', 'not in', ['acme', 'rival']).execute();
    await registry.db.deleteFrom('users').where('name', '=', 'studio').execute();
    await addSamples(registry.db, { ownerId: registry.ownerId, seed: 7, now: TEST_NOW });
  });

  it('searches, and filters by several ids', async () => {
    const found = await client.servers.list({ q: 'wether', isDeployed: 'true' });
    expect(found.servers.map(({ qualifiedName }) => qualifiedName)).toEqual([
      'demo/weather',
      'demo/weather-archive',
    ]);
    const ids = found.servers.map(({ id }) => id);
    expect((await client.servers.list({ ids })).servers).toHaveLength(2);
  });

  it.each(['acme', 'acme/kettle'])('creates, reads, updates and deletes %s', async (name) => {
    const [namespace, slug = ''] = name.split('/');
    const created = await client.servers.create(name, { displayName: 'Kettle', description: 'Boils' });
    expect(created).toMatchObject({ namespace, server: slug, displayName: 'Kettle', description: 'Boils' });
    expect(await client.servers.get(name)).toMatchObject({
      qualifiedName: name,
      displayName: 'Kettle',
      tools: null,
    });
    const updated = await client.servers.update(name, {
      displayName: 'Samovar',
      unlisted: true,
      homepage: null,
    });
    expect(updated).toEqual({ success: true, namespace, server: slug });
    expect((await client.servers.get(name)).displayName).toBe('Samovar');
    expect(await client.servers.delete(name)).toEqual({ success: true, namespace, server: slug });
    expect(await refusal(client.servers.get(name))).toEqual([404, { error: 'Server not found' }]);
    expect(await refusal(client.servers.delete(name))).toEqual([404, { error: 'Server not found' }]);
  });

  it('is told the same 404 for another’s server as for none', async () => {
    expect(await refusal(client.servers.delete('studio/calendar'))).toEqual([
      404,
      { error: 'Server not found' },
    ]);
    expect(await refusal(client.servers.delete('studio/none'))).toEqual([404, { error: 'Server not found' }]);
    expect((await client.servers.get('studio/calendar')).displayName).toBe('Studio Calendar');
  });

  it('reads a server’s connections and tools', async () => {
    const weather = await client.servers.get('demo/weather');
    expect(weather.connections[0]).toMatchObject({ type: 'http', deploymentUrl: weather.deploymentUrl });
    expect(weather.tools?.map(({ name }) => name)).toContain('get_forecast');
    const [stdio] = (await client.servers.get('demo/pdf-reader')).connections;
    expect(stdio).toMatchObject({
      type: 'stdio',
      runtime: 'python',
      bundleUrl: expect.stringContaining('demo%2Fpdf-reader'),
    });
  });

  it('reads releases, one release, logs, secrets, domains and the icon', async () => {
    const releases = [];
    for await (const release of client.servers.releases.list('demo/weather', { pageSize: 2 }))
      releases.push(release);
    expect(releases).toHaveLength(5);
    const [latest] = releases;
    const release = await client.servers.releases.get(latest?.id ?? '', { qualifiedName: 'demo/weather' });
    expect(release.logs?.at(-1)?.message).toBe('Live');
    const logs = await client.servers.logs.list('demo/weather', { limit: 3, search: 'tools/call' });
    expect(logs.invocations).toHaveLength(3);
    expect(logs.total).toBeGreaterThan(100);
    expect(await client.servers.secrets.list('demo/weather')).toHaveLength(2);
    expect((await client.servers.domains.list('demo/weather')).domains[0]?.subdomain).toBe('demo-weather');
    expect(await (await client.servers.icon.get('demo/weather')).text()).toContain('<svg');
  });

  it('lists its own namespaces, each once, and makes one', async () => {
    expect((await client.namespaces.set('fresh')).name).toBe('fresh');
    const names: string[] = [];
    for await (const { name } of client.namespaces.list()) names.push(name);
    expect(names).toEqual(['acme', 'demo', 'demo-labs', 'fresh']);
    expect(await refusal(client.namespaces.set('studio'))).toEqual([
      409,
      { error: 'Namespace already exists' },
    ]);
  });

  it('with a wrong key is refused', async () => {
    const stranger = new Smithery({ apiKey: 'tm_wrong', baseURL: client.baseURL, maxRetries: 0 });
    const [status] = await refusal(stranger.servers.delete('demo/weather'));
    expect(status).toBe(401);
  });
});
