import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';

describe('the registry over HTTP', () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry('sqlite');
    await registry.put('acme', 'acme/weather');
  });
  afterAll(async () => registry.drop());

  it('is healthy, and says when', async () => {
    const { status, body } = await registry.call('GET', '/health', { key: null });
    expect(status).toBe(200);
    expect(body).toEqual({ status: 'ok', timestamp: '2026-03-01T12:00:00.000Z' });
  });

  it.each([
    '/',
    '/Nothing',
    '/nothing/at/all',
    '/servers/',
    '/servers/acme/',
    '/servers/acme/weather',
    '/servers/acme/weather/releases',
    '/servers/acme%2Fweather/nothing',
    '/servers/acme%2Fweather/releases/',
    '/SERVERS',
    '//servers',
  ])('knows no path %s, whatever is done to it', async (path) => {
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'POST']) {
      const { status, body } = await registry.call(method, path);
      expect([method, status, body]).toEqual([method, 404, { error: 'Not found' }]);
    }
    expect((await registry.call('GET', '/servers/acme%2Fweather')).status).toBe(200);
  });

  it.each([
    ['/acme', /^Connections are not part of this registry.*\/mcp\/{qualifiedName}/],
    ['/acme/my-connection', /^Connections/],
    ['/acme/my-connection/.tools', /^Connections/],
    ['/acme/my-connection/.tools/weather/now', /^Connections/],
    ['/connect/acme/my-connection', /^Connections/],
    ['/acme/my-connection/.triggers', /^Triggers .* are not part of this registry/],
    ['/acme/my-connection/.triggers/rain/1', /^Triggers/],
    ['/acme/.subscriptions', /^Triggers/],
    ['/acme/my-connection/.subscriptions/1', /^Triggers/],
    ['/acme/my-connection/.uplink', /^Uplinks .* are not part of this registry/],
    ['/uplink/acme/my-connection', /^Uplinks/],
    ['/servers/acme%2Fweather/repo', /^Releases from a linked repository are not part of this registry/],
  ])(
    'says of %s, whatever is done to it, that it is not here and what to do instead',
    async (path, words) => {
      for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'POST']) {
        const { status, body } = await registry.call(method, path);
        expect([method, status, body]).toEqual([
          method,
          404,
          { error: 'Not supported', message: expect.stringMatching(words) },
        ]);
      }
    },
  );

  it.each([
    ['POST', '/servers', 'GET, HEAD'],
    ['POST', '/servers/acme', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['DELETE', '/servers/acme/releases', 'GET, HEAD, PUT'],
    ['POST', '/servers/acme/icon', 'GET, HEAD, PUT, DELETE'],
    ['GET', '/namespaces/acme', 'PUT, DELETE'],
    ['OPTIONS', '/health', 'GET, HEAD'],
  ])('refuses %s %s and says what can be done', async (method, path, allow) => {
    const { status, body, headers } = await registry.call(method, path);
    expect([status, body, headers.get('Allow')]).toEqual([405, { error: 'Method not allowed' }, allow]);
  });

  it('answers HEAD as GET, without the body', async () => {
    const get = await registry.call('GET', '/servers/acme');
    const head = await registry.call('HEAD', '/servers/acme');
    expect([head.status, head.text]).toEqual([200, '']);
    expect(head.headers.get('Content-Type')).toBe(get.headers.get('Content-Type'));
    expect((await registry.call('HEAD', '/servers/none')).status).toBe(404);
  });

  it('lets nothing be kept by caches, errors included', async () => {
    for (const path of ['/servers', '/servers/acme', '/servers/none', '/nothing']) {
      expect((await registry.call('GET', path)).headers.get('Cache-Control')).toBe('no-store');
    }
  });

  it('refuses a body that is too large, is no JSON or no object, and changes nothing', async () => {
    const patch = (body: string) => registry.call('PATCH', '/servers/acme', { body });
    const large = JSON.stringify({ description: 'x'.repeat(300_000) });
    expect(await patch(large)).toMatchObject({
      status: 413,
      body: { error: expect.stringContaining('Body') },
    });
    for (const body of ['{', '[]', '"text"', 'null', '7']) {
      expect(await patch(body)).toMatchObject({
        status: 400,
        body: { error: expect.stringContaining('Body') },
      });
    }
    expect((await registry.call('GET', '/servers/acme')).body).toMatchObject({ description: '' });
  });

  it('tells a caller nothing of a failure inside, and the operator everything', async () => {
    const broken = await createTestRegistry('sqlite');
    await broken.db.schema.dropTable('secrets').execute();
    await broken.put('acme');
    const { status, text } = await broken.call('GET', '/servers/acme/secrets');
    expect([status, text]).toEqual([500, '{"error":"Internal server error"}']);
    expect(String(broken.failures[0])).toContain('secrets');
    await broken.drop();
  });
});
