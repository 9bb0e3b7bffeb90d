import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { addBelongings, createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';

describe.each(engines)('what belongs to a server on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    await registry.put('acme', 'acme/weather');
    await addBelongings(registry, 'acme/weather');
  });
  afterAll(async () => registry.drop());

  it('are secrets, by name and kind alone', async () => {
    const { body } = await registry.call('GET', '/servers/acme%2Fweather/secrets');
    expect(body).toEqual([{ name: 'TOKEN', type: 'secret_text' }]);
    expect((await registry.call('GET', '/servers/acme/secrets')).body).toEqual([]);
  });

  it('is a domain', async () => {
    const { body } = await registry.call('GET', '/servers/acme%2Fweather/domains');
    const time = '2026-03-01T12:00:00.000Z';
    expect(body).toEqual({
      domains: [
        {
          id: 'managed',
          type: 'managed',
          hostname: 'acme-weather.run.tools',
          subdomain: 'acme-weather',
          createdAt: time,
          updatedAt: time,
        },
      ],
    });
    expect((await registry.call('GET', '/servers/acme/domains')).body).toEqual({ domains: [] });
  });

  it('is shown to its owner alone', async () => {
    for (const part of ['secrets', 'domains']) {
      for (const [name, key] of [
        ['acme%2Fweather', registry.rivalKey],
        ['acme%2Fnone', registry.ownerKey],
      ]) {
        const { status, body } = await registry.call('GET', `/servers/${name}/${part}`, { key: key ?? null });
        expect([status, body]).toEqual([404, { error: 'Server not found' }]);
      }
    }
  });

  it('is an icon, byte for byte, for everybody, in which nothing can run', async () => {
    const response = await registry.fetch(new Request('http://x/servers/acme%2Fweather/icon'));
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 1, 254, 255]);
    expect(response.headers.get('Content-Type')).toBe('image/png');
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(response.headers.get('Content-Security-Policy')).toContain('sandbox');
    const etag = response.headers.get('ETag') ?? '';
    const again = await registry.fetch(
      new Request('http://x/servers/acme%2Fweather/icon', { headers: { 'If-None-Match': etag } }),
    );
    expect([again.status, await again.text()]).toEqual([304, '']);
    const none = await registry.call('GET', '/servers/acme/icon', { key: null });
    expect([none.status, none.body]).toEqual([404, { error: 'No icon found' }]);
  });
});
