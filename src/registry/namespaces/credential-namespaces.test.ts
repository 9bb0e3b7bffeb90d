import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { mintKey, revokeKey } from '#registry/access/key-store.ts';
import { addOrganization, changeMember } from '#registry/people/organization-store.ts';
import { addUser, disableOwner } from '#registry/people/people-store.ts';

const since = TEST_NOW.toISOString();
const later = new Date(TEST_NOW.getTime() + 5000);

describe.each(engines)('the namespaces of a key on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  afterAll(async () => registry.drop());

  it('are those of its user, and since when they are theirs, not since when the name was used', async () => {
    const { ownerKey, rivalKey, namespacesOf } = registry;
    expect(await namespacesOf(ownerKey)).toEqual([{ name: 'acme', since }]);
    expect((await registry.call('DELETE', '/namespaces/acme')).status).toBe(200);
    expect(await namespacesOf(ownerKey)).toEqual([]);
    await registry.db.deleteFrom('name_holds').execute();
    registry.clock.now = later;
    expect((await registry.call('PUT', '/namespaces/acme', { key: rivalKey })).status).toBe(201);
    expect(await namespacesOf(ownerKey)).toEqual([]);
    expect(await namespacesOf(rivalKey)).toEqual([
      { name: 'acme', since: later.toISOString() },
      { name: 'rival', since },
    ]);
  });

  it('are those of its user’s organizations for as long as they are a member', async () => {
    const { db, rivalKey, namespacesOf } = registry;
    const now = TEST_NOW;
    await addOrganization(db, { id: 'org-1', name: 'guild', admin: null, now });
    await db
      .insertInto('namespaces')
      .values({ name: 'guild', owner_id: 'org-1', created_at: since })
      .execute();
    const names = async () => (await namespacesOf(rivalKey))?.map(({ name }) => name);
    const change = (role: 'member' | null) =>
      changeMember(db, { organization: 'guild', user: 'rival', role, now });
    await change('member');
    expect(await names()).toEqual(['acme', 'guild', 'rival']);
    await change(null);
    expect(await names()).toEqual(['acme', 'rival']);
  });

  it('are those that a service token is for', async () => {
    const { body } = await registry.call('POST', '/tokens', {
      key: registry.rivalKey,
      body: { policy: [{ namespaces: ['rival'] }] },
    });
    const { token } = body as { token: string };
    expect(await registry.namespacesOf(token)).toEqual([{ name: 'rival', since }]);
    registry.clock.now = new Date(later.getTime() + 3_600_000);
    expect(await registry.namespacesOf(token)).toBeUndefined();
  });

  it('are none once the key is revoked, has expired, is of a disabled user, or never was one', async () => {
    const { db, namespacesOf } = registry;
    const { id: userId } = await addUser(db, { id: 'u-1', name: 'carol', now: TEST_NOW });
    const mint = (expiresAt: Date | null) => mintKey(db, { userId, label: 'x', expiresAt, now: TEST_NOW });
    const keys = [await mint(null), await mint(registry.clock.now), await mint(null)];
    expect(await namespacesOf(keys[0] ?? '')).toEqual([]);
    await revokeKey(db, keys[0] ?? '');
    await disableOwner(db, { name: 'carol', now: TEST_NOW });
    for (const key of [...keys, 'tm_none', '', 'tmt_a.b.c']) expect(await namespacesOf(key)).toBeUndefined();
  });
});
