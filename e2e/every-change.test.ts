import { strToU8, zipSync } from 'fflate';
import { dirname } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashToken } from '#platform/sealing.ts';
import type { AuditAction, AuditEntry, AuditList } from '#contract/activity.ts';
import { COMMANDS } from '#cli/command-arguments.ts';
import { readCommand } from '#cli/config.ts';
import { runPeopleCommand } from '#cli/people-command.ts';
import { makeBundle, MANIFEST } from './support/bundles.ts';
import { engines } from './support/databases.ts';
import { startHttpServer, type SocketServer } from './support/mcp-servers.ts';
import { addBelongings, createTestRegistry, TEST_NOW, type TestRegistry } from './support/test-registry.ts';
import { mintKey } from '#registry/access/key-store.ts';
import { registryContext } from '#registry/create-registry.ts';
import { sweepOAuth } from '#registry/oauth/oauth-sweeper.ts';
import { addOrganization, changeMember } from '#registry/people/organization-store.ts';
import { setAdmin } from '#registry/people/people-store.ts';
import { setQuotas } from '#registry/quotas/quota-store.ts';
import { endStaleSignIns } from '#registry/release-queue/release-outcomes.ts';
import { registryRoutes } from '#registry/routes.ts';
import { writeLostSecrets } from '#registry/secrets/lost-secrets.ts';
import { forgetEntries } from '#registry/history/audit-sweeper.ts';
import { writeSession } from '#registry/history/session-audit.ts';

interface Step {
  path: string;
  body?: () => unknown;
  writes: AuditAction;
}

const SECRET = 'a-value-that-nobody-may-see';
const WEATHER = '/servers/acme%2Fweather';

const fileOf = (field: string, bytes: Uint8Array<ArrayBuffer>): FormData => {
  const form = new FormData();
  form.append(field, new Blob([bytes]), 'file');
  return form;
};
const publishing = (): FormData => {
  const form = fileOf('bundle', new Uint8Array(makeBundle()));
  form.append('payload', JSON.stringify({ type: 'stdio', runtime: 'node' }));
  return form;
};
const skill = () =>
  fileOf('archive', zipSync({ 'SKILL.md': strToU8('---\nname: forecast\ndescription: Tells\n---\nTell.') }));

