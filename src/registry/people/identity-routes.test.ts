import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Identity } from '#contract/identity.ts';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { mintKey } from '#registry/access/key-store.ts';
import { addOrganization, changeMember } from './organization-store.ts';
import { addUser, disableOwner } from './people-store.ts';

describe.each(engines)('whose key it is, on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    const { db } = registry;
    for (const name of ['zeta', 'acme-org', 'closed']) {
      await addOrganization(db, { id: `org-${name}`, name, admin: null, now: TEST_NOW });
      await changeMember(db, { organization: name, user: 'owner', role: 'member', now: TEST_NOW });
    }
    await disableOwner(db, { name: 'closed', now: TEST_NOW });
    await addUser(db, { id: 'user-lone', name: 'lone', now: TEST_NOW });
  });
  afterAll(async () => registry.drop());

  const identity = async (key: string): Promise<Identity> => {
    const { status, body } = await registry.call('GET', '/-/identity', { key });
    expect(status).toBe(200);
    return body as Identity;
  };
  const mint = (userId: string, label: string, expiresAt: Date | null = null) =>
    mintKey(registry.db, { userId, label, expiresAt, now: TEST_NOW });

  it('is told with its label, when it ends, and the organizations of its user that are not disabled', async () => {
    expect(await identity(registry.ownerKey)).toEqual({
      user: 'owner',
      isOrganization: false,
      keyLabel: 'First key',
      keyExpiresAt: null,
      organizations: ['acme-org', 'zeta'],
      isAdmin: true,
    });
    const end = new Date(TEST_NOW.getTime() + 3_600_000);
    expect(await identity(await mint('user-lone', 'CI <b>ünï</b>', end))).toMatchObject({
      user: 'lone',
      keyLabel: 'CI <b>ünï</b>',
      keyExpiresAt: end.toISOString(),
      organizations: [],
      isAdmin: false,
    });
  });

  it('is the organization where it is an organization’s own', async () => {
    expect(await identity(await mint('org-zeta', 'Deploy'))).toMatchObject({
      user: 'zeta',
      isOrganization: true,
      keyLabel: 'Deploy',
      organizations: [],
    });
  });

  it('is, for a service token, that of its maker, until the token ends', async () => {
    const answer = await registry.call('POST', '/tokens', { body: { policy: [{ ttl: 60 }] } });
    const { token } = answer.body as { token: string };
    expect(await identity(token)).toMatchObject({
      user: 'owner',
      keyLabel: 'First key',
      keyExpiresAt: new Date(TEST_NOW.getTime() + 60_000).toISOString(),
    });
  });
});
