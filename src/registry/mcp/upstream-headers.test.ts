import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import Smithery from '@smithery/api';
import { Kysely, sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '#database/schema.ts';
import { sqliteDialect } from '#database/sqlite-dialect.ts';
import { engines } from '#e2e/support/databases.ts';
import { PING, startMcpDesk, type McpDesk } from '#e2e/support/mcp-desk.ts';
import {
  startHttpServer,
  startMcpServer,
  type RunningMcpServer,
  type SocketServer,
} from '#e2e/support/mcp-servers.ts';
import { release, sendRelease, settled } from '#e2e/support/publishing.ts';
import { eventually } from '#e2e/support/test-desk.ts';
import { dumpTables } from '#e2e/support/test-registry.ts';
import { registryContext } from '#registry/create-registry.ts';
import { registryRoutes } from '#registry/routes.ts';

const NAME = 'acme/weather';
const PATH = '/servers/acme%2Fweather';
const CANARY = 'canary/6d1f-Zk93xQ';
const HEADERS = { Authorization: 'Bearer ${secrets.API_TOKEN}', 'X-Team': 'weather' };

describe.each(engines)('a server released with upstreamHeaders on %s', (engine) => {
  let desk: McpDesk;
  const upstreams: SocketServer[] = [];
  beforeAll(async () => {
    desk = await startMcpDesk(engine);
  });
  beforeEach(async () => {
    await desk.registry.clear();
    await desk.registry.put(NAME);
  });
  afterEach(async () => {
    await Promise.all(upstreams.splice(0).map((upstream) => upstream.close()));
  });
  afterAll(async () => desk.stop());

  const start = async (authorization: string | null = `Bearer ${CANARY}`): Promise<RunningMcpServer> => {
    const upstream = await startMcpServer({ authorization });
    upstreams.push(upstream);
    return upstream;
  };
  const set = async (value: string, name = 'API_TOKEN') =>
    desk.registry.call('PUT', `${PATH}/secrets`, { body: { name, value } });
  const external = (upstreamUrl: string, upstreamHeaders: unknown = HEADERS) => ({
    payload: { type: 'external', upstreamUrl, upstreamHeaders },
  });
  const released = async (url: string, headers?: unknown) =>
    settled(desk.registry, NAME, await release(desk.registry, NAME, external(url, headers)));
  const called = async () => {
    const { client } = await desk.connect(NAME);
    const answer = await client.callTool({ name: 'echo', arguments: { text: 'hello' } });
    await client.close();
    return answer;
  };
  /** What the owner's log says of the last call that a secret kept from being made. */
  const lastFailure = async () =>
    eventually(
      async () => {
        const { body } = await desk.registry.call('GET', `${PATH}/logs?limit=100`);
        const { invocations } = body as { invocations: { exceptions: { name: string }[] }[] };
        return invocations
          .flatMap(({ exceptions }) => exceptions)
          .find(({ name }) => name === 'SecretUnusable');
      },
      (found) => found !== undefined,
    );
  const refused = async () => {
    const response = await desk.send(NAME);
    const text = await response.text();
    expect(text).not.toContain('API_TOKEN');
    expect(text).toContain('a secret that it is called with has to be set by its owner');
    return response.status;
  };

  it('is scanned and called with them, and they win over those of its caller', async () => {
    const upstream = await start();
    await set(CANARY);
    const done = await released(upstream.url);
    expect(done.status).toBe('SUCCESS');
    expect(done.logs.map(({ message }) => message)).toContain(
      `Each call carries Authorization, X-Team, with API_TOKEN, which ${new URL(upstream.url).origin} alone is sent`,
    );
    const { client } = await desk.connect(NAME, {
      'X-Touchmark-Key': desk.registry.ownerKey,
      Authorization: 'Bearer of-the-caller',
      'X-TEAM': 'of the caller',
    });
    expect(await client.callTool({ name: 'echo', arguments: { text: 'hello' } })).toMatchObject({
      content: [{ text: 'hello' }],
    });
    await client.close();
    for (const { headers } of upstream.requests) {
      expect(headers).toMatchObject({ authorization: `Bearer ${CANARY}`, 'x-team': 'weather' });
    }
    const body = {
      targetNamespace: 'acme',
      targetOrganizationId: desk.registry.ownerId,
      targetSlug: 'moved',
    };
    expect((await desk.registry.call('POST', `${PATH}/transfer`, { body })).status).toBe(200);
    expect((await desk.send('acme/moved')).status).not.toBe(502);
  });

  it('is released so by the official client too, whose types do not know the field', async () => {
    const { url } = await start();
    await set(CANARY);
    const client = new Smithery({
      apiKey: desk.registry.ownerKey,
      baseURL: `${desk.running.url}/registry`,
      maxRetries: 0,
    });
    const payload = { type: 'external' as const, upstreamUrl: url, upstreamHeaders: HEADERS };
    const { deploymentId, warnings } = await client.servers.releases.deploy(NAME, {
      payload: JSON.stringify(payload),
    });
    expect(warnings).toBeUndefined();
    expect((await settled(desk.registry, NAME, deploymentId)).status).toBe('SUCCESS');
  });

  it.each<[string, unknown, RegExp]>([
    ['upstreamHeaders', 'Bearer x', /must be an object/],
    ['upstreamHeaders.X-A', { 'X-A': 7 }, /must be text/],
    ['upstreamHeaders.Host', { Host: 'x' }, /the connection sets itself/],
    ['upstreamHeaders.X A', { 'X A': 'x' }, /name of an HTTP header/],
    ['upstreamHeaders.X-A', { 'X-A': 'a\nb' }, /value of an HTTP header/],
    ['upstreamHeaders.X-A', { 'X-A': '${secrets.API_TOKEN' }, /no other \$\{…\}/],
    ['upstreamHeaders.X-A', { 'X-A': '${secrets.1A}' }, /no other \$\{…\}/],
    ['upstreamHeaders.X-A', { 'X-A': '${secrets.}' }, /no other \$\{…\}/],
    ['upstreamHeaders.X-A', { 'X-A': 'a ${env.HOME}' }, /no other \$\{…\}/],
    ['upstreamHeaders.X-A', { 'X-A': '${secrets.API_TOKEN} ${ secrets.API_TOKEN }' }, /no other \$\{…\}/],
    ['upstreamHeaders.x-a', { 'X-A': '1', 'x-a': '2' }, /stands here twice/],
    ['upstreamHeaders.Authorization', { Authorization: `Bearer ${CANARY}` }, /from a secret/],
    ['upstreamHeaders.X-Api-Key', { 'X-Api-Key': CANARY }, /from a secret/],
    ['upstreamHeaders', Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`X-${i}`, ''])), /too many/],
    [
      'upstreamHeaders.X-B',
      { 'X-A': '${secrets.API_TOKEN}', 'X-B': '${secrets.OTHER}' },
      /secret OTHER has no value/,
    ],
  ])('is refused with a word about %s: %j', async (field, upstreamHeaders, text) => {
    await set(CANARY);
    const sent = external('http://127.0.0.1:9/mcp', upstreamHeaders);
    const { status, body } = await sendRelease(desk.registry, NAME, sent);
    expect([status, body]).toEqual([400, { error: expect.stringMatching(text) }]);
    expect(String(body['error'])).toContain(`payload.${field}: `);
    expect(String(body['error'])).not.toContain(CANARY);
    const list = await desk.registry.call('GET', `${PATH}/releases`);
    expect(list.body).toMatchObject({ releases: [] });
  });

  it('is not sent a secret that was set for another origin, until its value is set again', async () => {
    const [first, second] = [await start(), await start()];
    await set(CANARY);
    await set('a-second-secret', 'SECOND');
    expect((await released(first.url)).status).toBe('SUCCESS');
    const headers = { ...HEADERS, 'X-Second': '${secrets.SECOND}' };
    const failed = await released(second.url, headers);
    expect(failed.status).toBe('FAILURE');
    expect(failed.logs.at(-1)).toMatchObject({
      message: expect.stringContaining(`API_TOKEN was set for ${new URL(first.url).origin}`),
      error: { message: expect.stringContaining('Set the value of API_TOKEN again') },
    });
    expect(second.requests).toEqual([]);
    expect(await called()).toMatchObject({ content: [{ text: 'hello' }] });

    await set(CANARY);
    expect(await called()).toMatchObject({ content: [{ text: 'hello' }] });
    expect((await released(second.url, headers)).status).toBe('SUCCESS');
    expect(await called()).toMatchObject({ content: [{ text: 'hello' }] });
    expect((await released(first.url)).status).toBe('FAILURE');
    expect((await released(second.url)).status).toBe('SUCCESS');
  });

  it('is not called where its address, or that of its secret, became another', async () => {
    const [first, second] = [await start(), await start()];
    await set(CANARY);
    await released(first.url);
    await desk.registry.db
      .updateTable('releases')
      .set({ upstream_url: second.url, called_url: second.url })
      .execute();
    expect(await refused()).toBe(502);
    expect(second.requests).toEqual([]);
    expect(await lastFailure()).toMatchObject({
      message: expect.stringContaining(`API_TOKEN was set for ${new URL(first.url).origin}`),
    });
  });

  it('is called with a changed value at once, and not at all without one', async () => {
    const upstream = await start();
    await set(CANARY);
    await released(upstream.url);
    upstream.authorization = 'Bearer changed-value';
    await set('changed-value');
    expect(await called()).toMatchObject({ content: [{ text: 'hello' }] });
    const count = upstream.requests.length;

    upstream.authorization = 'Bearer another';
    const unwelcome = await desk.send(NAME);
    expect([unwelcome.status, await unwelcome.text()]).toEqual([
      502,
      expect.stringContaining('does not accept the credentials that its owner set'),
    ]);
    expect(upstream.requests).toHaveLength(count + 1);
    upstream.authorization = 'Bearer changed-value';

    await set('changed\nvalue');
    expect(await refused()).toBe(502);
    expect(await lastFailure()).toMatchObject({ message: expect.stringContaining('cannot hold the value') });
    await desk.registry.call('DELETE', `${PATH}/secrets/API_TOKEN`);
    expect(await refused()).toBe(502);
    expect(upstream.requests).toHaveLength(count + 1);
    await set('changed-value');
    expect(await called()).toMatchObject({ content: [{ text: 'hello' }] });
  });

  it('says of each way in which a value is missing what to do, at its release and at a call', async () => {
    const upstream = await start();
    await set('of two\nlines');
    const unfit = await released(upstream.url);
    expect([unfit.status, unfit.logs.at(-1)?.message]).toEqual([
      'FAILURE',
      expect.stringContaining('Authorization cannot hold the value of API_TOKEN'),
    ]);
    await set(CANARY);
    await released(upstream.url);
    const lost = { sealed: null, lost_at: new Date().toISOString() };
    await desk.registry.db.updateTable('secrets').set(lost).execute();
    expect(await refused()).toBe(502);
    expect(await lastFailure()).toMatchObject({
      message: 'The value of the secret API_TOKEN is lost. Set API_TOKEN again.',
    });
    const again = await sendRelease(desk.registry, NAME, external(upstream.url));
    expect([again.status, again.body]).toEqual([
      400,
      {
        error: expect.stringContaining(
          'payload.upstreamHeaders.Authorization: the secret API_TOKEN has no value',
        ),
      },
    ]);
  });

  it('waits for a sign-in where the server does not take the value, and goes on with another', async () => {
    const { url } = await start();
    await set('a-wrong-value');
    const waiting = await released(url);
    expect(waiting.status).toBe('AUTH_REQUIRED');
    expect(waiting.logs.at(-1)?.message).toContain('does not accept the credentials');
    await set(CANARY);
    await desk.registry.call('POST', `${PATH}/releases/latest/resume`);
    const done = await settled(desk.registry, NAME, waiting.id, (status) => status === 'SUCCESS');
    expect(done.status).toBe('SUCCESS');
  });

  it('may repeat what it was sent as it likes: nobody is shown it, and nothing keeps it in clear', async () => {
    const echo = await startEcho();
    upstreams.push(echo);
    await set(CANARY);
    const done = await released(`${echo.origin}/mcp`);
    expect(done.status).toBe('SUCCESS');
    const { client } = await desk.connect(NAME);
    const tools = await client.listTools();
    expect(tools.tools[0]?.description).toBe('Bearer ***');
    const answers = [
      tools,
      await client.callTool({ name: 'echo' }),
      await client.callTool({ name: 'events' }),
    ];
    expect(JSON.stringify(answers)).toContain('Bearer ***');
    await expect(client.callTool({ name: 'refuse' })).rejects.toThrow('Bearer ***');
    await client.close();
    await desk.logs(NAME, 4);
    const paths = ['', '/releases', `/releases/${done.id}`, '/logs?limit=100', '/secrets'];
    const read = await Promise.all(
      paths.map(async (path) => (await desk.registry.call('GET', PATH + path)).text),
    );
    const kept = JSON.stringify(await dumpTables(desk.registry));
    expect(kept).toContain('API_TOKEN');
    const log = JSON.stringify([desk.running.log, desk.registry.failures.map(String)]);
    for (const text of [JSON.stringify(answers), ...read, kept, log, ...(await databaseFiles(desk))]) {
      for (const form of formsOf(CANARY)) expect(text.includes(form)).toBe(false);
    }
    expect(echo.requests.every(({ headers }) => headers.authorization === `Bearer ${CANARY}`)).toBe(true);
  });

  it('does not lead them elsewhere, wherever it redirects to', async () => {
    const elsewhere = await startHttpServer((_, response) => void response.writeHead(404).end());
    const leading = await startHttpServer(
      (_, response) => void response.writeHead(307, { Location: `${elsewhere.origin}/mcp` }).end(),
    );
    upstreams.push(elsewhere, leading);
    await set(CANARY);
    expect((await released(`${leading.origin}/mcp`)).status).toBe('FAILURE');
    expect(leading.requests.length).toBeGreaterThan(0);
    await set(CANARY);
    const upstream = await start();
    await released(upstream.url);
    await desk.registry.db.updateTable('secrets').set({ origin: null }).execute();
    await desk.registry.db.updateTable('releases').set({ upstream_url: leading.origin }).execute();
    for (const method of ['GET', 'POST', 'DELETE']) await (await desk.send(NAME, { method })).text();
    expect(leading.requests.at(-1)?.headers.authorization).toBe(`Bearer ${CANARY}`);
    expect(JSON.stringify(elsewhere.requests)).not.toContain('canary');
  });

  it('needs no secret where its headers name none', async () => {
    const upstream = await start(null);
    const plain = await released(upstream.url, { 'X-Team': 'a $' });
    expect(plain.status).toBe('SUCCESS');
    expect(await called()).toMatchObject({ content: [{ text: 'hello' }] });
    expect(upstream.requests.at(-1)?.headers).toMatchObject({ 'x-team': 'a $' });
    const none = await released(upstream.url, {});
    expect([none.status, none.logs[0]?.message]).toEqual(['SUCCESS', expect.stringMatching(/^Connecting/)]);
  });
});

