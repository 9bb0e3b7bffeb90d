import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';

describe.each(engines)('the managed domain of a server on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  beforeEach(async () => {
    await registry.clear();
    await registry.put('acme/weather', 'acme/other');
  });
  afterAll(async () => registry.drop());

  const set = (
    subdomain: unknown,
    { name = 'acme%2Fweather', id = 'managed', key = registry.ownerKey } = {},
  ) => registry.call('PATCH', `/servers/${name}/domains/${id}`, { key, body: { subdomain } });
  const domainsOf = async (name: string) => (await registry.call('GET', `/servers/${name}/domains`)).body;

  it('is made with its first subdomain, and its hostname follows every other', async () => {
    const domain = {
      id: 'managed',
      type: 'managed',
      hostname: 'sky.run.tools',
      subdomain: 'sky',
      createdAt: '2026-03-01T12:00:00.000Z',
      updatedAt: '2026-03-01T12:00:00.000Z',
    };
    expect((await set('sky')).body).toEqual(domain);
    registry.clock.now = new Date('2026-03-02T12:00:00.000Z');
    const changed = {
      ...domain,
      hostname: 'clouds.run.tools',
      subdomain: 'clouds',
      updatedAt: '2026-03-02T12:00:00.000Z',
    };
    const answer = await set('clouds');
    expect([answer.status, answer.body]).toEqual([200, changed]);
    expect(await domainsOf('acme%2Fweather')).toEqual({ domains: [changed] });
    expect((await set('sky')).status).toBe(200);
  });

  it('has a subdomain that no other server has', async () => {
    await set('sky');
    const taken = await set('sky', { name: 'acme%2Fother' });
    expect([taken.status, taken.body]).toEqual([409, { error: expect.stringContaining('"sky"') }]);
    expect(await domainsOf('acme%2Fother')).toEqual({ domains: [] });
    expect((await set('sky')).status).toBe(200);
  });

  it('goes to one of two servers that want it at the same time', async () => {
    const answers = await Promise.all(['acme%2Fweather', 'acme%2Fother'].map((name) => set('sky', { name })));
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 409]);
  });

  it.each([undefined, '', 'a', 'Sky', '1sky', 'sky-', '-sky', 's.ky', 'x'.repeat(64), 7])(
    'is refused as %j',
    async (subdomain) => {
      const { status, body } = await set(subdomain);
      expect([status, body]).toEqual([400, { error: expect.stringMatching(/^subdomain: /) }]);
    },
  );

  it('is the only one, and its owner’s alone', async () => {
    expect((await set('sky', { id: 'other' })).body).toEqual({
      error: expect.stringContaining('Domain not found'),
    });
    const notFound = [404, { error: 'Server not found' }];
    for (const name of ['acme%2Fweather', 'acme%2Fnone']) {
      const { status, body } = await set('sky', { name, key: registry.rivalKey });
      expect([status, body]).toEqual(notFound);
    }
  });
});
