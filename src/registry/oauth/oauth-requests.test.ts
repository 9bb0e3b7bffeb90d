import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auth } from '@modelcontextprotocol/sdk/client/auth.js';
import { createTestClient } from '#e2e/support/oauth-client.ts';
import {
  answerRequest,
  connectClient,
  requestIdOf,
  startOAuthDesk,
  type OAuthDesk,
} from '#e2e/support/oauth-desk.ts';
import { startHttpServer, type SocketServer } from '#e2e/support/mcp-servers.ts';
import { rawRequest } from '#e2e/support/raw-request.ts';
import { clientPaths } from '#contract/connected-clients.ts';
import type { Visitor } from '#e2e/support/visitor.ts';
import { sweepOAuth } from './oauth-sweeper.ts';

const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

describe('the authorization server', () => {
  let desk: OAuthDesk;
  let owner: Visitor;
  let host: SocketServer;
  let document: unknown;
  let fetched = 0;
  beforeAll(async () => {
    desk = await startOAuthDesk();
    owner = await desk.signedIn();
    host = await startHttpServer((request, response) => {
      fetched += 1;
      if (request.url === '/moved.json') response.writeHead(302, { Location: '/client.json' });
      else response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(document));
    });
  });
  afterAll(async () => {
    await desk.stop();
    await host.close();
  });
  beforeEach(() => pass(60_000));

  const pass = (ms: number) => {
    desk.registry.clock.now = new Date(desk.registry.clock.now.getTime() + ms);
  };
  const register = async (metadata: unknown) => {
    const answer = await fetch(`${desk.url}/registry/oauth/register`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: typeof metadata === 'string' ? metadata : JSON.stringify(metadata),
    });
    return {
      status: answer.status,
      headers: answer.headers,
      body: (await answer.json()) as Record<string, unknown>,
    };
  };
  const authorize = async (fields: Record<string, string>) => {
    const query = new URLSearchParams({
      response_type: 'code',
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
      ...fields,
    });
    return fetch(`${desk.url}/registry/oauth/authorize?${query}`, { redirect: 'manual' });
  };
  const registered = async (...redirect_uris: string[]) =>
    String((await register({ redirect_uris })).body['client_id']);

  it('says who it is, where clients look', async () => {
    const issuer = desk.url;
    for (const path of ['oauth-authorization-server', 'openid-configuration']) {
      const answer = await fetch(`${desk.url}/.well-known/${path}`);
      expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('*');
      expect(await answer.json()).toEqual({
        issuer,
        authorization_endpoint: `${issuer}/registry/oauth/authorize`,
        token_endpoint: `${issuer}/registry/oauth/token`,
        registration_endpoint: `${issuer}/registry/oauth/register`,
        revocation_endpoint: `${issuer}/registry/oauth/revoke`,
        scopes_supported: ['mcp'],
        response_types_supported: ['code'],
        response_modes_supported: ['query'],
        grant_types_supported: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_methods_supported: ['none'],
        revocation_endpoint_auth_methods_supported: ['none'],
        code_challenge_methods_supported: ['S256'],
        authorization_response_iss_parameter_supported: true,
        client_id_metadata_document_supported: true,
      });
    }
  });

  it('tells of every server alike, there or not, under the address it was asked at', async () => {
    const { port } = desk.running;
    for (const origin of [desk.url, `http://localhost:${port}`]) {
      for (const path of [
        '',
        '/registry/mcp',
        '/registry/mcp/acme%2Fweather',
        '/registry/mcp/acme%2Fnever',
      ]) {
        const answer = await fetch(`${origin}/.well-known/oauth-protected-resource${path}`);
        expect(await answer.json()).toEqual({
          resource: origin + (path || '/registry/mcp'),
          authorization_servers: [desk.url],
          scopes_supported: ['mcp'],
          bearer_methods_supported: ['header'],
          resource_name: 'Touchmark',
        });
      }
      for (const name of ['acme%2Fweather', 'acme%2Fnever']) {
        const answer = await fetch(`${origin}/registry/mcp/${name}`, { method: 'POST' });
        expect(answer.status).toBe(401);
        expect(answer.headers.get('WWW-Authenticate')).toBe(
          `Bearer scope="mcp", resource_metadata="${origin}/.well-known/oauth-protected-resource/registry/mcp/${name}"`,
        );
      }
    }
    for (const path of ['/x', '/registry', '/registry/servers/acme%2Fweather', '/registry/mcp/a/b']) {
      expect((await fetch(`${desk.url}/.well-known/oauth-protected-resource${path}`)).status).toBe(404);
    }
  });

  it('registers public clients, whatever they say of secrets', async () => {
    const redirect_uris = [
      'http://127.0.0.1:3000/callback',
      'http://[::1]/',
      'https://client.example/back?x=1',
      'cursor://anysphere.cursor-retrieval/oauth/callback',
    ];
    const { status, body, headers } = await register({
      client_name: ' Editor ',
      redirect_uris,
      token_endpoint_auth_method: 'client_secret_post',
      scope: 'everything',
      logo_uri: 'https://client.example/logo.svg',
    });
    expect(status).toBe(201);
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*');
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect(body).toEqual({
      client_id: expect.any(String),
      client_id_issued_at: desk.registry.clock.now.getTime() / 1000,
      client_name: 'Editor',
      redirect_uris,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      scope: 'mcp',
    });
  });

  it.each([
    'http://client.example/',
    'http://localhost.evil.example/',
    'https://user:secret@client.example/',
    'https://client.example/#part',
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'vbscript:x',
    'blob:https://client.example/x',
    'not a url',
    'https://client.example/\u202e',
    `https://client.example/${'x'.repeat(2048)}`,
  ])('sends no code to %s', async (uri) => {
    const { status, body } = await register({ redirect_uris: ['https://client.example/', uri] });
    expect(status).toBe(400);
    expect(body['error']).toMatch(/^invalid_(redirect_uri|client_metadata)$/);
    expect(body['error_description']).toMatch(/\w/);
  });

  it.each([
    ['{', 'invalid_request'],
    ['[]', 'invalid_client_metadata'],
    ['{}', 'invalid_client_metadata'],
    [{ redirect_uris: [] }, 'invalid_client_metadata'],
    [{ redirect_uris: Array(21).fill('https://a.example/') }, 'invalid_client_metadata'],
    [{ redirect_uris: ['https://a.example/'], client_name: 'a\nb' }, 'invalid_client_metadata'],
    [{ redirect_uris: ['https://a.example/'], client_name: 'a\u202eb' }, 'invalid_client_metadata'],
    [{ redirect_uris: ['https://a.example/'], client_name: 'x'.repeat(201) }, 'invalid_client_metadata'],
    [{ redirect_uris: ['https://a.example/'], grant_types: ['implicit'] }, 'invalid_client_metadata'],
    [{ redirect_uris: ['https://a.example/'], response_types: ['token'] }, 'invalid_client_metadata'],
  ])('takes no registration like %j', async (metadata, error) => {
    pass(60_000);
    expect(await register(metadata)).toMatchObject({ status: 400, body: { error } });
  });

  it('answers at addresses that were registered alone, any port of this machine included', async () => {
    const client_id = await registered('http://127.0.0.1:3000/callback', 'https://client.example/back');
    const goesOn = async (redirect_uri: string) => (await authorize({ client_id, redirect_uri })).status;
    expect(await goesOn('http://127.0.0.1:3000/callback')).toBe(303);
    expect(await goesOn('http://127.0.0.1:51234/callback')).toBe(303);
    expect(await goesOn('https://client.example/back')).toBe(303);
    for (const wrong of [
      'http://localhost:3000/callback',
      'http://127.0.0.1:3000/callback/',
      'http://127.0.0.1:3000/callback?x=1',
      'https://client.example/back?x',
      'https://client.example:444/back',
      'https://evil.example/back',
    ]) {
      const answer = await authorize({ client_id, redirect_uri: wrong });
      expect([wrong, answer.status, answer.headers.get('Location')]).toEqual([wrong, 400, null]);
    }
    expect((await authorize({ client_id })).status).toBe(400);
    const posted = await fetch(`${desk.url}/registry/oauth/authorize`, { method: 'POST' });
    expect([posted.status, posted.headers.get('Allow')]).toEqual([405, 'GET']);
    expect(
      (await authorize({ client_id: 'never', redirect_uri: 'https://client.example/back' })).status,
    ).toBe(400);
  });

  it('tells a client of its mistakes, and none of them reaches an owner', async () => {
    const client_id = await registered('https://client.example/back?keep=1');
    const mistakes: [Record<string, string>, string][] = [
      [{ code_challenge_method: 'plain' }, 'invalid_request'],
      [{ response_type: 'token' }, 'invalid_request'],
      [{ scope: 'mcp admin' }, 'invalid_scope'],
      [{ resource: 'https://elsewhere.example/registry/mcp' }, 'invalid_target'],
      [{ resource: `${desk.url}/registry/servers` }, 'invalid_target'],
      [{ resource: `${desk.url}/registry/mcp/a%2Fb%2Fc` }, 'invalid_target'],
    ];
    for (const [fields, error] of mistakes) {
      const answer = await authorize({ client_id, state: 'a b&c', ...fields });
      const target = new URL(answer.headers.get('Location') ?? '');
      expect(target.origin + target.pathname).toBe('https://client.example/back');
      expect(Object.fromEntries(target.searchParams)).toMatchObject({
        keep: '1',
        error,
        state: 'a b&c',
        iss: desk.url,
      });
    }
  });

  it('takes a person whose client’s request cannot be answered to the page, and tells a program in JSON', async () => {
    const { port } = desk.running;
    const lines = [
      'GET /registry/oauth/authorize?client_id=%3Cb%3E HTTP/1.1',
      `Host: 127.0.0.1:${port}`,
      'Connection: close',
    ];
    const person = await rawRequest(port, [...lines, 'Accept: text/html']);
    expect([person.status, person.headers['location']]).toEqual([
      303,
      `${desk.url}/connect/authorize?problem=invalid_client`,
    ]);
    const program = await rawRequest(port, lines);
    expect(program.status).toBe(400);
    expect(program.body).toContain('"error":"invalid_client"');
    expect(program.headers['content-security-policy']).toContain("default-src 'none'");
  });

  it('knows a client by the document at its id, and who vouches for it', async () => {
    const id = `${host.origin}/client.json`;
    document = { client_id: id, client_name: 'Editor', redirect_uris: ['http://127.0.0.1/callback'] };
    const client = createTestClient({ redirect_uris: ['http://127.0.0.1:4711/callback'] });
    client.kept.client = { client_id: id };
    await auth(client, { serverUrl: desk.mcpUrl('acme/weather') });
    const requestId = await requestIdOf(client);
    expect((await owner.call(clientPaths.request(requestId))).json).toMatchObject({
      client: { name: 'Editor', verifiedHost: new URL(host.origin).host, redirectTo: null },
    });
    const target = await answerRequest(owner, requestId, { allow: true, servers: [] });
    const serverUrl = desk.mcpUrl('acme/weather');
    await auth(client, { serverUrl, authorizationCode: target.searchParams.get('code') ?? '' });
    expect((await desk.ping('acme/weather', client.kept.tokens?.access_token ?? '')).status).toBe(200);
    const before = fetched;
    // Exchanges need the document no more; nor does asking, for an hour.
    await auth(client, { serverUrl });
    expect((await authorize({ client_id: id, redirect_uri: 'http://127.0.0.1:1/callback' })).status).toBe(
      303,
    );
    expect(fetched).toBe(before);
    pass(3_600_000);
    document = { client_id: id, redirect_uris: ['https://other.example/'] };
    expect((await authorize({ client_id: id, redirect_uri: 'http://127.0.0.1:1/callback' })).status).toBe(
      400,
    );
    expect(fetched).toBe(before + 1);
  });

  it('takes no document that is not its client’s own, or says something else', async () => {
    const uris = { redirect_uris: ['https://client.example/'] };
    const statusOf = async (path: string, told: object) => {
      document = told;
      const fields = { client_id: host.origin + path, redirect_uri: 'https://client.example/' };
      return (await authorize(fields)).status;
    };
    const id = (path: string) => host.origin + path;
    expect(await statusOf('/good.json', { ...uris, client_id: id('/good.json') })).toBe(303);
    expect(await statusOf('/a.json', { ...uris, client_id: id('/b.json') })).toBe(400);
    expect(await statusOf('/c.json', uris)).toBe(400);
    expect(await statusOf('/d.json', { client_id: id('/d.json'), redirect_uris: ['javascript:x'] })).toBe(
      400,
    );
    expect(await statusOf('/moved.json', { ...uris, client_id: id('/moved.json') })).toBe(400);
    const secret = { ...uris, client_id: id('/e.json'), token_endpoint_auth_method: 'client_secret_post' };
    expect(await statusOf('/e.json', secret)).toBe(400);
    expect(
      await statusOf('/f.json', { ...uris, client_id: id('/f.json'), client_name: 'x'.repeat(70_000) }),
    ).toBe(400);
    const before = fetched;
    for (const path of ['/', '', '/x#y', '/../x']) expect(await statusOf(path, uris)).toBe(400);
    expect(fetched).toBe(before);
  });

  it('calls no address of its own machine for a document, unless it was told that it may', async () => {
    const guarded = await startOAuthDesk('sqlite', { allowPrivateUpstreams: false });
    try {
      const before = host.connections();
      for (const client_id of [`${host.origin}/good.json`, host.origin.replace('http:', 'https:') + '/x']) {
        const query = new URLSearchParams({ client_id, redirect_uri: 'https://client.example/' });
        expect((await fetch(`${guarded.url}/registry/oauth/authorize?${query}`)).status).toBe(400);
      }
      expect(host.connections()).toBe(before);
    } finally {
      await guarded.stop();
    }
  });

  it('bounds what strangers can have it write', async () => {
    const statuses = [];
    for (let i = 0; i < 12; i++)
      statuses.push((await register({ redirect_uris: ['https://a.example/'] })).status);
    expect(statuses).toEqual([...Array<number>(10).fill(201), 429, 429]);
    const last = await register({ redirect_uris: ['https://a.example/'] });
    expect(last).toMatchObject({ status: 429, body: { error: 'temporarily_unavailable' } });
    expect(last.headers.get('Retry-After')).toBe('6');
    const { db, clock } = desk.registry;
    await connectClient(desk, owner, await known());
    await db
      .insertInto('oauth_clients')
      .values(
        Array.from({ length: 5000 }, (_, i) => ({
          id: `flood-${i}`,
          kind: 'registered' as const,
          redirect_uris: '[]',
          created_at: new Date(clock.now.getTime() + 1 + i).toISOString(),
        })),
      )
      .execute();
    await sweepOAuth(db, clock.now);
    const left = async () =>
      (await db.selectFrom('oauth_clients').select(['id', 'used_at']).execute()).filter(
        ({ used_at }) => used_at === null,
      ).length;
    expect(await left()).toBe(5000);
    pass(25 * 3_600_000);
    await sweepOAuth(db, clock.now);
    expect(await left()).toBe(0);
    const { json } = await owner.call(clientPaths.clients());
    expect(json).toMatchObject({ clients: expect.arrayContaining([expect.anything()]) });
  });

  // A client that is registered already, so that it does not meet the limit.
  async function known() {
    const client = createTestClient();
    const row = await desk.registry.db
      .selectFrom('oauth_clients')
      .select('id')
      .where('kind', '=', 'registered')
      .where('redirect_uris', 'like', '%127.0.0.1:3000%')
      .executeTakeFirstOrThrow();
    const redirectUrl = 'http://127.0.0.1:3000/callback';
    return Object.assign(client, { redirectUrl, kept: { client: { client_id: row.id } } });
  }
});