describe('a call', () => {
  it('asks the database for secrets only where the headers of its server name some', async () => {
    const upstream = await startHttpServer(
      (_, response) =>
        void response
          .writeHead(200, { 'Content-Type': 'application/json' })
          .end('{"jsonrpc":"2.0","id":1,"result":{}}'),
    );
    const desk = await startMcpDesk('sqlite');
    const { registry } = desk;
    if (registry.location.engine !== 'sqlite') throw new Error('not SQLite');
    const asked: string[] = [];
    const observed = new Kysely<Database>({
      dialect: sqliteDialect(registry.location.path),
      log: ({ query }) => void asked.push(query.sql),
    });
    const { context, close } = registryContext(registry.registryOptions);
    const app = registryRoutes({ ...context, db: observed });
    const rid = await desk.release(NAME, `${upstream.origin}/mcp`);
    const queries = async (headers: object | null): Promise<string[]> => {
      const upstream_headers = headers && JSON.stringify(headers);
      await registry.db
        .updateTable('releases')
        .set({ upstream_headers })
        .where('server_rid', '=', rid)
        .execute();
      asked.length = 0;
      const response = await app.fetch(
        new Request('http://x/mcp/acme%2Fweather', {
          method: 'POST',
          headers: { 'X-Touchmark-Key': registry.ownerKey },
          body: JSON.stringify(PING),
        }),
      );
      expect(response.status).toBe(200);
      await response.text();
      return asked.filter((query) => query.startsWith('select'));
    };
    await queries(null);
    const usual = await queries(null);
    expect(usual.join()).not.toContain('"secrets"');
    expect(await queries({ 'X-Team': 'weather' })).toEqual(usual);
    await registry.call('PUT', `${PATH}/secrets`, { body: { name: 'API_TOKEN', value: CANARY } });
    expect(await queries(HEADERS)).toHaveLength(usual.length + 1);
    await close();
    await observed.destroy();
    await desk.stop();
    await upstream.close();
  });
});

