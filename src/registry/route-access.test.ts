import { Readable } from 'node:stream';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBundle } from '#e2e/support/bundles.ts';
import { engines } from '#e2e/support/databases.ts';
import { startHttpServer, type SocketServer } from '#e2e/support/mcp-servers.ts';
import {
  addBelongings,
  createTestRegistry,
  dumpTables,
  TEST_NOW,
  type TestRegistry,
} from '#e2e/support/test-registry.ts';
import { registryContext } from './create-registry.ts';
import { hashToken } from '#platform/sealing.ts';
import { generateKey } from '#registry/access/key-format.ts';
import { addVersion } from '#registry/filing/server-versions.ts';
import { endKey, listKeys, mintKey } from '#registry/access/key-store.ts';
import { addOrganization } from '#registry/people/organization-store.ts';
import { addUser, disableOwner } from '#registry/people/people-store.ts';
import { registryRoutes } from './routes.ts';

/** The status that each kind of caller gets. */
interface Statuses {
  /** No key at all. */
  nobody: number;
  /** Something that is no valid key or token, or not any more. */
  invalid: number;
  /** A service token of the owner, for a namespace that is not asked for. */
  elsewhere: number;
  /** A service token of the owner that may only read. */
  reader: number;
  /** A client that the owner allowed MCP calls of the server that is asked for. */
  client: number;
  /** A key of somebody else. */
  stranger: number;
  owner: number;
}

interface Row {
  statuses: Statuses;
  query: string;
  body?: () => unknown;
}

type Given = Partial<Statuses> & { body?: () => unknown; query?: string };

const row = (usual: Statuses, { body, query = '', ...given }: Given): Row => ({
  statuses: { ...usual, ...given },
  query,
  ...(body === undefined ? {} : { body }),
});
const closed = { nobody: 401, invalid: 401, elsewhere: 403, client: 403 };
const anybody = (given: Given = {}) =>
  row(
    { nobody: 200, invalid: 200, elsewhere: 200, reader: 200, client: 200, stranger: 200, owner: 200 },
    given,
  );
const anyKey = (given: Given = {}) => row({ ...closed, reader: 200, stranger: 200, owner: 200 }, given);
const ownerReads = (given: Given = {}) => row({ ...closed, reader: 200, stranger: 404, owner: 200 }, given);
const ownerWrites = (given: Given = {}) => row({ ...closed, reader: 403, stranger: 403, owner: 200 }, given);
const executed = (given: Given = {}) =>
  row({ ...closed, reader: 403, client: 200, stranger: 200, owner: 200 }, given);

// Something that is not there, whoever asks with a credential.
const ofNobody = (given: Given = {}) =>
  row({ ...closed, elsewhere: 404, reader: 404, stranger: 404, owner: 404 }, given);