// Every route that changes something; a new one fails until it has a line here. `null`: it writes nothing that is an owner's.
const routes: Record<string, Step | null> = {
  'PUT /servers/:qualifiedName': { path: '/servers/acme%2Ffresh', writes: 'server.create' },
  'PUT /namespaces/:namespace/servers/:server': {
    path: '/namespaces/acme/servers/another',
    writes: 'server.create',
  },
  'PATCH /servers/:qualifiedName': {
    path: WEATHER,
    body: () => ({ displayName: 'Changed' }),
    writes: 'server.update',
  },
  'DELETE /servers/:qualifiedName': { path: WEATHER, writes: 'server.delete' },
  'POST /servers/:qualifiedName/transfer': {
    path: `${WEATHER}/transfer`,
    body: () => ({ targetNamespace: 'acme', targetOrganizationId: owned.ownerId, targetSlug: 'moved' }),
    writes: 'server.transfer',
  },
  'PUT /servers/:qualifiedName/releases': {
    path: `${WEATHER}/releases`,
    body: publishing,
    writes: 'release.publish',
  },
  'POST /servers/:qualifiedName/releases/:id/resume': {
    path: `${WEATHER}/releases/waiting/resume`,
    writes: 'release.resume',
  },
  'PUT /servers/:qualifiedName/secrets': {
    path: `${WEATHER}/secrets`,
    body: () => ({ name: 'OTHER', value: SECRET }),
    writes: 'secret.set',
  },
  'DELETE /servers/:qualifiedName/secrets/:secretName': {
    path: `${WEATHER}/secrets/TOKEN`,
    writes: 'secret.delete',
  },
  'PATCH /servers/:qualifiedName/domains/:domainId': {
    path: `${WEATHER}/domains/managed`,
    body: () => ({ subdomain: 'fresh-one' }),
    writes: 'domain.set',
  },
  'PUT /servers/:qualifiedName/icon': {
    path: `${WEATHER}/icon`,
    body: () => fileOf('icon', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])),
    writes: 'icon.set',
  },
  'DELETE /servers/:qualifiedName/icon': { path: `${WEATHER}/icon`, writes: 'icon.delete' },
  'POST /namespaces': { path: '/namespaces', writes: 'namespace.create' },
  'PUT /namespaces/:name': { path: '/namespaces/fresh-ns', writes: 'namespace.create' },
  'DELETE /namespaces/:name': { path: '/namespaces/empty-ns', writes: 'namespace.delete' },
  'POST /skills': {
    path: '/skills',
    body: () => ({ namespace: 'acme', slug: 'other', gitUrl: 'https://github.com/acme/other' }),
    writes: 'skill.set',
  },
  'PUT /skills/:namespace/:slug': {
    path: '/skills/acme/forecast',
    body: () => ({ gitUrl: 'https://github.com/acme/other' }),
    writes: 'skill.set',
  },
  'POST /skills/:namespace/:slug/sync': { path: '/skills/acme/linked/sync', writes: 'skill.set' },
  'PUT /skills/:namespace/:slug/upload': {
    path: '/skills/acme/forecast/upload',
    body: skill,
    writes: 'skill.set',
  },
  'DELETE /skills/:namespace/:slug': { path: '/skills/acme/forecast', writes: 'skill.delete' },
  'POST /tokens': { path: '/tokens', writes: 'token.create' },
  'POST /organizations/:orgId/api-keys': {
    path: '/organizations/org-1/api-keys',
    body: () => ({ name: 'New' }),
    writes: 'key.create',
  },
  'DELETE /organizations/:orgId/api-keys/:keyId': {
    path: '/organizations/org-1/api-keys/key-of-org',
    writes: 'key.delete',
  },
  'POST /oauth/requests/:requestId': {
    path: '/oauth/requests/a-request',
    body: () => ({ allow: true, servers: ['acme/weather'] }),
    writes: 'client.allow',
  },
  'DELETE /oauth/grants/:grantId': { path: '/oauth/grants/grant', writes: 'client.end' },
  // Calls of a server change nothing here.
  'POST /mcp/:qualifiedName': null,
  'DELETE /mcp/:qualifiedName': null,
};

// The words of every command about people, in an order in which each finds what it needs; null: it changes nothing.
const commands: Record<string, [words: string[], writes: AuditAction] | null> = {
  'sign-in-link': null,
  'user add': [['user', 'add', 'dora'], 'user.create'],
  'user list': null,
  'user admin': [['user', 'admin', 'dora', 'on'], 'user.change'],
  'user quota': [['user', 'quota', 'dora', '--max-servers', '7'], 'user.change'],
  'key create': [['key', 'create', 'dora', '--label', 'Laptop'], 'key.create'],
  'key list': null,
  'key revoke': [['key', 'revoke', 'a-key-of-dora'], 'key.delete'],
  'org add': [['org', 'add', 'crew', '--admin', 'dora'], 'organization.create'],
  'org list': null,
  'org member': [['org', 'member', 'crew', 'rival'], 'member.add'],
  'user disable': [['user', 'disable', 'dora'], 'user.change'],
};
const OF_DATA = new Set(['backup', 'restore', 'check', 'audit', 'migrate-database']);

const owned = { ownerId: '' };