/** A server that tells whoever asks with what `Authorization` they came, in each way there is. */
async function startEcho(): Promise<SocketServer> {
  return startHttpServer((request, response) => {
    const said = request.headers.authorization ?? '';
    let text = '';
    request.on('data', (piece: Buffer) => (text += piece.toString()));
    request.on('end', () => {
      if (request.method !== 'POST') {
        response.writeHead(405).end();
        return;
      }
      const { id, method, params } = JSON.parse(text) as {
        id?: number;
        method: string;
        params?: { name?: string; protocolVersion?: string };
      };
      if (id === undefined) {
        response.writeHead(202).end();
        return;
      }
      const results: Record<string, object> = {
        initialize: {
          protocolVersion: params?.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: `echo ${said}`, version: '1' },
        },
        'tools/list': {
          tools: ['echo', 'events', 'refuse'].map((name) => ({
            name,
            description: said,
            inputSchema: { type: 'object', title: said, properties: { [said]: {} } },
          })),
        },
        'tools/call': { content: [{ type: 'text', text: said }] },
      };
      const answer = JSON.stringify({ jsonrpc: '2.0', id, result: results[method] });
      if (params?.name === 'refuse') {
        response.writeHead(400, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_001, message: said } }));
      } else if (params?.name === 'events') {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        // In pieces that cut what is repeated.
        for (const piece of `data: ${answer}\n\n`.match(/.{1,7}|\n/gs) ?? []) response.write(piece);
        response.end();
      } else {
        response.writeHead(200, { 'Content-Type': 'application/json' }).end(answer);
      }
    });
  });
}

/** The files as they are on the disk; of PostgreSQL, whose files are not ours to read, none. */
async function databaseFiles({ registry: { db, location } }: McpDesk): Promise<string[]> {
  if (location.engine === 'postgres') return [];
  await sql`pragma wal_checkpoint(truncate)`.execute(db);
  const folder = dirname(location.path);
  const files = (await readdir(folder)).filter((file) => file.startsWith(basename(location.path)));
  return Promise.all(files.map(async (file) => readFile(join(folder, file), 'latin1')));
}

function formsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  return [
    text,
    text.replaceAll('/', String.raw`\/`),
    bytes.toString('hex'),
    bytes.toString('base64').slice(0, 20),
    encodeURIComponent(text),
  ];
}
