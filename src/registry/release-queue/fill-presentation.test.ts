import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeBundle, MANIFEST } from '#e2e/support/bundles.ts';
import { engines } from '#e2e/support/databases.ts';
import { startHttpServer } from '#e2e/support/mcp-servers.ts';
import { release, settled } from '#e2e/support/publishing.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';

const NAME = 'acme/weather';
const PATH = '/servers/acme%2Fweather';
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]);
const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');
const SAYS = {
  ...MANIFEST,
  display_name: 'The Weather',
  description: 'Says what the sky does',
  homepage: 'https://weather.example/',
  icon: 'assets/icon.png',
};

describe.each(engines)('a server that its owner says nothing of, on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine, { allowPrivateUpstreams: true });
  });
  beforeEach(async () => {
    await registry.clear();
    await registry.put(NAME);
  });
  afterAll(async () => registry.drop());

  async function publish(manifest: object, files = { 'assets/icon.png': PNG }) {
    const bundle = makeBundle({ manifest, files });
    const id = await release(registry, NAME, { payload: { type: 'stdio', runtime: 'node' }, bundle });
    return settled(registry, NAME, id);
  }

  async function shown() {
    const { body } = await registry.call('GET', PATH);
    const { displayName, description, iconUrl } = body as Record<string, unknown>;
    const { homepage } = await registry.db
      .selectFrom('servers')
      .select('homepage')
      .where('qualified_name', '=', NAME)
      .executeTakeFirstOrThrow();
    return { displayName, description, homepage, iconUrl };
  }

  async function icon(): Promise<[number, string | null, Buffer]> {
    const response = await registry.fetch(new Request(`http://x${PATH}/icon`));
    return [response.status, response.headers.get('Content-Type'), Buffer.from(await response.arrayBuffer())];
  }
  const ICON_URL = 'http://desk.test/registry/servers/acme%2Fweather/icon';

  it('is shown as the manifest of its bundle says, and found by that', async () => {
    const done = await publish(SAYS);
    expect(await shown()).toEqual({
      displayName: 'The Weather',
      description: 'Says what the sky does',
      homepage: 'https://weather.example/',
      iconUrl: ICON_URL,
    });
    expect(await icon()).toEqual([200, 'image/png', PNG]);
    expect(done.logs.find(({ message }) => message.startsWith('Taken'))?.message).toBe(
      'Taken from the release, as its owner had set none: display name, description, homepage, icon',
    );
    const { body } = await registry.call('GET', '/servers?q=sky');
    expect(
      (body as { servers: { qualifiedName: string }[] }).servers.map((one) => one.qualifiedName),
    ).toEqual([NAME]);
  });

  it('is shown as its newest release says, which need not say it all again', async () => {
    await publish(SAYS);
    const done = await publish({ ...MANIFEST, display_name: 'Weather 2', icon: 'assets/icon.svg' }, {
      'assets/icon.png': PNG,
      'assets/icon.svg': SVG,
    } as never);
    expect(await shown()).toMatchObject({ displayName: 'Weather 2', homepage: 'https://weather.example/' });
    expect((await icon())[1]).toBe('image/svg+xml');
    expect(done.logs.find(({ message }) => message.startsWith('Taken'))?.message).toMatch(
      /: display name, icon$/,
    );
    // The same once more is nothing new.
    const again = await publish({ ...MANIFEST, display_name: 'Weather 2', icon: './assets/icon.png' });
    expect(again.logs.find(({ message }) => message.startsWith('Taken'))?.message).toMatch(/: icon$/);
  });

  it('keeps what its owner set, before or after', async () => {
    await registry.call('PATCH', PATH, { body: { displayName: 'Mine', homepage: 'https://mine.example/' } });
    await publish(SAYS);
    expect(await shown()).toMatchObject({
      displayName: 'Mine',
      description: 'Says what the sky does',
      homepage: 'https://mine.example/',
    });
    await registry.call('PATCH', PATH, { body: { description: 'My own words' } });
    await publish({ ...SAYS, description: 'Other words' });
    expect(await shown()).toMatchObject({ displayName: 'Mine', description: 'My own words' });
  });

  it('keeps empty what its owner emptied', async () => {
    await publish(SAYS);
    await registry.call('PATCH', PATH, { body: { description: '', homepage: null } });
    await registry.call('DELETE', `${PATH}/icon`);
    await publish(SAYS);
    expect(await shown()).toEqual({
      displayName: 'The Weather',
      description: '',
      homepage: null,
      iconUrl: null,
    });
  });

  it('shows the icon that its owner sets in the place of the one from a bundle', async () => {
    await publish(SAYS);
    await registry.call('PATCH', PATH, { body: { iconUrl: 'https://mine.example/icon.png' } });
    await publish(SAYS);
    expect((await shown()).iconUrl).toBe('https://mine.example/icon.png');
  });

  it('keeps what was said when it was made', async () => {
    await registry.call('PUT', '/servers/acme%2Ftold', {
      body: { displayName: 'told', description: 'Mine' },
    });
    const bundle = makeBundle({ manifest: { ...SAYS, icon: undefined } });
    const id = await release(registry, 'acme/told', { payload: { type: 'stdio', runtime: 'node' }, bundle });
    await settled(registry, 'acme/told', id);
    expect((await registry.call('GET', '/servers/acme%2Ftold')).body).toMatchObject({
      displayName: 'told',
      description: 'Mine',
    });
  });

  it.each([
    ['gone.png', /was not taken: the bundle does not hold it/],
    ['../icon.png', /was not taken: the bundle does not hold it/],
    ['server/index.js', /was not taken: it is no PNG, JPEG, GIF, SVG or WebP image/],
    ['assets/large.png', /was not taken: it is larger than 1048576 bytes/],
  ])('is shown without an icon where the one named is %s', async (path, warning) => {
    const files = { 'assets/large.png': Buffer.concat([PNG, Buffer.alloc(1024 ** 2)]) };
    const done = await publish({ ...SAYS, icon: path }, files as never);
    expect([done.status, (await shown()).iconUrl]).toEqual(['SUCCESS', null]);
    expect(done.logs.find(({ level }) => level === 'warning')?.message).toMatch(warning);
  });

  it('takes nothing that could not be set by hand', async () => {
    await publish({
      ...SAYS,
      display_name: 'x'.repeat(201),
      description: 'y'.repeat(6000),
      homepage: 'javascript:alert(1)',
      icons: [{ src: 'ftp://weather.example/icon.png' }],
      icon: 5,
    });
    expect(await shown()).toEqual({
      displayName: 'weather',
      description: `${'y'.repeat(4999)}…`,
      homepage: null,
      iconUrl: null,
    });
  });

  it.each([
    ['data:image/png;base64,' + PNG.toString('base64'), 'image/png', PNG],
    ['data:image/svg+xml,' + encodeURIComponent(SVG.toString()), 'image/svg+xml', SVG],
  ])('is shown with the icon that is in its own address: %s', async (src, type, bytes) => {
    const serverCard = { serverInfo: { name: 'weather', icons: [{ src }] } };
    const bundle = makeBundle();
    const payload = { type: 'stdio', runtime: 'node', serverCard };
    await settled(registry, NAME, await release(registry, NAME, { payload, bundle }));
    expect([(await shown()).iconUrl, await icon()]).toEqual([ICON_URL, [200, type, bytes]]);
  });

  it.each([
    'data:text/html,<script>',
    'data:image/png;base64,AAAA',
    'data:,%',
    'data:',
    'javascript:alert(1)',
  ])('is shown without an icon where its address is %s', async (src) => {
    const serverCard = { serverInfo: { name: 'weather', icons: [{ src }] } };
    const bundle = makeBundle();
    const payload = { type: 'stdio', runtime: 'node', serverCard };
    await settled(registry, NAME, await release(registry, NAME, { payload, bundle }));
    expect((await shown()).iconUrl).toBeNull();
  });

  it('is shown as the server says of itself, with its icon where it is', async () => {
    const upstream = await startHttpServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { id, method } = JSON.parse(body === '' ? '{}' : body) as { id?: number; method?: string };
        if (id === undefined) return response.writeHead(request.method === 'POST' ? 202 : 405).end();
        const serverInfo = {
          name: 'weather-server',
          version: '1',
          title: 'Weather by URL',
          websiteUrl: 'https://weather.example/url',
          icons: [
            { src: 'https://weather.example/dark.svg', theme: 'dark' },
            { src: 'https://weather.example/icon.svg' },
          ],
        };
        const result =
          method === 'initialize'
            ? { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo }
            : { tools: [] };
        response.writeHead(200, { 'Content-Type': 'application/json' });
        return response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
      });
    });
    // An image from a bundle gives way to what the newest release says.
    await publish(SAYS);
    const payload = { type: 'external', upstreamUrl: `${upstream.origin}/mcp` };
    await settled(registry, NAME, await release(registry, NAME, { payload }));
    await upstream.close();
    expect(await shown()).toEqual({
      displayName: 'Weather by URL',
      description: 'Says what the sky does',
      homepage: 'https://weather.example/url',
      iconUrl: 'https://weather.example/icon.svg',
    });
  });
});
