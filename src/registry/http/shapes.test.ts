import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendRelease } from '#e2e/support/publishing.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';
import { FIELD_HEADER } from '#contract/api-paths.ts';

describe('what is sent in a wrong shape', () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry('sqlite');
    await registry.put('acme/weather');
  });
  afterAll(async () => registry.drop());

  it.each([
    ['PATCH', '/servers/acme%2Fweather', { displayName: 7 }, 'displayName: must be text', 'displayName'],
    [
      'PATCH',
      '/servers/acme%2Fweather',
      { iconUrl: 'x' },
      'iconUrl: must be an http or https URL',
      'iconUrl',
    ],
    ['PATCH', '/servers/acme%2Fweather', { unlisted: 1 }, 'unlisted: must be true or false', 'unlisted'],
    [
      'PATCH',
      '/servers/acme%2Fweather',
      { license: 'x'.repeat(101) },
      'license: must be at most 100 characters',
      'license',
    ],
    [
      'PATCH',
      '/servers/acme%2Fweather',
      { description: 'a\u0007b' },
      'description: must not contain control characters',
      'description',
    ],
    ['GET', '/servers?pageSize=101', undefined, 'pageSize: must be a whole number from 1 to 100', 'pageSize'],
    ['GET', '/servers?verified=yes', undefined, 'verified: must be 0, 1, true or false', 'verified'],
    ['GET', '/servers?fields=id,nil', undefined, 'fields: there is no field "nil"', 'fields'],
    ['GET', '/servers?ids=1', undefined, 'ids: must be UUIDs', 'ids'],
    [
      'POST',
      '/tokens',
      { policy: [{ ttl: 0 }] },
      'policy.0.ttl: must be seconds or a time such as 20s, 30m or 1h, at most 24h',
      'policy.0.ttl',
    ],
    ['POST', '/namespaces', { organizationId: 7 }, 'organizationId: must be text', 'organizationId'],
    [
      'PUT',
      '/servers/acme%2Fweather/secrets',
      { name: 'A', value: '' },
      'value: must be text that is not empty',
      'value',
    ],
    [
      'POST',
      '/servers/acme%2Fweather/transfer',
      {},
      'targetNamespace: must be the name of a namespace',
      'targetNamespace',
    ],
  ])('by %s to %s is refused with the field to blame: %j', async (method, path, body, error, field) => {
    const answer = await registry.call(method, path, body === undefined ? {} : { body });
    expect([answer.status, answer.body]).toEqual([400, { error }]);
    expect(answer.headers.get(FIELD_HEADER)).toBe(field);
  });

  it('names the field of a form too, as far as its name is plain', async () => {
    const blamed = async (payload: object): Promise<string | null> => {
      const body = new FormData();
      body.append('payload', JSON.stringify(payload));
      const headers = { Authorization: `Bearer ${registry.ownerKey}` };
      const url = 'http://desk.test/servers/acme%2Fweather/releases';
      const response = await registry.fetch(new Request(url, { method: 'PUT', headers, body }));
      expect(response.status).toBe(400);
      return response.headers.get(FIELD_HEADER);
    };
    const external = { type: 'external', upstreamUrl: 'https://a.test/mcp' };
    expect(await blamed({ type: 'external', upstreamUrl: 'x' })).toBe('payload.upstreamUrl');
    expect(await blamed({ ...external, scanCredentials: { a: 7 } })).toBe('payload.scanCredentials.a');
    expect(await blamed({ ...external, scanCredentials: { 'a\r\nb ☕': 'x' } })).toBe(
      'payload.scanCredentials',
    );
  });

  it('blames no field where there is none to blame', async () => {
    for (const body of ['{', '[]']) {
      const { status, headers } = await registry.call('PATCH', '/servers/acme', { body });
      expect([status, headers.get(FIELD_HEADER)]).toEqual([400, null]);
    }
    expect((await registry.call('GET', '/servers/none')).headers.get(FIELD_HEADER)).toBeNull();
  });

  it('is refused before it is parsed where it is nested 5,000 levels deep', async () => {
    const deep = '{"a":'.repeat(5000) + '1' + '}'.repeat(5000);
    const error = 'must not be nested deeper than 100 levels';
    for (const [method, path] of [
      ['PATCH', '/servers/acme%2Fweather'],
      ['POST', '/tokens'],
      ['POST', '/skills'],
    ] as const) {
      const { status, body } = await registry.call(method, path, { body: deep });
      expect([status, body]).toEqual([400, { error: `Body: ${error}` }]);
    }
    const payload = `{"type":"external","upstreamUrl":"https://a.test/mcp","configSchema":${deep}}`;
    const { status, body } = await sendRelease(registry, 'acme/weather', { payload });
    expect([status, body]).toEqual([400, { error: `payload: ${error}` }]);
    expect(registry.failures).toEqual([]);
  });
});
