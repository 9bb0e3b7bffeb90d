import { auth } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditList } from '#contract/activity.ts';
import { engines } from '#e2e/support/databases.ts';
import {
  answerRequest,
  connectClient,
  requestIdOf,
  startOAuthDesk,
  type OAuthDesk,
} from '#e2e/support/oauth-desk.ts';
import { createTestClient, type TestClient } from '#e2e/support/oauth-client.ts';
import { addLiveServer, dumpTables, TEST_NOW } from '#e2e/support/test-registry.ts';
import type { Visitor } from '#e2e/support/visitor.ts';
import { clientPaths } from '#contract/connected-clients.ts';
import { endKey, listKeys, mintKey } from '#registry/access/key-store.ts';
import { addUser, disableOwner } from '#registry/people/people-store.ts';
import { sweepOAuth } from './oauth-sweeper.ts';

const HOUR = 3_600_000;

describe.each(engines)('a client that asks for access on %s', (engine) => {
  let desk: OAuthDesk;
  let owner: Visitor;
  beforeAll(async () => {
    desk = await startOAuthDesk(engine);
    owner = await desk.signedIn();
  });
  afterAll(async () => desk.stop());
  beforeEach(() => pass(60_000));

  // Time also gives back what may be asked for in a minute.
  const pass = (ms: number) => {
    desk.registry.clock.now = new Date(desk.registry.clock.now.getTime() + ms);
  };
  const serverUrl = () => desk.mcpUrl('acme/weather');
  const exchange = async (client: TestClient, fields: Record<string, string>) => {
    const answer = await fetch(`${desk.url}/registry/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: client.kept.client?.client_id ?? '', ...fields }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const refresh = async (client: TestClient, { refresh_token = '' }: OAuthTokens) =>
    exchange(client, { grant_type: 'refresh_token', refresh_token });
  const codeFor = async (client: TestClient) => {
    await auth(client, { serverUrl: serverUrl() });
    const target = await answerRequest(owner, await requestIdOf(client), { allow: true, servers: [] });
    return target.searchParams.get('code') ?? '';
  };
  const redeem = async (client: TestClient, code: string, more: Record<string, string> = {}) =>
    exchange(client, {
      grant_type: 'authorization_code',
      code,
      code_verifier: client.kept.verifier ?? '',
      redirect_uri: String(client.redirectUrl),
      ...more,
    });
  const list = async () => (await owner.call(clientPaths.clients())).json?.['clients'] as { id: string }[];
  const statusWith = async ({ access_token }: OAuthTokens, name = 'acme/weather') =>
    (await desk.ping(name, access_token)).status;

  it('finds whom to ask, has its owner allow it, and calls the server', async () => {
    const client = createTestClient();
    const transport = () => new StreamableHTTPClientTransport(new URL(serverUrl()), { authProvider: client });
    const first = transport();
    await expect(new Client({ name: 'test', version: '1' }).connect(first)).rejects.toThrow('Unauthorized');
    const id = await requestIdOf(client);
    const asked = await owner.call(clientPaths.request(id));
    expect(asked.json).toMatchObject({
      client: { name: 'Test client', verifiedHost: null, redirectTo: null },
      account: 'owner',
      servers: ['acme/weather'],
      isChoice: false,
    });
    const target = await answerRequest(owner, id, { allow: true, servers: [] });
    expect(target.href).toMatch(/^http:\/\/127\.0\.0\.1:47999\/callback\?/);
    expect(target.searchParams.get('state')).toBe(client.sentTo?.searchParams.get('state'));
    expect(target.searchParams.get('iss')).toBe(desk.url);
    await first.finishAuth(target.searchParams.get('code') ?? '');
    expect(client.kept.tokens).toMatchObject({
      access_token: expect.stringMatching(/^tmo_[\w-]{43}$/),
      token_type: 'bearer',
      expires_in: 3600,
      scope: 'mcp',
      refresh_token: expect.stringMatching(/^tmr_[\w-]{43}$/),
    });

    const connected = new Client({ name: 'test', version: '1' });
    await connected.connect(transport());
    const { content } = await connected.callTool({ name: 'echo', arguments: { text: 'Hello' } });
    expect(JSON.stringify(content)).toContain('Hello');
    await connected.close();
    const at = desk.registry.clock.now.toISOString();
    expect((await list())[0]).toMatchObject({ servers: ['acme/weather'], allowedAt: at, usedAt: at });
    // Nothing that opens anything is kept, or was handed to the server.
    const { access_token, refresh_token } = client.kept.tokens ?? {};
    const kept = JSON.stringify(await dumpTables(desk.registry));
    const sent = JSON.stringify(desk.upstream.requests);
    for (const secret of [access_token, refresh_token, target.searchParams.get('code')]) {
      expect(kept + sent + desk.running.log.join('')).not.toContain(secret);
    }
  });

  it('is told where it was denied, and a request is answered once', async () => {
    const client = createTestClient();
    await auth(client, { serverUrl: serverUrl() });
    const id = await requestIdOf(client);
    const target = await answerRequest(owner, id, { allow: false });
    expect(Object.fromEntries(target.searchParams)).toMatchObject({ error: 'access_denied', iss: desk.url });
    expect(target.searchParams.has('code')).toBe(false);
    await expect(answerRequest(owner, id, { allow: true, servers: [] })).rejects.toThrow('404');
    expect((await owner.call(clientPaths.request(id))).status).toBe(404);
  });

  it('has ten minutes for its owner’s answer, and its client a minute for the code', async () => {
    const client = createTestClient();
    await auth(client, { serverUrl: serverUrl() });
    const id = await requestIdOf(client);
    pass(10 * 60_000);
    await expect(answerRequest(owner, id, { allow: true, servers: [] })).rejects.toThrow('404');
    const code = await codeFor(client);
    pass(60_000);
    expect(await redeem(client, code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it('gets nothing for a wrong verifier, another address, or as another client', async () => {
    const client = createTestClient();
    const stranger = createTestClient();
    await auth(stranger, { serverUrl: serverUrl() });
    const code = await codeFor(client);
    const wrong: [TestClient, Record<string, string>, string][] = [
      [client, { code_verifier: 'x'.repeat(43) }, 'invalid_grant'],
      [client, { redirect_uri: 'http://127.0.0.1:47999/other' }, 'invalid_grant'],
      [client, { resource: desk.mcpUrl('acme/other') }, 'invalid_target'],
      [client, { resource: 'https://elsewhere.example/mcp' }, 'invalid_target'],
      [stranger, { code_verifier: client.kept.verifier ?? '' }, 'invalid_grant'],
      [client, { client_id: 'nobody' }, 'invalid_client'],
    ];
    for (const [who, fields, error] of wrong) {
      expect(await redeem(who, code, fields)).toMatchObject({ status: 400, body: { error } });
    }
    expect((await redeem(client, code)).status).toBe(200);
  });

  it('loses all it had where its code is shown twice', async () => {
    const client = createTestClient();
    const code = await codeFor(client);
    const { body } = await redeem(client, code);
    const tokens = body as unknown as OAuthTokens;
    expect(await statusWith(tokens)).toBe(200);
    expect((await redeem(client, code)).body).toMatchObject({ error: 'invalid_grant' });
    expect(await statusWith(tokens)).toBe(401);
    expect((await refresh(client, tokens)).status).toBe(400);
  });

  it('has its code exchanged once, however many ask at the same moment', async () => {
    const client = createTestClient();
    const code = await codeFor(client);
    const answers = await Promise.all([1, 2, 3].map(() => redeem(client, code)));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    const given = answers.filter(({ status }) => status === 200);
    const tokens = given.map(({ body }) => body as unknown as OAuthTokens);
    expect(await Promise.all(tokens.map((each) => statusWith(each)))).toEqual(given.map(() => 401));
  });

  it('goes on with a new refresh token each time, and loses all where an old one is shown', async () => {
    const client = createTestClient();
    const first = await connectClient(desk, owner, client);
    pass(HOUR);
    expect(await statusWith(first)).toBe(401);
    expect(await auth(client, { serverUrl: serverUrl() })).toBe('AUTHORIZED');
    const second = client.kept.tokens as OAuthTokens;
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(await statusWith(second)).toBe(200);
    expect((await refresh(client, first)).body).toMatchObject({ error: 'invalid_grant' });
    expect(await statusWith(second)).toBe(401);
    expect((await refresh(client, second)).status).toBe(400);
  });

  it('is forgotten after thirty days without use', async () => {
    const client = createTestClient();
    const tokens = await connectClient(desk, owner, client);
    const id = (await list())[0]?.id ?? '';
    pass(30 * 24 * HOUR);
    expect((await refresh(client, tokens)).status).toBe(400);
    expect((await list()).map((each) => each.id)).not.toContain(id);
    pass(24 * HOUR);
    await sweepOAuth(desk.registry.db, desk.registry.clock.now);
    const { db } = desk.registry;
    expect(await db.selectFrom('oauth_grants').selectAll().where('id', '=', id).execute()).toEqual([]);
    expect(await db.selectFrom('oauth_tokens').selectAll().execute()).toEqual([]);
    pass(90 * 24 * HOUR);
    await sweepOAuth(db, desk.registry.clock.now);
    expect(await db.selectFrom('oauth_clients').selectAll().execute()).toEqual([]);
    desk.registry.clock.now = TEST_NOW;
  });

  it('may call its server and nothing else', async () => {
    const tokens = await connectClient(desk, owner, createTestClient());
    const token = tokens.access_token;
    for (const name of ['acme/other', 'acme/never', 'acme']) {
      const answer = await desk.ping(name, token);
      expect([name, answer.status]).toEqual([name, 403]);
      const metadata = `${desk.url}/.well-known/oauth-protected-resource/registry/mcp/${encodeURIComponent(name)}`;
      expect(answer.headers.get('WWW-Authenticate')).toBe(
        `Bearer error="insufficient_scope", scope="mcp", resource_metadata="${metadata}"`,
      );
    }
    for (const path of ['/servers', '/namespaces', '/servers/acme%2Fweather', '/oauth/grants', '/skills']) {
      const headers = { Authorization: `Bearer ${token}` };
      expect([path, (await fetch(`${desk.url}/registry${path}`, { headers })).status]).toEqual([path, 403]);
    }
    const made = await fetch(`${desk.url}/registry/tokens`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(made.status).toBe(403);
    expect((await desk.running.visitor().signIn({ apiKey: token })).status).toBe(401);
    expect(await desk.registry.namespacesOf(token)).toBeUndefined();
  });

  it('has access to several servers where it asks for none and its owner picks them', async () => {
    const client = createTestClient();
    await auth(client, { serverUrl: `${desk.url}/registry/mcp` });
    const id = await requestIdOf(client);
    expect((await owner.call(clientPaths.request(id))).json).toMatchObject({
      servers: ['acme/other', 'acme/weather'],
      isChoice: true,
    });
    for (const servers of [[], ['acme/never'], ['acme/weather', 'acme/never'], ['..']]) {
      await expect(answerRequest(owner, id, { allow: true, servers })).rejects.toThrow(/^Error: 4|^4/);
    }
    const target = await answerRequest(owner, id, { allow: true, servers: ['acme/weather', 'acme/other'] });
    const code = target.searchParams.get('code') ?? '';
    await auth(client, { serverUrl: `${desk.url}/registry/mcp`, authorizationCode: code });
    const tokens = client.kept.tokens as OAuthTokens;
    expect([await statusWith(tokens), await statusWith(tokens, 'acme/other')]).toEqual([200, 200]);
  });

  it('ends at once where its owner ends it, and nobody else can', async () => {
    const tokens = await connectClient(desk, owner, createTestClient());
    const id = (await list())[0]?.id ?? '';
    const rival = await desk.signedIn(desk.registry.rivalKey);
    expect((await rival.call(clientPaths.clients())).json).toEqual({ clients: [] });
    expect((await rival.call(clientPaths.client(id), { method: 'DELETE' })).status).toBe(404);
    expect(await statusWith(tokens)).toBe(200);
    expect((await owner.call(clientPaths.client(id), { method: 'DELETE' })).status).toBe(204);
    expect((await owner.call(clientPaths.client(id), { method: 'DELETE' })).status).toBe(404);
    const refused = await desk.ping('acme/weather', tokens.access_token);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('WWW-Authenticate')).toContain('error="invalid_token"');
    expect((await list()).map((each) => each.id)).not.toContain(id);
  });

  it('can give its access back itself, and no other’s', async () => {
    const client = createTestClient();
    const tokens = await connectClient(desk, owner, client);
    const other = createTestClient();
    await auth(other, { serverUrl: serverUrl() });
    const revoke = async ({ kept }: TestClient, token: string) =>
      fetch(`${desk.url}/registry/oauth/revoke`, {
        method: 'POST',
        body: new URLSearchParams({ client_id: kept.client?.client_id ?? '', token }),
      });
    expect((await revoke(other, tokens.refresh_token ?? '')).status).toBe(200);
    expect(await statusWith(tokens)).toBe(200);
    expect((await revoke(client, tokens.access_token)).status).toBe(200);
    expect(await statusWith(tokens)).toBe(401);
    const again = (await refresh(client, tokens)).body as unknown as OAuthTokens;
    expect(await statusWith(again)).toBe(200);
    expect((await revoke(client, again.refresh_token ?? '')).status).toBe(200);
    expect(await statusWith(again)).toBe(401);
    const { body } = await desk.registry.call('GET', '/-/audit?action=client.end');
    expect((body as AuditList).entries.filter(({ actor }) => actor.kind === 'client')).toMatchObject([
      {
        actor: { user: 'owner' },
        origin: 'client',
        address: '127.0.0.1',
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    ]);
  });

  it('ends with its owner, and with the key that allowed it', async () => {
    const { db, clock } = desk.registry;
    const { id: userId } = await addUser(db, { id: 'gone', name: 'gone', now: clock.now });
    const mint = (label: string, expiresAt: Date | null) =>
      mintKey(db, { userId, label, expiresAt, now: clock.now });
    const soon = new Date(clock.now.getTime() + 9 * HOUR);
    const later = new Date(clock.now.getTime() + 48 * HOUR);
    const byKey = await connectClient(
      desk,
      await desk.signedIn(await mint('Lasting', null)),
      createTestClient(),
    );
    const byEnding = await connectClient(
      desk,
      await desk.signedIn(await mint('Ending', later)),
      createTestClient(),
    );
    const endingClient = createTestClient();
    const bySession = await connectClient(
      desk,
      await desk.signedIn(await mint('Session', soon)),
      endingClient,
    );
    const all = async () => Promise.all([byKey, byEnding, bySession].map((tokens) => statusWith(tokens)));
    expect(await all()).toEqual([200, 200, 200]);
    const idOf = async (label: string) =>
      (await listKeys(db, userId)).find((key) => key.label === label)?.id ?? '';
    await endKey(db, { id: await idOf('Lasting'), now: clock.now });
    await endKey(db, { id: await idOf('Session'), now: clock.now });
    expect(await all()).toEqual([401, 200, 200]);
    await db
      .updateTable('api_keys')
      .set({ expires_at: clock.now.toISOString() })
      .where('label', '=', 'Ending')
      .execute();
    expect(await all()).toEqual([401, 401, 200]);
    await disableOwner(db, { name: 'gone', now: clock.now });
    expect(await all()).toEqual([401, 401, 401]);
    expect((await refresh(endingClient, bySession)).status).toBe(400);
  });

  it('has no access to a server that took the name of the one it was allowed', async () => {
    const { db } = desk.registry;
    await addLiveServer(desk.registry, 'acme/short', desk.upstream.url);
    const tokens = await connectClient(desk, owner, createTestClient(), 'acme/short');
    expect(await statusWith(tokens, 'acme/short')).toBe(200);
    await db
      .updateTable('servers')
      .set({ qualified_name: 'acme/moved', slug: 'moved' })
      .where('qualified_name', '=', 'acme/short')
      .execute();
    expect(await statusWith(tokens, 'acme/moved')).toBe(403);
    expect(await statusWith(tokens, 'acme/short')).toBe(403);
    await desk.registry.call('DELETE', '/servers/acme%2Fmoved');
    await addLiveServer(desk.registry, 'acme/short', desk.upstream.url);
    expect(await statusWith(tokens, 'acme/short')).toBe(403);
    expect((await list())[0]).toMatchObject({ servers: [] });
    await desk.registry.call('DELETE', '/servers/acme%2Fshort');
  });

  it('is allowed nothing where the server it asks for is not there', async () => {
    const client = createTestClient();
    await auth(client, { serverUrl: desk.mcpUrl('acme/never') });
    const id = await requestIdOf(client);
    await expect(answerRequest(owner, id, { allow: true, servers: [] })).rejects.toThrow('404');
    // The request is as it was.
    const target = await answerRequest(owner, id, { allow: false });
    expect(target.searchParams.get('error')).toBe('access_denied');
  });

  it('is answered by nobody but a signed-in page', async () => {
    const client = createTestClient();
    await auth(client, { serverUrl: serverUrl() });
    const id = await requestIdOf(client);
    const body = JSON.stringify({ allow: true, servers: [] });
    const json = { 'Content-Type': 'application/json' };
    const post = { method: 'POST' as const, body };
    const path = clientPaths.request(id);
    const stranger = desk.running.visitor();
    expect((await stranger.call(path, { ...post, headers: json })).status).toBe(401);
    const foreign: Record<string, string>[] = [
      { Origin: 'https://evil.example' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Touchmark-Client': '' },
    ];
    for (const headers of foreign) {
      expect((await owner.call(path, { ...post, headers: { ...json, ...headers } })).status).toBe(403);
      expect((await owner.call(clientPaths.client('x'), { method: 'DELETE', headers })).status).toBe(403);
    }
    for (const [method, where] of [
      ['GET', path],
      ['GET', clientPaths.clients()],
      ['DELETE', clientPaths.client('x')],
    ] as const) {
      expect((await stranger.call(where, { method })).status).toBe(401);
    }
    for (const wrong of ['{}', '[]', '{"allow":"yes"}', '{"allow":true}', 'x']) {
      const answer = await owner.call(path, { method: 'POST', headers: json, body: wrong });
      expect([wrong, answer.status]).toEqual([wrong, 400]);
    }
    // A token, be it of all the owner's rights, gives no access away.
    const { body: made } = await desk.registry.call('POST', '/tokens', { body: {} });
    const { token } = made as { token: string };
    const answer = await fetch(`${desk.url}/registry/oauth/requests/${id}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
      body,
    });
    expect(answer.status).toBe(403);
    expect(await owner.call(path)).toMatchObject({ status: 200 });
  });
});
