import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeBundle, MANIFEST } from '#e2e/support/bundles.ts';
import { engines } from '#e2e/support/databases.ts';
import { startMcpServer, type RunningMcpServer } from '#e2e/support/mcp-servers.ts';
import { release, settled } from '#e2e/support/publishing.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { createRegistry } from '#registry/create-registry.ts';

interface Listed {
  server: { name: string; version: string; remotes?: unknown; packages?: unknown };
  _meta: Record<string, { status: string; isLatest: boolean; updatedAt: string }>;
}
interface Page {
  servers: Listed[];
  metadata: { count: number; nextCursor?: string };
}

const OFFICIAL = 'io.modelcontextprotocol.registry/official';
const DAY = 86_400_000;

describe.each(engines)('the catalog that editors read, on %s', (engine) => {
  let registry: TestRegistry;
  let upstream: RunningMcpServer;
  beforeAll(async () => {
    registry = await createTestRegistry(engine, { allowPrivateUpstreams: true });
    upstream = await startMcpServer();
  });
  beforeEach(async () => registry.clear());
  afterAll(async () => {
    await registry.drop();
    await upstream.close();
  });

  const call = async (path: string, key?: string | null) =>
    registry.call('GET', `/v0.1${path}`, key === undefined ? {} : { key });
  const list = async (query = '', key?: string | null) => (await call(`/servers${query}`, key)).body as Page;
  const listed = ({ servers }: Page) =>
    servers.map(({ server, _meta }) => {
      const { status, isLatest } = _meta[OFFICIAL] ?? { status: '', isLatest: false };
      return `${server.name.replace('test.desk/', '')} ${server.version} ${status}${isLatest ? ' latest' : ''}`;
    });
  const versionsOf = async (name: string, query = '') =>
    listed((await call(`/servers/test.desk%2F${name}/versions${query}`)).body as Page);
  const later = (ms: number) => {
    registry.clock.now = new Date(registry.clock.now.getTime() + ms);
  };
  /** Releases a bundle whose manifest tells this version, a second later than all before. */
  const releaseBundle = async (name: string, version = '1.0.0') => {
    later(1000);
    const bundle = makeBundle({ manifest: { ...MANIFEST, version } });
    const id = await release(registry, name, { payload: { type: 'stdio', runtime: 'node' }, bundle });
    expect((await settled(registry, name, id)).status).toBe('SUCCESS');
    return bundle;
  };
  const transfer = async (from: string, to: [namespace: string, slug: string]) =>
    registry.call('POST', `/servers/${encodeURIComponent(from)}/transfer`, {
      body: { targetNamespace: to[0], targetSlug: to[1], targetOrganizationId: registry.ownerId },
    });
  const remove = async (name: string) => registry.call('DELETE', `/servers/${encodeURIComponent(name)}`);

  it('tells of a remote server where it is reached, and that a key is needed', async () => {
    await registry.put('acme/weather');
    await registry.call('PATCH', '/servers/acme%2Fweather', {
      body: {
        displayName: 'Weather',
        description: 'Says what\nthe sky does',
        homepage: 'https://user:secret@weather.example.com/a b?q=[x]#top',
        repositoryUrl: 'https://github.com/acme/weather',
        iconUrl: 'https://weather.example.com/icon.png',
      },
    });
    const id = await release(registry, 'acme/weather', {
      payload: { type: 'external', upstreamUrl: upstream.url },
    });
    expect((await settled(registry, 'acme/weather', id)).status).toBe('SUCCESS');
    const { version } = (await list()).servers[0]?.server ?? { version: '' };
    expect((await list()).servers).toEqual([
      {
        server: {
          $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
          name: 'test.desk/acme.weather',
          title: 'Weather',
          description: 'Says what the sky does',
          version,
          websiteUrl: 'https://weather.example.com/a%20b?q=%5Bx%5D#top',
          repository: { url: 'https://github.com/acme/weather', source: 'github' },
          icons: [{ src: 'https://weather.example.com/icon.png' }],
          remotes: [
            {
              type: 'streamable-http',
              url: 'http://desk.test/registry/mcp/acme%2Fweather',
              headers: [
                expect.objectContaining({
                  name: 'Authorization',
                  isRequired: true,
                  isSecret: true,
                  value: 'Bearer {touchmark_key}',
                }),
              ],
            },
          ],
        },
        _meta: {
          [OFFICIAL]: {
            status: 'active',
            statusChangedAt: TEST_NOW.toISOString(),
            publishedAt: TEST_NOW.toISOString(),
            updatedAt: TEST_NOW.toISOString(),
            isLatest: true,
          },
        },
      },
    ]);
  });

  it('tells of a server that speaks the older transport as one', async () => {
    await registry.put('acme/weather');
    const payload = { type: 'external', upstreamUrl: upstream.url };
    await settled(registry, 'acme/weather', await release(registry, 'acme/weather', { payload }));
    await registry.db.updateTable('releases').set({ transport: 'sse' }).execute();
    expect((await list()).servers[0]?.server.remotes).toMatchObject([
      { type: 'sse', url: 'http://desk.test/registry/mcp/acme%2Fweather' },
    ]);
  });

  it('tells of a bundle with its hash and version, and of the live release alone how it is had', async () => {
    await registry.put('acme/weather');
    await releaseBundle('acme/weather', '1.0.0');
    const bundle = await releaseBundle('acme/weather', '1.1.0-rc.1');
    const { servers } = await list();
    expect(servers.map(({ server }) => [server.version, server.packages, server.remotes])).toEqual([
      ['1.0.0', undefined, undefined],
      [
        '1.1.0-rc.1',
        [
          {
            registryType: 'mcpb',
            identifier: 'http://desk.test/registry/servers/acme%2Fweather/download',
            version: '1.1.0-rc.1',
            fileSha256: createHash('sha256').update(bundle).digest('hex'),
            transport: { type: 'stdio' },
          },
        ],
        undefined,
      ],
    ]);
    expect(await versionsOf('acme.weather')).toEqual([
      'acme.weather 1.1.0-rc.1 active latest',
      'acme.weather 1.0.0 active',
    ]);
    expect(listed(await list('?version=latest'))).toEqual(['acme.weather 1.1.0-rc.1 active latest']);
    expect(listed(await list('?version=1.0.0'))).toEqual(['acme.weather 1.0.0 active']);
    const latest = await call('/servers/test.desk%2Facme.weather/versions/latest');
    expect(latest.body).toEqual(servers[1]);
    expect((await call('/servers/test.desk%2Facme.weather/versions/1.1.0-rc%2E1')).body).toEqual(servers[1]);
  });

  it.each([
    ['1.0.0', '1.0.0'],
    ['v2025.11.25+build.7', 'v2025.11.25+build.7'],
    ['nightly', 'nightly'],
    ['0.0.7', '0.0.7'],
    ['latest', '0.0.1'],
    ['^1.2.3', '0.0.1'],
    ['>=1.0.0 <2.0.0', '0.0.1'],
    ['1.x', '0.0.1'],
    ['1.2.*', '0.0.1'],
    ['*', '0.0.1'],
    ['1.0.0 || 2.0.0', '0.0.1'],
    ['1.0.0 - 2.0.0', '0.0.1'],
    ['版本一', '0.0.1'],
    ['9'.repeat(256), '0.0.1'],
  ])('takes a version %s as %s', async (told, version) => {
    await registry.put('acme/weather');
    await releaseBundle('acme/weather', told);
    expect(await versionsOf('acme.weather')).toEqual([`acme.weather ${version} active latest`]);
  });

  it('never gives a number twice: not for a version told again, nor for one that tells a number', async () => {
    await registry.put('acme/weather');
    for (const told of ['1.0.0', '1.0.0', '0.0.5', '1.0.0', '0.0.3'])
      await releaseBundle('acme/weather', told);
    const versions = ['0.0.7', '0.0.6', '0.0.5', '0.0.1', '1.0.0'];
    const shown = versions.map((version, i) => `acme.weather ${version} active${i === 0 ? ' latest' : ''}`);
    expect(await versionsOf('acme.weather')).toEqual(shown);
    // As if the oldest were more than are kept.
    await registry.db
      .deleteFrom('releases')
      .where('id', 'in', (eb) =>
        eb.selectFrom('server_versions').select('release_id').where('is_latest', '=', 0),
      )
      .execute();
    await releaseBundle('acme/weather', 'latest');
    expect(await versionsOf('acme.weather')).toEqual([
      'acme.weather 0.0.8 active latest',
      'acme.weather 0.0.7 active',
    ]);
  });

  it('tells that a server was deleted for as long as its name is held, and gives no number of it to the next', async () => {
    await registry.put('acme/weather');
    await releaseBundle('acme/weather', '1.0.0');
    await releaseBundle('acme/weather', '1.0.0');
    await remove('acme/weather');
    expect(listed(await list())).toEqual([]);
    expect((await call('/servers/test.desk%2Facme.weather/versions')).status).toBe(404);
    const deleted = ['acme.weather 0.0.1 deleted latest', 'acme.weather 1.0.0 deleted'];
    expect(listed(await list('?include_deleted=true'))).toEqual(deleted);
    expect(await versionsOf('acme.weather', '?include_deleted=true')).toEqual(deleted);
    const since = registry.clock.now.toISOString();
    expect(listed(await list(`?updated_since=${since}`))).toEqual([]);
    expect(listed(await list('?updated_since=2026-03-01T12:00:01.000%2B00:00&version=latest'))).toEqual([
      'acme.weather 0.0.1 deleted latest',
    ]);

    await registry.put('acme/weather');
    await releaseBundle('acme/weather', '1.0.0');
    expect(await versionsOf('acme.weather', '?include_deleted=1')).toEqual([
      'acme.weather 0.0.2 active latest',
      'acme.weather 0.0.1 deleted',
      'acme.weather 1.0.0 deleted',
    ]);
    await remove('acme/weather');
    later(30 * DAY);
    expect(listed(await list('?include_deleted=1'))).toEqual([]);
    // What is over is forgotten when a registry starts, and each hour.
    await createRegistry({ ...registry.registryOptions }).close();
    const left = await registry.db.selectFrom('server_versions').select('rid').execute();
    expect([left, await registry.db.selectFrom('deleted_servers').select('rid').execute()]).toEqual([[], []]);
  });

  it('tells that the old name of a transferred server was deleted and that the new one is active', async () => {
    await registry.put('acme/weather', 'acme/sky');
    await releaseBundle('acme/sky', '1.0.0');
    await releaseBundle('acme/sky', 'latest');
    await remove('acme/sky');
    await releaseBundle('acme/weather', '1.0.0');
    await releaseBundle('acme/weather', '2.0.0');
    expect((await transfer('acme/weather', ['acme', 'sky'])).status).toBe(200);
    const old = ['acme.weather 1.0.0 deleted', 'acme.weather 2.0.0 deleted latest'];
    // One version had been another server's: under that name it gets a number that none had.
    const now = [
      'acme.sky 0.0.1 deleted',
      'acme.sky 0.0.2 active',
      'acme.sky 1.0.0 deleted',
      'acme.sky 2.0.0 active latest',
    ];
    expect(listed(await list('?include_deleted=1'))).toEqual([...now, ...old]);
    expect(listed(await list())).toEqual(['acme.sky 0.0.2 active', 'acme.sky 2.0.0 active latest']);
    // Back again, nothing of that name was deleted.
    expect((await transfer('acme/sky', ['acme', 'weather'])).status).toBe(200);
    expect(await versionsOf('acme.weather', '?include_deleted=1')).toEqual([
      'acme.weather 2.0.0 active latest',
      'acme.weather 0.0.2 active',
    ]);
  });

  it('holds what is listed and released, and of the rest what its reader owns', async () => {
    await registry.put('acme/weather', 'acme/hidden', 'acme/empty');
    await releaseBundle('acme/weather');
    await releaseBundle('acme/hidden');
    await registry.call('PATCH', '/servers/acme%2Fhidden', { body: { unlisted: true } });
    const both = ['acme.hidden 1.0.0 active latest', 'acme.weather 1.0.0 active latest'];
    expect(listed(await list())).toEqual(both);
    expect(listed(await list('', registry.rivalKey))).toEqual(both.slice(1));
    const hidden = '/servers/test.desk%2Facme.hidden/versions/latest';
    expect([(await call(hidden)).status, (await call(hidden, registry.rivalKey)).status]).toEqual([200, 404]);
    await remove('acme/hidden');
    await remove('acme/weather');
    const deleted = both.map((line) => line.replace('active', 'deleted'));
    expect(listed(await list('?include_deleted=1'))).toEqual(deleted);
    expect(listed(await list('?include_deleted=1', registry.rivalKey))).toEqual(deleted.slice(1));
    const narrow = await registry.call('POST', '/tokens', { body: { policy: [{ namespaces: 'other' }] } });
    const { token } = narrow.body as { token: string };
    expect(listed(await list('?include_deleted=1', token))).toEqual([]);
  });

  it('is open to nobody without a key unless it was opened, and then shows what is listed', async () => {
    await registry.put('acme/weather', 'acme/hidden');
    await releaseBundle('acme/weather');
    await releaseBundle('acme/hidden');
    await registry.call('PATCH', '/servers/acme%2Fhidden', { body: { unlisted: true } });
    const origin = { Origin: 'vscode-file://vscode-app' };
    const url = 'http://desk.test/v0.1/servers?limit=1';
    const closed = await registry.fetch(new Request(url, { headers: origin }));
    expect([closed.status, closed.headers.get('Access-Control-Allow-Origin')]).toEqual([401, '*']);
    expect(await closed.json()).toEqual({ error: expect.stringContaining('API key missing') });

    const open = createRegistry({ ...registry.registryOptions, openCatalog: true });
    const read = async (path: string, key?: string) => {
      const headers = { ...origin, ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }) };
      return open.fetch(new Request(`http://desk.test${path}`, { headers }));
    };
    const answer = await read('/v0.1/servers');
    expect([answer.status, answer.headers.get('Access-Control-Allow-Origin')]).toEqual([200, '*']);
    expect(listed((await answer.json()) as Page)).toEqual(['acme.weather 1.0.0 active latest']);
    expect((await read('/v0.1/servers/test.desk%2Facme.hidden/versions/latest')).status).toBe(404);
    expect(listed((await (await read('/v0.1/servers', registry.ownerKey)).json()) as Page)).toHaveLength(2);
    expect((await read('/v0.1/servers', 'tm_mistyped')).status).toBe(401);
    // It opens the catalog and nothing else.
    expect((await read('/servers')).status).toBe(401);
    expect((await read('/-/tools?q=weather')).status).toBe(401);
    await open.close();
  });

  it('lets any origin ask, with a key, and says so before and with each answer', async () => {
    const asked = {
      'Access-Control-Request-Method': 'GET',
      'Access-Control-Request-Headers': 'authorization,content-type',
    };
    for (const path of ['/servers', '/servers/a%2Fb/versions', '/servers/a%2Fb/versions/latest']) {
      for (const [method, status, more] of [
        ['OPTIONS', 204, asked],
        ['OPTIONS', 204, {}],
        ['GET', path === '/servers' ? 200 : 404, { Authorization: `Bearer ${registry.ownerKey}` }],
        ['GET', 401, {}],
      ] as const) {
        const headers = { Origin: 'https://editor.example', ...more };
        const request = new Request(`http://desk.test/v0.1${path}`, { method, headers });
        const answer = await registry.fetch(request);
        expect([method, answer.status]).toEqual([method, status]);
        const ofCors = [...answer.headers].filter(([name]) => name.startsWith('access-control-'));
        expect(Object.fromEntries(ofCors)).toMatchObject({
          'access-control-allow-origin': '*',
          'access-control-allow-methods': expect.stringMatching(/^GET, ?OPTIONS$/),
          'access-control-allow-headers': expect.stringMatching(/^Authorization, ?Content-Type/),
        });
        expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull();
      }
    }
  });

  it('tells by updated_since what changed later, its texts as well as its releases', async () => {
    await registry.put('acme/weather', 'acme/sky');
    await releaseBundle('acme/weather');
    await releaseBundle('acme/sky');
    const since = registry.clock.now.toISOString();
    expect(listed(await list(`?updated_since=${since}`))).toEqual([]);
    later(1);
    await registry.call('PATCH', '/servers/acme%2Fweather', { body: { description: 'New' } });
    const changed = await list(`?updated_since=${since}`);
    expect(listed(changed)).toEqual(['acme.weather 1.0.0 active latest']);
    expect(changed.servers).toMatchObject([
      { _meta: { [OFFICIAL]: { updatedAt: registry.clock.now.toISOString() } } },
    ]);
    // One moment, written with another offset.
    const elsewhere = new Date(Date.parse(since) + 7_200_000).toISOString().replace('Z', '%2B02:00');
    expect(listed(await list(`?updated_since=${elsewhere}`))).toEqual(listed(changed));
  });

  it('comes in pages that change between them cannot shift', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'].map((slug) => `acme/${slug}`);
    await registry.put(...names);
    for (const name of names) await releaseBundle(name);
    const first = await list('?limit=2&version=latest');
    expect(listed(first)).toEqual(['acme.a 1.0.0 active latest', 'acme.b 1.0.0 active latest']);
    await remove('acme/a');
    await remove('acme/c');
    await registry.put('acme/aa');
    await releaseBundle('acme/aa');
    await releaseBundle('acme/b', '1.1.0');
    // The cursor stands in a URL as it is.
    const cursor = first.metadata.nextCursor ?? '';
    expect(cursor).toMatch(/^[\w-]+$/);
    const second = await list(`?limit=2&cursor=${cursor}`);
    expect(listed(second)).toEqual(['acme.b 1.1.0 active latest', 'acme.d 1.0.0 active latest']);
    const third = await list(`?limit=2&cursor=${second.metadata.nextCursor ?? ''}`);
    expect(listed(third)).toEqual(['acme.e 1.0.0 active latest']);
    expect(third.metadata).toEqual({ count: 1 });
  });

  it('is searched by any part of the name, in any case, and by nothing that is a pattern', async () => {
    await registry.put('acme/weather', 'acme/sky_net', 'acme/skynet');
    for (const name of ['acme/weather', 'acme/sky_net', 'acme/skynet']) await releaseBundle(name);
    const search = async (text: string) =>
      (await list(`?search=${encodeURIComponent(text)}`)).servers.map(({ server }) =>
        server.name.slice('test.desk/'.length),
      );
    expect(await search('WEATH')).toEqual(['acme.weather']);
    expect(await search('sky_')).toEqual(['acme.sky_net']);
    expect(await search('%')).toEqual([]);
    expect(await search('\\')).toEqual([]);
    expect(await search('desk/acme.sky')).toEqual(['acme.sky_net', 'acme.skynet']);
    expect(await search('nothing')).toEqual([]);
    // The next page is of the same search, though it is not asked for again.
    const first = await list('?search=sky&limit=1');
    const second = await list(`?limit=1&cursor=${first.metadata.nextCursor ?? ''}`);
    expect([...listed(first), ...listed(second), second.metadata.nextCursor]).toEqual([
      'acme.sky_net 1.0.0 active latest',
      'acme.skynet 1.0.0 active latest',
      undefined,
    ]);
  });

  it.each([
    ['?limit=0', 'limit: must be a whole number from 1 to 100'],
    ['?limit=101', 'limit: must be a whole number from 1 to 100'],
    ['?limit=many', 'limit: must be a whole number from 1 to 100'],
    ['?cursor=acme', 'cursor: is none that this registry gave'],
    ['?cursor=test.desk/acme.weather:1.0.0', 'cursor: is none that this registry gave'],
    ['?updated_since=yesterday', 'updated_since: must be a time as RFC 3339'],
    ['?updated_since=2026-13-01T00:00:00Z', 'updated_since: must be a time as RFC 3339'],
    ['?updated_since=2026-01-01', 'updated_since: must be a time as RFC 3339'],
    ['?include_deleted=maybe', 'include_deleted: must be 0, 1, true or false'],
    ['?updated_since=2026-01-01T00:00:00Z&include_deleted=false', 'include_deleted: must not be false'],
  ])('refuses %s, and says why', async (query, problem) => {
    const { status, body } = await call(`/servers${query}`);
    expect([status, body]).toEqual([400, { error: expect.stringContaining(problem) }]);
  });

  it.each([
    'acme.weather',
    'desk.test%2Facme.weather',
    'test.desk%2Facme.none',
    'test.desk%2Facme.weather%2Fmore',
    'test.desk%2Facme%2Fweather',
    'test.desk%2F',
    '%00',
    'test.desk%252Facme.weather',
  ])('has no server %s', async (name) => {
    await registry.put('acme/weather');
    await releaseBundle('acme/weather');
    for (const path of ['versions', 'versions/latest', 'versions/1.0.0']) {
      const { status, body } = await call(`/servers/${name}/${path}`);
      expect([path, status, body]).toEqual([path, 404, { error: 'Server not found' }]);
    }
    expect((await call('/servers/test.desk%2Facme.weather/versions/9.9.9')).status).toBe(404);
  });

  it('describes a server whose owner said nothing, or too much, within what the API allows', async () => {
    await registry.put('acme', 'acme/long');
    await registry.call('PATCH', '/servers/acme', { body: { description: '' } });
    await registry.call('PATCH', '/servers/acme%2Flong', {
      body: {
        displayName: 'L'.repeat(200),
        description: '長い '.repeat(100),
        homepage: 'http://exämple.com/ü%?a|b=`c`#x#y',
        repositoryUrl: 'https://git.example.org/[acme]/long',
        iconUrl: 'http://plain.example.com/icon.png',
      },
    });
    await releaseBundle('acme');
    await releaseBundle('acme/long');
    // Whatever the answer is, it was held against the published schema.
    expect((await list()).servers.map(({ server }) => server)).toMatchObject([
      { name: 'test.desk/acme', title: 'acme', description: 'acme' },
      {
        name: 'test.desk/acme.long',
        title: `${'L'.repeat(99)}…`,
        description: expect.stringMatching(/^(長い ){32}長い…$/),
        websiteUrl: 'http://xn--exmple-cua.com/%C3%BC%25?a%7Cb=%60c%60#x%23y',
        repository: { source: 'git.example.org', url: 'https://git.example.org/%5Bacme%5D/long' },
      },
    ]);
    expect(JSON.stringify((await list()).servers)).not.toContain('plain.example.com');
  });
});
