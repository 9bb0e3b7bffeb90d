import type { AddressInfo } from 'node:net';
import { serve, type ServerType } from '@hono/node-server';
import Smithery, { toFile } from '@smithery/api';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBundle } from '#e2e/support/bundles.ts';
import { engines } from '#e2e/support/databases.ts';
import { startMcpServer, type RunningMcpServer } from '#e2e/support/mcp-servers.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { addOrganization } from '#registry/people/organization-store.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg==',
  'base64',
);

type Methods = Record<string, unknown>;

describe.each(engines)('every method of the official client against the registry on %s', (engine) => {
  let registry: TestRegistry;
  let server: ServerType;
  let upstream: RunningMcpServer;
  let client: Smithery;
  const called = new Set<string>();
  const methods = new Set<string>();

  // Notes each method of a resource that a test calls, and that there is one.
  function watch(name: string, resource: object): void {
    for (const method of Object.getOwnPropertyNames(Object.getPrototypeOf(resource))) {
      const original = (resource as Methods)[method];
      if (method === 'constructor' || typeof original !== 'function') continue;
      methods.add(`${name}.${method}`);
      (resource as Methods)[method] = (...args: unknown[]): unknown => {
        called.add(`${name}.${method}`);
        return Reflect.apply(original, resource, args);
      };
    }
  }

  beforeAll(async () => {
    registry = await createTestRegistry(engine, { allowPrivateUpstreams: true });
    upstream = await startMcpServer();
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
    const { servers, namespaces, organizations } = client;
    watch('health', client.health);
    watch('servers', servers);
    for (const name of ['releases', 'logs', 'secrets', 'domains', 'icon'] as const) {
      watch(`servers.${name}`, servers[name]);
    }
    watch('namespaces', namespaces);
    watch('namespaces.servers', namespaces.servers);
    watch('tokens', client.tokens);
    watch('organizations.apiKeys', organizations.apiKeys);
    watch('skills', client.skills);
  });
  afterAll(async () => {
    await new Promise((resolve) => {
      server.close(resolve);
      if ('closeAllConnections' in server) server.closeAllConnections();
    });
    await upstream.close();
    await registry.drop();
  });

  it('asks for health', async () => {
    expect((await client.health.check()).status).toBe('ok');
  });

  it('makes, reads, changes and lists servers', async () => {
    expect(await client.servers.create('acme/weather', { displayName: 'Weather' })).toMatchObject({
      namespace: 'acme',
      server: 'weather',
      displayName: 'Weather',
    });
    expect(await client.namespaces.servers.create('tides', { namespace: 'acme' })).toMatchObject({
      server: 'tides',
    });
    expect(await client.servers.update('acme/weather', { description: 'Says what the sky does' })).toEqual({
      success: true,
      namespace: 'acme',
      server: 'weather',
    });
    expect((await client.servers.get('acme/weather')).description).toBe('Says what the sky does');
    const names: string[] = [];
    for await (const { qualifiedName } of client.servers.list({ namespace: 'acme', pageSize: 1 })) {
      names.push(qualifiedName);
    }
    expect(names.toSorted()).toEqual(['acme/tides', 'acme/weather']);
  });

  it('releases a server by its URL and follows the release to its end', async () => {
    const { deploymentId } = await client.servers.releases.deploy('acme/weather', {
      payload: JSON.stringify({ type: 'external', upstreamUrl: upstream.url }),
    });
    const events: string[] = [];
    const response = await client.servers.releases
      .stream(deploymentId, { qualifiedName: 'acme/weather' })
      .asResponse();
    for (const line of (await response.text()).split('\n')) {
      if (line.startsWith('event:')) events.push(line.slice(6).trim());
    }
    expect([events[0], events.at(-1)]).toEqual(['init', 'complete']);
    const release = await client.servers.releases.get(deploymentId, { qualifiedName: 'acme/weather' });
    expect(release).toMatchObject({ status: 'SUCCESS', upstreamUrl: upstream.url });
    expect((await client.servers.releases.list('acme/weather')).releases[0]?.id).toBe(deploymentId);
    const resumed = client.servers.releases.resume('latest', { qualifiedName: 'acme/weather' });
    await expect(resumed).rejects.toThrow(Smithery.BadRequestError);
    expect((await client.servers.get('acme/weather')).tools?.length).toBeGreaterThan(0);
  });

  it('releases a bundle and downloads it', async () => {
    const bundle = makeBundle();
    const { deploymentId } = await client.servers.releases.deploy('acme/tides', {
      payload: JSON.stringify({ type: 'stdio', runtime: 'node' }),
      bundle: await toFile(bundle, 'server.mcpb'),
    });
    await (
      await client.servers.releases.stream(deploymentId, { qualifiedName: 'acme/tides' }).asResponse()
    ).text();
    const download = await client.servers.download('acme/tides');
    expect(Buffer.from(await download.arrayBuffer()).equals(Buffer.from(bundle))).toBe(true);
  });

  it('reads logs, keeps secrets, renames the domain and changes the icon', async () => {
    expect((await client.servers.logs.list('acme/weather')).total).toBe(0);
    expect(await client.servers.secrets.set('acme/weather', { name: 'TOKEN', value: 'x' })).toEqual({
      success: true,
    });
    expect((await client.servers.secrets.list('acme/weather')).map(({ name }) => name)).toEqual(['TOKEN']);
    expect(await client.servers.secrets.delete('TOKEN', { qualifiedName: 'acme/weather' })).toEqual({
      success: true,
    });
    const domain = await client.servers.domains.update('managed', {
      qualifiedName: 'acme/weather',
      subdomain: 'sky',
    });
    expect(domain.subdomain).toBe('sky');
    expect((await client.servers.domains.list('acme/weather')).domains).toEqual([domain]);
    // The client's own method takes no file: it is given as the body of its form.
    const form = new FormData();
    form.append('icon', new Blob([PNG], { type: 'image/png' }), 'icon.png');
    const { iconUrl } = await client.servers.icon.upload('acme/weather', { body: form });
    expect(iconUrl).toContain('/servers/acme%2Fweather/icon');
    const icon = await client.servers.icon.get('acme/weather');
    expect(Buffer.from(await icon.arrayBuffer()).equals(PNG)).toBe(true);
    expect(await client.servers.icon.delete('acme/weather')).toEqual({ success: true });
  });

  it('hands a server over and deletes it', async () => {
    await client.namespaces.set('acme-labs');
    const moved = await client.servers.transfer('acme/tides', {
      targetNamespace: 'acme-labs',
      targetOrganizationId: registry.ownerId,
    });
    expect(moved).toMatchObject({ success: true, qualifiedName: 'acme-labs/tides' });
    expect(await client.servers.delete('acme-labs/tides')).toMatchObject({ success: true });
  });

  it('makes and deletes namespaces', async () => {
    const { name } = await client.namespaces.create();
    const names: string[] = [];
    for await (const namespace of client.namespaces.list()) names.push(namespace.name);
    expect(names).toContain(name);
    expect(await client.namespaces.delete(name)).toEqual({ success: true, name });
  });

  it('makes a token that may less than its maker', async () => {
    const { token } = await client.tokens.create({ policy: [{ operations: 'read', ttl: '5m' }] });
    const reader = client.withOptions({ apiKey: token });
    expect((await reader.servers.get('acme/weather')).qualifiedName).toBe('acme/weather');
    await expect(reader.servers.delete('acme/weather')).rejects.toThrow(Smithery.PermissionDeniedError);
  });

  it('manages the keys of an organization', async () => {
    const orgId = 'id-of-team';
    await addOrganization(registry.db, { id: orgId, name: 'team', admin: 'owner', now: TEST_NOW });
    const { id, key } = await client.organizations.apiKeys.create(orgId, { name: 'Release robot' });
    const team = client.withOptions({ apiKey: key });
    await team.namespaces.set('acme-team');
    const { apiKeys } = await client.organizations.apiKeys.list(orgId);
    expect(apiKeys).toEqual([{ id, name: 'Release robot', createdAt: expect.any(String) }]);
    expect(await client.organizations.apiKeys.delete(id, { orgId })).toEqual({ success: true });
    await expect(team.servers.list()).rejects.toThrow(Smithery.AuthenticationError);
  });

  it('uploads, finds, reads, downloads and deletes skills', async () => {
    const text = '---\nname: umbrella\ndescription: Decides about umbrellas\n---\n\nLook up.\n';
    const archive = zipSync({ 'umbrella/SKILL.md': Buffer.from(text) });
    const uploaded = await client.skills.upload('umbrella', {
      namespace: 'acme',
      archive: await toFile(archive, 'umbrella.zip'),
    });
    expect(uploaded).toMatchObject({ namespace: 'acme', slug: 'umbrella', listed: true });
    const found = await client.skills.list({ q: 'umbrelas' });
    expect(found.skills.map(({ slug }) => slug)).toEqual(['umbrella']);
    expect((await client.skills.get('umbrella', { namespace: 'acme' })).prompt).toContain('Look up.');
    const download = await client.skills.download('umbrella', { namespace: 'acme' });
    expect((await download.arrayBuffer()).byteLength).toBeGreaterThan(0);
    expect(await client.skills.delete('umbrella', { namespace: 'acme' })).toEqual({
      success: true,
      qualifiedName: 'acme/umbrella',
    });
  });

  it('says in words why it cannot take a skill from an address that is no GitHub repository', async () => {
    const gitUrl = 'https://example.com/not/github';
    await expect(client.skills.create({ namespace: 'acme', slug: 'other', gitUrl })).rejects.toThrow(
      /gitUrl/,
    );
    await expect(client.skills.set('other', { namespace: 'acme', body: { gitUrl } })).rejects.toThrow(
      /gitUrl/,
    );
    await expect(client.skills.sync('none', { namespace: 'acme' })).rejects.toThrow('Skill not found');
  });

  it('leaves none out', () => {
    expect([...methods].filter((method) => !called.has(method))).toEqual([]);
    expect(methods.size).toBeGreaterThan(35);
  });
});
