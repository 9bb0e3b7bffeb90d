import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, dumpTables, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { mintKey } from '#registry/access/key-store.ts';
import { addOrganization, changeMember, listOrganizations } from './organization-store.ts';
import { addUser, disableOwner, listUsers, PeopleError } from './people-store.ts';

describe.each(engines)('people on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  afterAll(async () => registry.drop());
  const now = TEST_NOW;
  const add = (name: string) => addUser(registry.db, { id: `id-of-${name}`, name, now });
  const keyOf = (userId: string, expiresAt: Date | null = null) =>
    mintKey(registry.db, { userId, label: 'Test', expiresAt, now });
  const statusWith = async (key: string) => (await registry.call('GET', '/servers', { key })).status;

  it('are listed with what they hold, expired keys aside', async () => {
    const alice = await add('alice');
    await keyOf(alice.id);
    await keyOf(alice.id, new Date(now.getTime() + 1));
    await keyOf(alice.id, now);
    const users = await listUsers(registry.db, now);
    expect(users.map(({ name, keys, namespaces }) => [name, keys, namespaces])).toEqual([
      ['alice', 2, 0],
      ['owner', 1, 1],
      ['rival', 1, 1],
    ]);
  });

  it.each(['al', 'Alice', 'alice smith', '-alice', 'alice-', 'a/b', 'älice', '', 'a'.repeat(40)])(
    'cannot be called %j',
    async (name) => {
      await expect(add(name)).rejects.toThrow(PeopleError);
      await expect(add(name)).rejects.toThrow(/must be 3 to 39 lower-case/);
    },
  );

  it('cannot take a name that a user or an organization has', async () => {
    await addOrganization(registry.db, { id: 'id-of-guild', name: 'guild', admin: null, now });
    const before = await dumpTables(registry);
    await expect(add('owner')).rejects.toThrow('The name owner is taken by a user.');
    await expect(add('guild')).rejects.toThrow('The name guild is taken by an organization.');
    await expect(
      addOrganization(registry.db, { id: 'other', name: 'rival', admin: 'owner', now }),
    ).rejects.toThrow('taken by a user');
    await expect(
      addOrganization(registry.db, { id: 'other', name: 'other', admin: 'nobody', now }),
    ).rejects.toThrow('There is no user "nobody"');
    expect(await dumpTables(registry)).toEqual(before);
  });

  it('are added once where two add the same name at the same moment', async () => {
    const outcomes = await Promise.allSettled(
      ['one', 'two', 'three'].map((id) => addUser(registry.db, { id, name: 'twin', now })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('that are disabled lose every key at once, and keep what they own', async () => {
    const bob = await add('bob');
    const [first, second] = [await keyOf(bob.id), await keyOf(bob.id)];
    const { body } = await registry.call('POST', '/tokens', { key: first });
    const { token } = body as { token: string };
    await registry.call('PUT', '/namespaces/bobs-things', { key: first });
    expect(await disableOwner(registry.db, { name: 'bob', now })).toMatchObject({ keys: 2, namespaces: 1 });
    for (const key of [first, second, token, await keyOf(bob.id)]) expect(await statusWith(key)).toBe(401);
    expect(await statusWith(registry.ownerKey)).toBe(200);
    const { body: found } = await registry.call('GET', '/namespaces?q=bobs');
    expect(found).toMatchObject({ namespaces: [{ name: 'bobs-things' }] });
    await expect(disableOwner(registry.db, { name: 'bob', now })).rejects.toThrow(/bob is disabled since/);
    await expect(add('bob')).rejects.toThrow('taken by a disabled user');
    await expect(disableOwner(registry.db, { name: 'nobody', now })).rejects.toThrow('There is no user');
    await expect(disableOwner(registry.db, { name: 'owner', now })).rejects.toThrow(/sign-in links/);
    expect(await statusWith(registry.ownerKey)).toBe(200);
  });

  it('join organizations, change their role and leave', async () => {
    const change = (user: string, role: 'admin' | 'member' | null, organization = 'guild') =>
      changeMember(registry.db, { organization, user, role, now });
    await change('rival', 'member');
    const grown = await change('alice', 'admin');
    expect(grown.members).toEqual([
      { user: 'alice', role: 'admin' },
      { user: 'rival', role: 'member' },
    ]);
    expect((await change('rival', 'admin')).members).toContainEqual({ user: 'rival', role: 'admin' });
    expect((await change('alice', null)).members).toEqual([{ user: 'rival', role: 'admin' }]);
    expect(await listOrganizations(registry.db)).toMatchObject([
      { name: 'guild', members: [{ user: 'rival' }] },
    ]);
    for (const [user, role, organization, text] of [
      ['alice', null, 'guild', 'alice is no member of guild.'],
      ['alice', 'member', 'rival', 'There is no organization "rival"'],
      ['nobody', 'member', 'guild', 'There is no user "nobody"'],
      ['bob', 'member', 'guild', 'bob is disabled'],
      ['guild', 'member', 'guild', 'only users can be members'],
    ] as const) {
      await expect(change(user, role, organization)).rejects.toThrow(text);
    }
  });
});
