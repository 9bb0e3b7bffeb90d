import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';

describe.each(engines)('namespaces on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    for (const name of ['beta', 'alpha']) await registry.call('PUT', `/namespaces/${name}`);
    await registry.put('acme/weather');
  });
  afterAll(async () => registry.drop());

  const list = async (query: string) => {
    const { body } = await registry.call('GET', `/namespaces${query}`);
    const { namespaces, pagination } = body as { namespaces: { name: string }[]; pagination: unknown };
    return { names: namespaces.map(({ name }) => name), pagination };
  };

  it('are the caller’s own, all of them, where nothing else is asked', async () => {
    expect(await list('')).toEqual({
      names: ['acme', 'alpha', 'beta'],
      pagination: { currentPage: 1, pageSize: 3, totalPages: 1, totalCount: 3 },
    });
    expect((await list('?page=2')).names).toEqual([]);
  });

  it('are everybody’s where something is asked', async () => {
    expect((await list('?pageSize=50')).names).toEqual(['acme', 'alpha', 'beta', 'rival']);
    expect((await list(`?ownerId=${registry.rivalId}`)).names).toEqual(['rival']);
    expect((await list('?q=Al')).names).toEqual(['alpha']);
    expect((await list('?hasServers=1')).names).toEqual(['acme']);
    expect((await list('?hasServers=0')).names).toEqual(['alpha', 'beta', 'rival']);
    expect((await list('?hasSkills=true')).names).toEqual([]);
    expect(await list('?pageSize=3&page=2')).toEqual({
      names: ['rival'],
      pagination: { currentPage: 2, pageSize: 3, totalPages: 2, totalCount: 4 },
    });
  });

  it('are created once, and again without effect', async () => {
    const first = await registry.call('PUT', '/namespaces/gamma');
    expect([first.status, first.body]).toEqual([
      201,
      { name: 'gamma', createdAt: '2026-03-01T12:00:00.000Z' },
    ]);
    registry.clock.now = new Date('2026-05-01T00:00:00.000Z');
    expect((await registry.call('PUT', '/namespaces/gamma')).body).toEqual(first.body);
    expect((await registry.call('PUT', '/servers/gamma')).status).toBe(201);
  });

  it('are not taken from another user', async () => {
    const { status, body } = await registry.call('PUT', '/namespaces/rival');
    expect([status, body]).toEqual([409, { error: 'Namespace already exists' }]);
  });

  it.each(['ab', 'x'.repeat(40), 'Acme', '-acme', 'acme-', 'ac.me', 'ac%2Fme', 'ac%00me', 'acmé'])(
    'are not created under the name %s',
    async (name) => {
      const { status, body } = await registry.call('PUT', `/namespaces/${name}`);
      expect([status, body]).toEqual([400, { error: expect.stringContaining('Namespace name') }]);
    },
  );
});