describe.each(engines)('every change on %s is a row', (engine) => {
  let registry: TestRegistry;
  let github: SocketServer;
  beforeAll(async () => {
    github = await startHttpServer((_, response) => {
      response.end('---\nname: other\ndescription: Of GitHub\n---\nTell.');
    });
    registry = await createTestRegistry(engine, {
      allowPrivateUpstreams: true,
      gitFilesUrl: github.origin,
    });
    owned.ownerId = registry.ownerId;
    await addOrganization(registry.db, { id: 'org-1', name: 'the-org', admin: 'owner', now: TEST_NOW });
  });
  afterAll(async () => {
    await registry.drop();
    await github.close();
  });

  beforeEach(async () => {
    const { db, ownerId } = registry;
    await registry.clear();
    await db.deleteFrom('oauth_clients').execute();
    await db.deleteFrom('namespaces').where('name', 'in', ['empty-ns', 'fresh-ns']).execute();
    await db.deleteFrom('api_keys').where('user_id', '=', 'org-1').execute();
    await registry.put('acme/weather');
    await addBelongings(registry, 'acme/weather');
    await registry.call('PUT', '/namespaces/empty-ns');
    await registry.call('PUT', '/skills/acme/forecast/upload', { body: skill() });
    await registry.call('PUT', '/skills/acme/linked', { body: { gitUrl: 'https://github.com/acme/linked' } });
    await mintKey(db, { id: 'key-of-org', userId: 'org-1', label: 'Org', expiresAt: null, now: TEST_NOW });
    const at = TEST_NOW.toISOString();
    const { rid } = await db.selectFrom('servers').select('rid').executeTakeFirstOrThrow();
    const payload = JSON.stringify({
      type: 'external',
      upstreamUrl: 'https://up.test/mcp',
      hasCredentials: false,
    });
    const waiting = { status: 'AUTH_REQUIRED' as const, type: 'external_shttp' as const, payload };
    await db
      .insertInto('releases')
      .values({ id: 'waiting', server_rid: rid, created_at: '2026-03-02', updated_at: at, ...waiting })
      .execute();
    const client = { id: 'client', name: 'A client', redirect_uris: '[]' };
    await db
      .insertInto('oauth_clients')
      .values({ ...client, kind: 'registered', created_at: at })
      .execute();
    const redirect_uri = 'https://client.test/';
    await db
      .insertInto('oauth_grants')
      .values({ id: 'grant', user_id: ownerId, client_id: 'client', redirect_uri, created_at: at })
      .execute();
    await db
      .insertInto('oauth_requests')
      .values({
        hash: hashToken('a-request'),
        client_id: 'client',
        redirect_uri,
        code_challenge: 'c',
        server_name: 'acme/weather',
        expires_at: '2027-01-01T00:00:00.000Z',
      })
      .execute();
    await db.deleteFrom('audit_entries').execute();
  });

  const written = async (): Promise<AuditEntry[]> =>
    ((await registry.call('GET', '/-/audit?limit=200')).body as AuditList).entries;

  it('of every route that is not one of reading, and none stands here that is no route', async () => {
    const { context, close } = registryContext(registry.registryOptions);
    const changing = registryRoutes(context)
      .routes.filter(({ path, method }) => path !== '/*' && !['ALL', 'GET'].includes(method))
      .map(({ path, method }) => `${method} ${path}`);
    await close();
    expect(Object.keys(routes).sort()).toEqual([...new Set(changing)].sort());
  });

  const reachable = Object.entries(routes).filter(([, step]) => step !== null);

  it.each(reachable)('%s', async (route, step) => {
    if (step === null) return;
    const [method = ''] = route.split(' ');
    const body = step.body?.();
    const { status } = await registry.call(method, step.path, body === undefined ? {} : { body });
    expect([200, 201, 202]).toContain(status);
    const entries = await written();
    expect(entries.find(({ action }) => action === step.writes)).toMatchObject({
      action: step.writes,
      outcome: 'applied',
      origin: 'api',
      actor: { kind: 'key', user: 'owner', keyLabel: 'First key' },
      target: expect.stringMatching(/\w/),
    });
    // A release also cancels the one that waits.
    const own = entries.filter(({ actor }) => actor.kind === 'key');
    expect(own).toHaveLength(step.writes === 'release.publish' ? 2 : 1);
    expect(JSON.stringify(entries)).not.toContain(SECRET);
  });

  it.each(Object.entries(commands))('touchmark %s', async (_name, command) => {
    if (command === null) return;
    const { location, db } = registry;
    const place =
      location.engine === 'sqlite' ? ['--data', dirname(location.path)] : ['--database', location.url];
    const [words, writes] = command;
    if (words.includes('a-key-of-dora')) {
      const { id: userId } = await db
        .selectFrom('users')
        .select('id')
        .where('name', '=', 'dora')
        .executeTakeFirstOrThrow();
      const key = { id: 'a-key-of-dora', userId, label: 'Old', expiresAt: null, now: TEST_NOW };
      await mintKey(db, key);
      await db.deleteFrom('audit_entries').execute();
    }
    const read = readCommand([...words, ...place], {});
    if (read.command !== 'people') throw new Error('expected a command about people');
    await runPeopleCommand(read, TEST_NOW);
    expect(await written()).toEqual([
      expect.objectContaining({
        action: writes,
        origin: 'command',
        actor: { kind: 'operator', user: null, keyId: null, keyLabel: null },
        target: expect.stringMatching(/^(dora|crew)$/),
      }),
    ]);
  });

  it('has every command about people in its table', () => {
    expect(Object.keys(commands).sort()).toEqual(
      Object.keys(COMMANDS)
        .filter((name) => !OF_DATA.has(name))
        .sort(),
    );
  });

  it('of what ends by itself: releases, sign-ins waited for, clients that came no more', async () => {
    const { db } = registry;
    await registry.call('PUT', `${WEATHER}/releases`, { body: publishing() });
    const later = new Date(TEST_NOW.getTime() + 1000);
    await expect
      .poll(async () => (await written()).filter(({ action }) => action === 'release.outcome').length)
      .toBe(2);
    await db.updateTable('releases').set({ status: 'AUTH_REQUIRED' }).where('id', '=', 'waiting').execute();
    const line = { level: 'error', message: 'It took too long' } as const;
    await endStaleSignIns(db, { waitingSince: later, line, now: later });
    await sweepOAuth(db, later);
    const entries = await written();
    expect(entries.map(({ action, outcome, actor }) => `${actor.kind} ${action} ${outcome}`).sort()).toEqual([
      'key release.outcome failed',
      'key release.publish applied',
      'registry client.end applied',
      'registry release.outcome failed',
      'registry release.outcome succeeded',
    ]);
    expect(entries.find(({ outcome }) => outcome === 'succeeded')?.changes).toContainEqual({
      field: 'liveRelease',
      before: null,
      after: expect.any(String),
    });
  });

  it('with what a release changed of how its server is shown, old and new, and what it took along', async () => {
    const { db } = registry;
    await db
      .insertInto('owner_quotas')
      .values({ owner_id: owned.ownerId, kind: 'releases', amount: 1 })
      .execute();
    await db.updateTable('releases').set({ status: 'FAILURE' }).where('id', '=', 'waiting').execute();
    await db.updateTable('servers').set({ live_release_id: null }).execute();
    const told = fileOf(
      'bundle',
      new Uint8Array(makeBundle({ manifest: { ...MANIFEST, display_name: 'Sky' } })),
    );
    told.append('payload', JSON.stringify({ type: 'stdio', runtime: 'node' }));
    await registry.call('PUT', `${WEATHER}/releases`, { body: told });
    const outcome = async () => (await written()).find(({ outcome: how }) => how === 'succeeded');
    await expect.poll(outcome).toBeDefined();
    await db.deleteFrom('owner_quotas').execute();
    const published = (await written()).find(({ action }) => action === 'release.publish');
    expect(published?.changes).toContainEqual({ field: 'oldReleases', before: 2, after: 0 });
    expect((await outcome())?.changes).toContainEqual({
      field: 'displayName',
      before: 'weather',
      after: 'Sky',
    });
  });

  it('of secrets that are given up with what they were sealed with, and of the sessions', async () => {
    const { db } = registry;
    await registry.call('PUT', `${WEATHER}/secrets`, { body: { name: 'OTHER', value: SECRET } });
    await db.deleteFrom('audit_entries').execute();
    await db.transaction().execute(async (trx) => writeLostSecrets(trx, { sessions: 2, now: TEST_NOW }));
    const operator = { origin: 'command', note: 'Started with --new-secret.' };
    expect(await written()).toMatchObject([
      { ...operator, action: 'session.end', changes: [{ field: 'sessions', before: 2, after: 0 }] },
      { ...operator, action: 'secret.lost', target: 'acme/weather', changes: [{ field: 'OTHER' }] },
    ]);
  });

  it('and none where nothing changes', async () => {
    const { db } = registry;
    const domain = { body: { subdomain: 'acme-weather' } };
    expect((await registry.call('PATCH', `${WEATHER}/domains/managed`, domain)).status).toBe(200);
    const isThere = ['/servers/acme%2Fweather', '/namespaces/acme'];
    for (const path of isThere) expect([200, 201]).toContain((await registry.call('PUT', path)).status);
    for (const path of [`${WEATHER}/secrets/NONE`, '/servers/acme%2Fnone', '/skills/acme/none']) {
      expect([200, 404]).toContain((await registry.call('DELETE', path)).status);
    }
    await setAdmin(db, { name: 'owner', isAdmin: true, now: TEST_NOW });
    const member = { organization: 'the-org', user: 'owner', role: 'admin' as const, now: TEST_NOW };
    await changeMember(db, member);
    await setQuotas(db, { ownerId: owned.ownerId, changes: { servers: null }, now: TEST_NOW });
    expect(await written()).toEqual([]);
  });

  it('that goes where its change is taken back', async () => {
    const refused = await registry.call('PUT', `${WEATHER}/secrets`, { body: { name: '1', value: 'x' } });
    expect(refused.status).toBe(400);
    const taken = { targetNamespace: 'acme', targetOrganizationId: owned.ownerId, targetSlug: 'taken' };
    await registry.put('acme/taken');
    await registry.db.deleteFrom('audit_entries').execute();
    expect((await registry.call('POST', `${WEATHER}/transfer`, { body: taken })).status).toBe(409);
    expect(await written()).toEqual([]);
  });

  it('that stays as long as activity is kept, and no longer', async () => {
    await registry.call('PATCH', WEATHER, { body: { license: 'MIT' } });
    expect(await forgetEntries(registry.db, TEST_NOW)).toBe(0);
    expect(await forgetEntries(registry.db, new Date(TEST_NOW.getTime() + 1))).toBe(1);
    expect(await written()).toEqual([]);
    expect(await registry.db.selectFrom('audit_viewers').selectAll().execute()).toEqual([]);
  });

  it('that counts the refused of an hour by their address, in a bounded number', async () => {
    const { context, close } = registryContext(registry.registryOptions);
    const refuse = async (address: string) =>
      registry.db
        .transaction()
        .execute(async (db) => writeSession({ ...context, db }, { action: 'session.refused' }, { address }));
    for (let n = 0; n < 210; n += 1) await refuse(`192.0.2.${n}`);
    await Promise.all([refuse('192.0.2.1'), refuse('192.0.2.1')]);
    await close();
    const entries = await registry.db
      .selectFrom('audit_entries')
      .select(['address', 'times'])
      .where('action', '=', 'session.refused')
      .execute();
    expect(entries).toHaveLength(201);
    expect(entries.find(({ address }) => address === '192.0.2.1')?.times).toBe(3);
    expect(entries.find(({ address }) => address === null)?.times).toBe(10);
  });
});
