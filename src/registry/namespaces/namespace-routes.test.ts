import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, dumpTables, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { OPERATOR } from '#registry/audit/author.ts';
import { saveSkill } from '#registry/skills/skill-store.ts';

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

  it('get a name that a person can read where none is given, a new one each time', async () => {
    const made = await Promise.all([1, 2, 3].map(() => registry.call('POST', '/namespaces')));
    const names = made.map(({ body }) => (body as { name: string }).name);
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201]);
    for (const name of names) expect(name).toMatch(/^[a-z]+-[a-z]+-\d{4}$/);
    expect(new Set(names).size).toBe(3);
    expect((await registry.call('PUT', `/servers/${names[0]}`)).status).toBe(201);
    await registry.call('DELETE', `/servers/${names[0]}`);
    for (const name of names) await registry.call('DELETE', `/namespaces/${name}`);
  });

  it('belong to an organization where a member asks so', async () => {
    await addOrganization(registry, 'the-guild');
    const body = { organizationId: 'the-guild' };
    expect((await registry.call('PUT', '/namespaces/guild', { body })).status).toBe(201);
    expect((await list('?ownerId=the-guild')).names).toEqual(['guild']);
    expect((await registry.call('PUT', '/namespaces/guild', { body })).status).toBe(201);
    expect((await registry.call('PUT', '/namespaces/guild')).status).toBe(201);
    const stranger = await registry.call('PUT', '/namespaces/guild-two', { body, key: registry.rivalKey });
    expect([stranger.status, stranger.body]).toEqual([
      403,
      { error: expect.stringContaining('organizationId') },
    ]);
    const others = await registry.call('PUT', '/namespaces/acme', { body });
    expect([others.status, others.body]).toEqual([409, { error: 'Namespace already exists' }]);
    const wrong = await registry.call('PUT', '/namespaces/guild-two', { body: { organizationId: 7 } });
    expect([wrong.status, wrong.body]).toEqual([400, { error: expect.stringContaining('organizationId') }]);
    await registry.call('DELETE', '/namespaces/guild');
  });

  it('are deleted by their owner, with their skills, once no server is left', async () => {
    await registry.call('PUT', '/namespaces/brief');
    await registry.put('brief', 'brief/one');
    await addSkill(registry, 'brief');
    const remove = (name: string, key = registry.ownerKey) =>
      registry.call('DELETE', `/namespaces/${name}`, { key });
    const before = await dumpTables(registry);
    const full = await remove('brief');
    expect([full.status, full.body]).toEqual([409, { error: expect.stringContaining('servers') }]);
    expect((await remove('brief', registry.rivalKey)).status).toBe(403);
    expect((await remove('none')).status).toBe(404);
    expect(await dumpTables(registry)).toEqual(before);
    await registry.call('DELETE', '/servers/brief');
    expect((await remove('brief')).status).toBe(409);
    await registry.call('DELETE', '/servers/brief%2Fone');
    const done = await remove('brief');
    expect([done.status, done.body]).toEqual([200, { success: true, name: 'brief' }]);
    const after = await dumpTables(registry);
    expect([after['skills'], after['skill_postings'], after['skill_variants']]).toEqual([[], [], []]);
    expect((await list('')).names).not.toContain('brief');
    expect((await remove('brief')).status).toBe(404);
  });

  it('never lose a server that is made while they are deleted', async () => {
    for (let i = 0; i < 10; i += 1) {
      await registry.call('PUT', '/namespaces/race');
      const [made, deleted] = await Promise.all([
        registry.call('PUT', '/servers/race'),
        registry.call('DELETE', '/namespaces/race'),
      ]);
      expect([
        [201, 409],
        [404, 200],
      ]).toContainEqual([made.status, deleted.status]);
      expect((await registry.call('GET', '/servers/race')).status).toBe(made.status === 201 ? 200 : 404);
      await registry.call('DELETE', '/servers/race');
    }
    expect(registry.failures).toEqual([]);
  });

  it('are told by whether they have skills', async () => {
    await addSkill(registry, 'alpha');
    expect((await list('?hasSkills=1')).names).toEqual(['alpha']);
    expect((await list('?hasSkills=0&q=al')).names).toEqual([]);
    await registry.db.updateTable('skills').set({ listed: 0 }).execute();
    expect((await list('?hasSkills=1')).names).toEqual([]);
    await registry.db.deleteFrom('skills').execute();
  });

  it('hold a server that is made the older way', async () => {
    const path = '/namespaces/acme/servers/older';
    const { status, body } = await registry.call('PUT', path, { body: { displayName: 'Older' } });
    expect([status, body]).toMatchObject([201, { namespace: 'acme', server: 'older', displayName: 'Older' }]);
    expect((await registry.call('GET', '/servers/acme%2Folder')).status).toBe(200);
    expect((await registry.call('PUT', '/namespaces/acme/servers/Older')).status).toBe(400);
    expect((await registry.call('PUT', '/namespaces/none/servers/older')).status).toBe(404);
    const others = await registry.call('PUT', path, { key: registry.rivalKey });
    expect([others.status, others.body]).toEqual([403, { error: 'Namespace belongs to another user' }]);
  });

  it.each(['ab', 'x'.repeat(40), 'Acme', '-acme', 'acme-', 'ac.me', 'ac%2Fme', 'ac%00me', 'acmé'])(
    'are not created under the name %s',
    async (name) => {
      const { status, body } = await registry.call('PUT', `/namespaces/${name}`);
      expect([status, body]).toEqual([400, { error: expect.stringContaining('Namespace name') }]);
    },
  );
});

async function addOrganization({ db, ownerId }: TestRegistry, id: string): Promise<void> {
  const created_at = TEST_NOW.toISOString();
  await db.insertInto('users').values({ id, name: id, kind: 'organization', created_at }).execute();
  await db
    .insertInto('organization_members')
    .values({ organization_id: id, user_id: ownerId, role: 'member', created_at })
    .execute();
}

async function addSkill({ db }: TestRegistry, namespace: string): Promise<void> {
  const document = { name: 'Folding', description: 'Folds paper', category: null, prompt: '' };
  await saveSkill(db, {
    name: { namespace, slug: 'folding' },
    content: { document, gitUrl: null, bundle: null },
    by: OPERATOR,
    id: crypto.randomUUID(),
    now: TEST_NOW,
    replace: false,
  });
}