const ping = () => ({ jsonrpc: '2.0', id: 1, method: 'ping' });
const image = () => fileOf('icon', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
const skill = () =>
  fileOf('archive', zipSync({ 'SKILL.md': strToU8('---\nname: forecast\ndescription: Tells\n---\nTell.') }));
const noGit = () => ({ namespace: 'acme', slug: 'other', gitUrl: 'not-a-url' });

function fileOf(field: string, bytes: Uint8Array<ArrayBuffer>): FormData {
  const form = new FormData();
  form.append(field, new Blob([bytes]), 'file');
  return form;
}

function bundleRelease(): FormData {
  const form = fileOf('bundle', new Uint8Array(makeBundle()));
  form.append('payload', JSON.stringify({ type: 'stdio', runtime: 'node' }));
  return form;
}

// Every route of the registry; a new one fails until it has a line here. The owner's statuses above 399 are of
// requests that come to grief only after they were let in.
const table: Record<string, Row> = {
  'GET /health': anybody(),
  'GET /servers': anyKey({ elsewhere: 200 }),
  'GET /-/tools': anyKey({ elsewhere: 200, query: '?q=forecast' }),
  'GET /-/servers': anyKey({ elsewhere: 200 }),
  'GET /-/servers/counts': anyKey({ elsewhere: 200 }),
  'GET /-/audit': anyKey({ elsewhere: 200 }),
  'GET /-/tombstones/:qualifiedName': ownerReads({ reader: 404, owner: 404 }),
  'GET /-/identity': anyKey({ elsewhere: 200 }),
  'GET /v0.1/servers': anyKey({ elsewhere: 200 }),
  'GET /v0.1/servers/:serverName/versions': anyKey({ elsewhere: 404 }),
  'GET /v0.1/servers/:serverName/versions/:version': anyKey({ elsewhere: 404 }),
  'GET /servers/:qualifiedName': anyKey(),
  'PUT /servers/:qualifiedName': ownerWrites({ owner: 201 }),
  'PATCH /servers/:qualifiedName': ownerWrites({ body: () => ({ displayName: 'Changed' }) }),
  'DELETE /servers/:qualifiedName': ownerWrites({ stranger: 404 }),
  'POST /servers/:qualifiedName/transfer': ownerWrites({
    body: () => ({ targetNamespace: 'acme', targetOrganizationId: owned.ownerId, targetSlug: 'moved' }),
  }),
  'GET /servers/:qualifiedName/releases': ownerReads(),
  'PUT /servers/:qualifiedName/releases': ownerWrites({ stranger: 404, owner: 202, body: bundleRelease }),
  'GET /servers/:qualifiedName/releases/:id': ownerReads(),
  'GET /servers/:qualifiedName/releases/:id/stream': ownerReads(),
  'POST /servers/:qualifiedName/releases/:id/resume': ownerWrites({ stranger: 404, owner: 400 }),
  'GET /servers/:qualifiedName/download': anyKey(),
  'GET /servers/:qualifiedName/logs': ownerReads({ stranger: 403 }),
  'GET /servers/:qualifiedName/secrets': ownerReads(),
  'PUT /servers/:qualifiedName/secrets': ownerWrites({
    stranger: 404,
    body: () => ({ name: 'OTHER', value: 'x' }),
  }),
  'DELETE /servers/:qualifiedName/secrets/:secretName': ownerWrites({ stranger: 404 }),
  'GET /servers/:qualifiedName/domains': ownerReads(),
  'PATCH /servers/:qualifiedName/domains/:domainId': ownerWrites({
    stranger: 404,
    body: () => ({ subdomain: 'fresh-one' }),
  }),
  'GET /servers/:qualifiedName/icon': anybody(),
  'PUT /servers/:qualifiedName/icon': ownerWrites({ body: image }),
  'DELETE /servers/:qualifiedName/icon': ownerWrites(),
  'GET /namespaces': anyKey({ elsewhere: 200 }),
  'POST /namespaces': ownerWrites({ stranger: 201, owner: 201 }),
  'PUT /namespaces/:name': ownerWrites({ stranger: 409, owner: 201 }),
  'DELETE /namespaces/:name': ownerWrites({ owner: 409 }),
  'PUT /namespaces/:namespace/servers/:server': ownerWrites({ owner: 201 }),
  'GET /skills': anyKey({ nobody: 200, elsewhere: 200 }),
  'POST /skills': ownerWrites({ owner: 400, body: noGit }),
  'GET /skills/:namespace/:slug': anyKey({ nobody: 200 }),
  'PUT /skills/:namespace/:slug': ownerWrites({ owner: 400, body: noGit }),
  'DELETE /skills/:namespace/:slug': ownerWrites(),
  'POST /skills/:namespace/:slug/sync': ownerWrites({ owner: 422 }),
  'GET /skills/:namespace/:slug/download': anyKey({ nobody: 200 }),
  'PUT /skills/:namespace/:slug/upload': ownerWrites({ body: skill }),
  'GET /skills/:namespace/:slug/.well-known/skills/:path{.+}': anyKey({ nobody: 200 }),
  'POST /tokens': anyKey({ elsewhere: 200 }),
  'GET /organizations/:orgId/api-keys': ownerReads({ reader: 403, stranger: 403 }),
  'POST /organizations/:orgId/api-keys': ownerWrites({ owner: 201, body: () => ({ name: 'New' }) }),
  'DELETE /organizations/:orgId/api-keys/:keyId': ownerWrites(),
  'GET /.well-known/oauth-authorization-server': anybody(),
  'GET /.well-known/openid-configuration': anybody(),
  'GET /.well-known/oauth-protected-resource': anybody(),
  'GET /.well-known/oauth-protected-resource/registry/mcp': anybody(),
  'GET /.well-known/oauth-protected-resource/registry/mcp/:segment': anybody(),
  'GET /oauth/requests/:requestId': ofNobody(),
  'POST /oauth/requests/:requestId': ofNobody({ body: () => ({ allow: false }) }),
  'GET /oauth/grants': ownerWrites({ stranger: 200 }),
  'DELETE /oauth/grants/:grantId': ownerWrites({ stranger: 404 }),
  'GET /mcp/:qualifiedName': executed(),
  'POST /mcp/:qualifiedName': executed({ body: ping }),
  'DELETE /mcp/:qualifiedName': executed(),
};

const params: Record<string, string> = {
  ':qualifiedName': 'acme%2Fweather',
  ':serverName': 'test.desk%2Facme.weather',
  ':version': '1.0.0',
  ':namespace': 'acme',
  ':name': 'acme',
  ':server': 'another',
  ':slug': 'forecast',
  ':id': encodeURIComponent('release-of-acme/weather'),
  ':secretName': 'TOKEN',
  ':domainId': 'managed',
  ':path{.+}': 'SKILL.md',
  ':orgId': 'org-1',
  ':keyId': 'key-of-org',
  ':segment': 'acme%2Fweather',
  ':requestId': 'no-request',
  ':grantId': 'grant',
};

const owned = { ownerId: '' };

describe.each(engines)('every route on %s', (engine) => {
  let registry: TestRegistry;
  let upstream: SocketServer;
  const keys: Record<keyof Statuses, (string | null)[]> = {
    nobody: [null],
    invalid: ['tm_mistyped', 'tmt_mistyped', 'tmo_mistyped', generateKey()],
    elsewhere: [],
    reader: [],
    client: ['tmo_of-a-connected-client'],
    stranger: [],
    owner: [],
  };

  const tokenOf = async (key: string, policy?: object[]): Promise<string> => {
    const body = policy === undefined ? {} : { policy };
    const answer = await registry.call('POST', '/tokens', { key, body });
    return (answer.body as { token: string }).token;
  };

  beforeAll(async () => {
    registry = await createTestRegistry(engine, { allowPrivateUpstreams: true });
    upstream = await startHttpServer((_, response) => {
      response
        .writeHead(200, { 'Content-Type': 'application/json' })
        .end('{"jsonrpc":"2.0","id":1,"result":{}}');
    });
    const { db, ownerId, ownerKey, rivalKey } = registry;
    owned.ownerId = ownerId;
    const created_at = TEST_NOW.toISOString();
    await db.insertInto('namespaces').values({ name: 'elsewhere', owner_id: ownerId, created_at }).execute();
    await addOrganization(db, { id: 'org-1', name: 'the-org', admin: 'owner', now: TEST_NOW });

    const mint = (userId: string, label = 'Test', expiresAt: Date | null = null) =>
      mintKey(db, { userId, label, expiresAt, now: TEST_NOW });
    const revoked = await mint(ownerId, 'Revoked');
    const orphan = await tokenOf(revoked);
    const listed = (await listKeys(db, ownerId)).find(({ label }) => label === 'Revoked');
    await endKey(db, { id: listed?.id ?? '', now: TEST_NOW });
    const { id: goneId } = await addUser(db, { id: 'gone', name: 'gone', now: TEST_NOW });
    const disabled = await mint(goneId);
    const tokenOfDisabled = await tokenOf(disabled);
    await disableOwner(db, { name: 'gone', now: TEST_NOW });
    registry.clock.now = new Date(TEST_NOW.getTime() - 2000);
    const expired = await tokenOf(ownerKey, [{ ttl: 1 }]);
    registry.clock.now = TEST_NOW;
    keys.invalid.push(
      revoked,
      orphan,
      disabled,
      tokenOfDisabled,
      expired,
      await mint(ownerId, 'Old', TEST_NOW),
    );
    keys.elsewhere.push(await tokenOf(ownerKey, [{ namespaces: 'elsewhere' }]));
    keys.reader.push(await tokenOf(ownerKey, [{ operations: 'read' }]));
    keys.stranger.push(rivalKey, await tokenOf(rivalKey));
    keys.owner.push(ownerKey, await tokenOf(ownerKey), await tokenOf(ownerKey, [{ namespaces: ['acme'] }]));
  });
  afterAll(async () => {
    await registry.drop();
    await upstream.close();
  });

  // A server, a skill and an organization with one of everything.
  const prepare = async (): Promise<void> => {
    const { db, stored } = registry;
    await registry.clear();
    await registry.put('acme/weather');
    await addBelongings(registry, 'acme/weather');
    await registry.call('PUT', '/skills/acme/forecast/upload', { body: skill() });
    const { hash, size } = await stored.blobs.put(Readable.from([Buffer.from('a bundle')]), 100);
    const release = {
      server_rid: (await db.selectFrom('servers').select('rid').executeTakeFirstOrThrow()).rid,
      status: 'SUCCESS' as const,
      created_at: TEST_NOW.toISOString(),
      updated_at: TEST_NOW.toISOString(),
    };
    await db
      .insertInto('releases')
      .values([
        { ...release, id: 'bundled', type: 'stdio', bundle_hash: hash, bundle_size: size },
        { ...release, id: 'live', type: 'external_shttp', upstream_url: `${upstream.origin}/mcp` },
      ])
      .execute();
    await db.updateTable('servers').set({ live_release_id: 'live', live_type: 'external_shttp' }).execute();
    const version = { serverRid: release.server_rid, releaseId: 'live', told: '1.0.0', now: TEST_NOW };
    await addVersion(db, version);
    await db.deleteFrom('oauth_clients').execute();
    await connectClient();
    await db.deleteFrom('api_keys').where('user_id', '=', 'org-1').execute();
    await mintKey(db, { id: 'key-of-org', userId: 'org-1', label: 'Org', expiresAt: null, now: TEST_NOW });
  };

  const connectClient = async (): Promise<void> => {
    const { db, ownerId } = registry;
    const created_at = TEST_NOW.toISOString();
    const { rid } = await db.selectFrom('servers').select('rid').executeTakeFirstOrThrow();
    const client = { id: 'client', kind: 'registered' as const, redirect_uris: '[]', created_at };
    await db.insertInto('oauth_clients').values(client).execute();
    const grant = {
      id: 'grant',
      user_id: ownerId,
      client_id: 'client',
      redirect_uri: 'https://client.test/',
    };
    await db
      .insertInto('oauth_grants')
      .values({ ...grant, created_at, used_at: created_at })
      .execute();
    await db
      .insertInto('oauth_grant_servers')
      .values({ grant_id: 'grant', server_rid: rid, qualified_name: 'acme/weather' })
      .execute();
    const hash = hashToken(keys.client[0] ?? '');
    const expires_at = new Date(TEST_NOW.getTime() + 60_000).toISOString();
    await db
      .insertInto('oauth_tokens')
      .values({ hash, kind: 'access', grant_id: 'grant', expires_at })
      .execute();
  };

  const send = async (route: string, key: string | null): Promise<number> => {
    const [method = '', path = ''] = route.split(' ');
    const filled =
      path.replaceAll(/:\w+(\{[^}]*\})?/g, (param) => params[param] ?? param) + (table[route]?.query ?? '');
    const body = table[route]?.body?.();
    const answer = await registry.call(method, filled, { key, ...(body === undefined ? {} : { body }) });
    if (answer.status === 401) expect(answer.headers.get('WWW-Authenticate')).toContain('Bearer');
    if (answer.status >= 400) expect(answer.body).toEqual({ error: expect.stringMatching(/\w/) });
    return answer.status;
  };

  it('has its line in the table, and none stands there that is no route', async () => {
    const { context, close } = registryContext(registry.registryOptions);
    const routes = registryRoutes(context)
      .routes.filter(({ path, method }) => path !== '/*' && method !== 'ALL')
      .map(({ path, method }) => `${method} ${path}`);
    await close();
    expect(Object.keys(table).sort()).toEqual([...new Set(routes)].sort());
    expect(routes.length).toBeGreaterThan(40);
  });

  const statusesOf = (route: string) =>
    Object.entries(table[route]?.statuses ?? {}) as [keyof Statuses, number][];

  // All of these before any that follow, which leave work behind that goes on by itself.
  it.each(Object.keys(table))('%s refuses whom it should, and changes nothing', async (route) => {
    await prepare();
    const before = await dumpTables(registry);
    for (const [caller, status] of statusesOf(route)) {
      if (caller === 'owner' || status < 400) continue;
      for (const key of keys[caller]) {
        expect([caller, key, await send(route, key)]).toEqual([caller, key, status]);
      }
    }
    expect(await dumpTables(registry)).toEqual(before);
    expect(upstream.requests).toEqual([]);
  });

  it.each(Object.keys(table))('%s lets in whom it should', async (route) => {
    await prepare();
    for (const [caller, status] of statusesOf(route)) {
      if (caller !== 'owner' && status >= 400) continue;
      for (const key of keys[caller]) {
        const wanted = wantedOf(route, status, key, keys.owner);
        expect([caller, key, await send(route, key)]).toEqual([caller, key, wanted]);
        if (!route.startsWith('GET')) await prepare();
      }
    }
  });
});

// The owner's token for a namespace does all but what is of no namespace, and no token manages keys or
// connected clients.
function wantedOf(
  route: string,
  usual: number,
  key: string | null,
  [, , limited]: (string | null)[],
): number {
  if (/\/organizations\/|\/oauth\/grants/.test(route)) return key?.startsWith('tmt_') === true ? 403 : usual;
  return key === limited && ['POST /namespaces', 'POST /skills'].includes(route) ? 403 : usual;
}
