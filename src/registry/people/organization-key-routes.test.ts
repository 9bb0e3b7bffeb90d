import Smithery from '@smithery/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, dumpTables, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { mintKey } from '#registry/access/key-store.ts';
import { disableOwner } from './people-store.ts';
import { addOrganization, changeMember } from './organization-store.ts';

describe.each(engines)('organization keys on %s', (engine) => {
  const id = 'org-1';
  const path = `/organizations/${id}/api-keys`;
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    await addOrganization(registry.db, { id, name: 'the-org', admin: 'owner', now: TEST_NOW });
    const created_at = TEST_NOW.toISOString();
    await registry.db
      .insertInto('namespaces')
      .values({ name: 'org-space', owner_id: id, created_at })
      .execute();
  });
  afterAll(async () => registry.drop());

  const create = async (name = 'Deploy') => {
    const { status, body } = await registry.call('POST', path, { body: { name } });
    expect(status).toBe(201);
    return body as { id: string; key: string };
  };
  const names = async () => {
    const { body } = await registry.call('GET', path);
    return (body as { apiKeys: { name: string }[] }).apiKeys.map(({ name }) => name);
  };

  it('are shown once, listed without their values, and end when they are revoked', async () => {
    const { status, body } = await registry.call('POST', path, { body: { name: ' Deploy from CI ' } });
    expect(status).toBe(201);
    const made = body as { id: string; key: string };
    const createdAt = TEST_NOW.toISOString();
    expect(made).toEqual({
      id: made.id,
      name: 'Deploy from CI',
      createdAt,
      key: expect.stringMatching(/^tm_[0-9A-Za-z]{36}$/),
    });
    const listed = await registry.call('GET', path);
    expect([listed.status, listed.body]).toEqual([
      200,
      { apiKeys: [{ id: made.id, name: 'Deploy from CI', createdAt }] },
    ]);
    expect(JSON.stringify(await dumpTables(registry))).not.toContain(made.key.slice(3, 33));

    expect((await registry.call('GET', '/servers', { key: made.key })).status).toBe(200);
    const ended = await registry.call('DELETE', `${path}/${made.id}`);
    expect([ended.status, ended.body]).toEqual([200, { success: true }]);
    expect((await registry.call('GET', '/servers', { key: made.key })).status).toBe(401);
    expect(await names()).toEqual([]);
    expect(await registry.call('DELETE', `${path}/${made.id}`)).toMatchObject({
      status: 404,
      body: { error: 'API key not found in this organization' },
    });
  });

  it('are managed by the official client', async () => {
    const { organizations } = new Smithery({
      apiKey: registry.ownerKey,
      baseURL: 'http://desk.test',
      fetch: (url, init) => registry.fetch(new Request(url, init)),
    });
    const made = await organizations.apiKeys.create(id, { name: 'By client' });
    const { apiKeys } = await organizations.apiKeys.list(id);
    expect(apiKeys).toEqual([{ id: made.id, name: 'By client', createdAt: made.createdAt }]);
    expect(await organizations.apiKeys.delete(made.id, { orgId: id })).toEqual({ success: true });
  });

  it('act as the organization, and not as whoever made them', async () => {
    const { id: keyId, key } = await create();
    const statusOf = async (method: string, at: string) => (await registry.call(method, at, { key })).status;
    await registry.put('acme/private');
    expect(await statusOf('PUT', '/servers/org-space%2Fone')).toBe(201);
    expect(await statusOf('PATCH', '/servers/acme%2Fprivate')).toBe(403);
    expect(await statusOf('PUT', '/servers/acme%2Fother')).toBe(403);
    // Its members reach what it makes.
    expect((await registry.call('PATCH', '/servers/org-space%2Fone')).status).toBe(200);
    await registry.call('DELETE', `${path}/${keyId}`);
  });

  it('are not for members, strangers, the organization itself or service tokens, in the same words', async () => {
    const { id: keyId, key: own } = await create();
    await changeMember(registry.db, {
      organization: 'the-org',
      user: 'rival',
      role: 'member',
      now: TEST_NOW,
    });
    const tokenOf = async (body: unknown) => {
      const answer = await registry.call('POST', '/tokens', { body });
      return (answer.body as { token: string }).token;
    };
    const before = await dumpTables(registry);
    const refusedAt = async (key: string, at: string, text: string) => {
      for (const [method, place, body] of [
        ['GET', at, undefined],
        ['POST', at, { name: 'Mine' }],
        ['DELETE', `${at}/${keyId}`, undefined],
      ] as const) {
        const answer = await registry.call(method, place, { key, body });
        expect([method, answer.status]).toEqual([method, 403]);
        expect(answer.body).toEqual({ error: expect.stringContaining(text) });
      }
    };
    const onlyAdmins = 'only an admin of the organization';
    await refusedAt(registry.rivalKey, path, onlyAdmins);
    await refusedAt(registry.rivalKey, '/organizations/none/api-keys', onlyAdmins);
    await refusedAt(registry.ownerKey, `/organizations/${registry.ownerId}/api-keys`, onlyAdmins);
    await refusedAt(own, path, onlyAdmins);
    await refusedAt(await tokenOf({ organizationId: id }), path, onlyAdmins);
    for (const body of [undefined, { policy: [{ ttl: '5m' }] }]) {
      await refusedAt(await tokenOf(body), path, 'not a service token');
    }
    expect(await dumpTables(registry)).toEqual(before);
    await registry.call('DELETE', `${path}/${keyId}`);
  });

  it('of another organization, and of people, cannot be revoked here', async () => {
    const { db, ownerId, rivalId } = registry;
    await addOrganization(db, { id: 'org-2', name: 'other-org', admin: 'owner', now: TEST_NOW });
    for (const userId of ['org-2', ownerId, rivalId]) {
      const key = await mintKey(db, {
        id: `key-of-${userId}`,
        userId,
        label: 'X',
        expiresAt: null,
        now: TEST_NOW,
      });
      expect((await registry.call('DELETE', `${path}/key-of-${userId}`)).status).toBe(404);
      expect((await registry.call('GET', '/servers', { key })).status).toBe(200);
    }
    expect((await registry.call('DELETE', `${path}/%00`)).status).toBe(404);
  });

  it.each([
    [{}, /^name: /],
    [{ name: '' }, /^name: /],
    [{ name: '  ' }, /^name: /],
    [{ name: 7 }, /^name: /],
    [{ name: 'x'.repeat(257) }, /^name: must be a text of 1 to 256/],
    [{ name: 'two\nlines' }, /^name: /],
    [{ name: 'fine', expires: '1d' }, /^Body: there is no field "expires"/],
  ])('are not made from %j', async (body, text) => {
    const answer = await registry.call('POST', path, { body });
    expect([answer.status, (answer.body as { error: string }).error]).toEqual([
      400,
      expect.stringMatching(text),
    ]);
  });

  it('end with the organization, as do its members’ ways to its things', async () => {
    const { key } = await create('Last');
    await registry.call('PUT', '/servers/org-space%2Fkept', { key });
    expect((await registry.call('PATCH', '/servers/org-space%2Fkept')).status).toBe(200);
    await disableOwner(registry.db, { name: 'the-org', now: TEST_NOW });
    expect((await registry.call('GET', '/servers', { key })).status).toBe(401);
    expect((await registry.call('PATCH', '/servers/org-space%2Fkept')).status).toBe(403);
    expect((await registry.call('GET', '/servers/org-space%2Fkept/secrets')).status).toBe(404);
    expect((await registry.call('GET', path)).status).toBe(403);
    expect((await registry.call('GET', '/servers')).status).toBe(200);
  });
});
