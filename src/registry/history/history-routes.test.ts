import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry, AuditList, RegistryTombstone } from '#contract/activity.ts';
import { engines } from '#e2e/support/databases.ts';
import {
  addBelongings,
  createTestRegistry,
  TEST_NOW,
  type TestRegistry,
} from '#e2e/support/test-registry.ts';
import { mintKey } from '#registry/access/key-store.ts';
import { addOrganization, changeMember } from '#registry/people/organization-store.ts';
import { addUser } from '#registry/people/people-store.ts';

const HOUR = 3_600_000;

describe.each(engines)('what changed on %s', (engine) => {
  let registry: TestRegistry;
  let carol: string;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    const { db } = registry;
    const { id } = await addUser(db, { id: 'carol', name: 'carol', now: TEST_NOW });
    carol = await mintKey(db, { userId: id, label: 'Laptop', expiresAt: null, now: TEST_NOW });
    await addOrganization(db, { id: 'org-1', name: 'guild', admin: 'carol', now: TEST_NOW });
    await registry.call('PUT', '/namespaces/guild-hall', { key: carol, body: { organizationId: 'org-1' } });
    await registry.call('PUT', '/namespaces/carol', { key: carol });
  });
  afterAll(async () => registry.drop());
  beforeEach(async () => registry.clear());

  const server = (name: string) => `/servers/${encodeURIComponent(name)}`;
  const put = async (name: string, key = registry.ownerKey) => {
    expect((await registry.call('PUT', server(name), { key })).status).toBe(201);
  };
  const list = async (query = '', key = carol): Promise<AuditList> => {
    const answer = await registry.call('GET', `/-/audit${query}`, { key });
    expect(answer.status).toBe(200);
    return answer.body as AuditList;
  };
  const brief = ({ action, target, actor }: AuditEntry) => `${actor.user} ${action} ${target}`;
  const seen = async (query = '', key = carol) => (await list(query, key)).entries.map(brief);

  it('tells who did what to which server, from where, with old and new values', async () => {
    const source = {
      operationId: 'an-operation',
      requestId: 'a-request',
      address: '192.0.2.1',
      product: 'Firefox 153',
    };
    const send = (method: string, body: object, headers: Record<string, string>, from: object) =>
      registry.fetch(
        new Request(`http://desk.test${server('carol/one')}`, {
          method,
          headers: { Authorization: `Bearer ${carol}`, ...headers },
          body: JSON.stringify(body),
        }),
        from,
      );
    await send('PUT', { displayName: 'One' }, { 'User-Agent': 'Ae/JS 0.62.0' }, { address: '192.0.2.7' });
    registry.clock.now = new Date(TEST_NOW.getTime() + 5);
    const long = 'x'.repeat(1000);
    await send(
      'PATCH',
      { displayName: 'One', description: long, unlisted: true },
      {},
      { origin: 'desk', ...source },
    );
    const { entries } = await list();
    const id = entries[0]?.targetId;
    expect(entries).toEqual([
      {
        id: expect.any(String),
        at: '2026-03-01T12:00:00.005Z',
        action: 'server.update',
        actor: { kind: 'key', user: 'carol', keyId: expect.any(String), keyLabel: 'Laptop' },
        origin: 'desk',
        ...source,
        target: 'carol/one',
        targetId: id,
        namespace: 'carol',
        changes: [
          { field: 'description', before: '', after: `${'x'.repeat(299)}…` },
          { field: 'unlisted', before: false, after: true },
        ],
        outcome: 'applied',
        note: null,
      },
      expect.objectContaining({
        action: 'server.create',
        origin: 'cli',
        product: 'Smithery CLI',
        address: '192.0.2.7',
        operationId: null,
        targetId: id,
        changes: [{ field: 'displayName', before: null, after: 'One' }],
      }),
    ]);
  });

  it('shows to each what they did and what was done to theirs, and to administrators all', async () => {
    await put('acme/one');
    await put('carol/one', carol);
    await put('guild-hall/one', carol);
    const { db } = registry;
    await changeMember(db, { organization: 'guild', user: 'rival', role: 'member', now: TEST_NOW });
    await put('guild-hall/two', registry.rivalKey);
    const token = async (policy: object) =>
      (await registry.call('POST', '/tokens', { key: carol, body: { policy: [policy] } })).body as {
        token: string;
      };
    const limited = await token({ namespaces: ['carol'] });
    const only = '?action=server.create';
    expect(await seen(only)).toEqual([
      'rival server.create guild-hall/two',
      'carol server.create guild-hall/one',
      'carol server.create carol/one',
    ]);
    expect(await seen(only, limited.token)).toEqual(['carol server.create carol/one']);
    expect(await seen(only, registry.rivalKey)).toEqual([
      'rival server.create guild-hall/two',
      'carol server.create guild-hall/one',
    ]);
    expect(await seen(only, registry.ownerKey)).toHaveLength(4);
    const ofAdmin = (await registry.call('POST', '/tokens')).body as { token: string };
    expect(await seen(only, ofAdmin.token)).toEqual(['owner server.create acme/one']);
    await changeMember(db, { organization: 'guild', user: 'rival', role: null, now: TEST_NOW });
    expect(await seen(only, registry.rivalKey)).toEqual(['rival server.create guild-hall/two']);
  });

  it('tells of a server under the names it had before, to those who could find it by this one', async () => {
    await put('carol/one', carol);
    const become = async (qualified_name: string, namespace: string, unlisted: number) =>
      registry.db.updateTable('servers').set({ qualified_name, namespace, unlisted }).execute();
    await become('carol/two', 'carol', 1);
    expect(await seen('?server=carol/two')).toEqual(['carol server.create carol/one']);
    await become('rival/hidden', 'rival', 1);
    expect(await seen('?server=rival/hidden')).toEqual([]);
    expect(await seen('?server=rival/hidden', registry.ownerKey)).toHaveLength(1);
    await become('rival/hidden', 'rival', 0);
    expect(await seen('?server=rival/hidden')).toHaveLength(1);
  });

  it('tells a service token nothing beyond its limits', async () => {
    await put('carol/one', carol);
    await put('guild-hall/one', carol);
    const token = async (body: object) =>
      ((await registry.call('POST', '/tokens', { key: carol, body })).body as { token: string }).token;
    const ofServers = await token({ policy: [{ resources: ['servers'] }] });
    const ofThings = await token({ policy: [{ resources: ['servers', 'namespaces'] }] });
    const ofGuild = await token({ organizationId: 'org-1' });
    await registry.call('PUT', '/namespaces/guild-yard', { key: carol, body: { organizationId: 'org-1' } });
    const servers = ['carol server.create guild-hall/one', 'carol server.create carol/one'];
    expect(await seen('', ofServers)).toEqual(servers);
    expect(await seen('', ofThings)).toEqual(['carol namespace.create guild-yard', ...servers]);
    // What its maker did for themselves is not the organization's.
    expect(await seen('', ofGuild)).toEqual([
      'carol namespace.create guild-yard',
      'carol token.create carol',
      'carol server.create guild-hall/one',
    ]);
    await registry.call('DELETE', '/namespaces/guild-yard', { key: carol });
  });

  it('tells nothing of a namespace from before or after it was theirs', async () => {
    await registry.call('PUT', '/namespaces/lent', { key: carol });
    await put('lent/one', carol);
    await registry.call('DELETE', server('lent/one'), { key: carol });
    await registry.call('DELETE', '/namespaces/lent', { key: carol });
    registry.clock.now = new Date(TEST_NOW.getTime() + 31 * 24 * HOUR);
    await registry.call('PUT', '/namespaces/lent', { key: registry.rivalKey });
    await put('lent/one', registry.rivalKey);
    expect(await seen('?server=lent/one', registry.rivalKey)).toEqual(['rival server.create lent/one']);
    expect(await seen('?server=lent/one')).toEqual([
      'carol server.delete lent/one',
      'carol server.create lent/one',
    ]);
  });

  it('is told in pages, newest first, and narrowed by every filter', async () => {
    const names = ['carol/one', 'carol/two', 'carol/three-100'];
    for (const [hours, name] of names.entries()) {
      registry.clock.now = new Date(TEST_NOW.getTime() + hours * HOUR);
      await put(name, carol);
    }
    await registry.call('DELETE', server('carol/two'), { key: carol });
    await put('guild-hall/one', carol);
    await registry.call('PATCH', server('guild-hall/one'), {
      body: { description: 'ÜBER 100%' },
      key: carol,
    });
    const whole = await seen('?action=server.create,server.delete,server.update');
    expect(whole).toEqual([
      'carol server.update guild-hall/one',
      'carol server.create guild-hall/one',
      'carol server.delete carol/two',
      'carol server.create carol/three-100',
      'carol server.create carol/two',
      'carol server.create carol/one',
    ]);
    const paged: string[] = [];
    let before: string | null = '';
    while (before !== null) {
      const page: AuditList = await list(`?limit=2${before === '' ? '' : `&before=${before}`}`);
      paged.push(...page.entries.map(brief));
      before = page.nextBefore;
    }
    expect(paged).toEqual(whole);
    const at = (hours: number) => new Date(TEST_NOW.getTime() + hours * HOUR).toISOString();
    expect(await seen(`?from=${at(1)}&to=${at(2)}`)).toEqual(['carol server.create carol/two']);
    expect(await seen('?server=carol/two')).toHaveLength(2);
    expect(await seen('?q=über%20100%25')).toEqual(['carol server.update guild-hall/one']);
    expect(await seen('?q=100_')).toEqual([]);
    expect(await seen('?person=carol&action=server.delete')).toEqual(['carol server.delete carol/two']);
    expect(await seen('?person=owner')).toEqual([]);
    expect(await seen('?outcome=failed')).toEqual([]);
    expect(await seen('?outcome=applied&limit=1')).toHaveLength(1);
    for (const [wrong, field] of [
      ['limit=201', 'limit'],
      ['limit=0', 'limit'],
      ['action=server.eat', 'action'],
      ['outcome=odd', 'outcome'],
      ['from=yesterday', 'from'],
      ['to=2026-03-01', 'to'],
      ['operation=a%00b', 'operation'],
    ]) {
      const refused = await registry.call('GET', `/-/audit?${wrong}`, { key: carol });
      expect([wrong, refused.status]).toEqual([wrong, 400]);
      expect(refused.headers.get('Touchmark-Field')).toBe(field);
    }
  });

  it('follows a server through its names', async () => {
    await put('carol/one', carol);
    const body = { targetNamespace: 'guild-hall', targetOrganizationId: 'org-1', targetSlug: 'new' };
    expect(
      (await registry.call('POST', `${server('carol/one')}/transfer`, { key: carol, body })).status,
    ).toBe(200);
    await registry.call('PATCH', server('guild-hall/new'), { key: carol, body: { license: 'MIT' } });
    expect((await list('?server=guild-hall/new')).entries).toMatchObject([
      { action: 'server.update', changes: [{ field: 'license', before: null, after: 'MIT' }] },
      {
        action: 'server.transfer',
        target: 'carol/one',
        changes: [{ field: 'qualifiedName', before: 'carol/one', after: 'guild-hall/new' }],
      },
      { action: 'server.create' },
    ]);
    await changeMember(registry.db, { organization: 'guild', user: 'rival', role: 'member', now: TEST_NOW });
    expect(await seen('?server=guild-hall/new', registry.rivalKey)).toEqual([
      'carol server.update guild-hall/new',
      'carol server.transfer carol/one',
    ]);
    await changeMember(registry.db, { organization: 'guild', user: 'rival', role: null, now: TEST_NOW });
  });

  it('leaves no row of what was refused, or found as it was', async () => {
    await put('carol/one', carol);
    await put('carol/one', carol);
    await registry.call('DELETE', server('carol/one'), { key: registry.rivalKey });
    await registry.call('PATCH', server('carol/one'), { key: registry.rivalKey, body: { unlisted: true } });
    await registry.call('DELETE', server('carol/none'), { key: carol });
    expect(await seen('', registry.ownerKey)).toEqual(['carol server.create carol/one']);
  });

  describe('a tombstone', () => {
    const tombstone = async (name: string, key = carol): Promise<RegistryTombstone | number> => {
      const answer = await registry.call('GET', `/-/tombstones/${encodeURIComponent(name)}`, { key });
      return answer.status === 200 ? (answer.body as RegistryTombstone) : answer.status;
    };

    it('tells who deleted it, what went with it and until when its name is held', async () => {
      await put('carol/one', carol);
      await addBelongings(registry, 'carol/one');
      await registry.call('DELETE', server('carol/one'), { key: carol });
      expect(await tombstone('carol/one')).toEqual({
        qualifiedName: 'carol/one',
        id: expect.any(String),
        displayName: 'one',
        entry: expect.objectContaining({ action: 'server.delete', target: 'carol/one' }),
        went: { releases: 1, secrets: 1, domains: 1, icons: 1, calls: 1 },
        heldUntil: '2026-03-31T12:00:00.000Z',
        movedTo: null,
      });
      expect(await tombstone('carol/one', registry.rivalKey)).toBe(404);
      expect(await tombstone('carol/one', registry.ownerKey)).toMatchObject({ displayName: 'one' });
      expect(await tombstone('carol/never')).toBe(404);
    });

    it('is not of a held name once its owner took that again', async () => {
      await put('carol/one', carol);
      await registry.call('DELETE', server('carol/one'), { key: carol });
      await put('carol/one', carol);
      expect(await tombstone('carol/one')).toMatchObject({
        entry: { action: 'server.delete' },
        heldUntil: null,
      });
    });

    it('stays when its name is free again, and says what is known where its entry is not there', async () => {
      await put('carol/one', carol);
      await registry.call('DELETE', server('carol/one'), { key: carol });
      await registry.db.deleteFrom('deleted_servers').execute();
      expect(await tombstone('carol/one')).toMatchObject({
        displayName: 'one',
        went: {},
        heldUntil: null,
        entry: { action: 'server.delete' },
      });
      await put('carol/two', carol);
      await registry.call('DELETE', server('carol/two'), { key: carol });
      await registry.db.deleteFrom('audit_entries').execute();
      expect(await tombstone('carol/two')).toMatchObject({
        displayName: 'two',
        entry: null,
        went: null,
        heldUntil: '2026-03-31T12:00:00.000Z',
      });
    });

    it('of a name that was left says where its server went, to those who may see it there', async () => {
      await put('carol/one', carol);
      const body = { targetNamespace: 'carol', targetOrganizationId: 'carol', targetSlug: 'new' };
      await registry.call('POST', `${server('carol/one')}/transfer`, { key: carol, body });
      expect(await tombstone('carol/one')).toMatchObject({
        movedTo: 'carol/new',
        went: null,
        entry: { action: 'server.transfer' },
      });
      await registry.call('DELETE', server('carol/new'), { key: carol });
      expect(await tombstone('carol/one')).toMatchObject({ movedTo: null });
      expect(await tombstone('carol/new')).toMatchObject({ movedTo: null, displayName: 'one' });
    });
  });
});
