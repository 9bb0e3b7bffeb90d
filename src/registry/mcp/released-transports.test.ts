import { setTimeout as sleep } from 'node:timers/promises';
import type { CreateTokenResponse } from '@smithery/api/resources/tokens';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { PING, startMcpDesk, type McpDesk } from '#e2e/support/mcp-desk.ts';
import {
  startHttpServer,
  startMcpServer,
  type RunningMcpServer,
  type SocketServer,
} from '#e2e/support/mcp-servers.ts';
import { modernRequest, startModernServer } from '#e2e/support/modern-mcp-server.ts';
import { publishUpstream } from '#e2e/support/publish-upstream.ts';
import { createRegistry } from '#registry/create-registry.ts';
import { DEFAULT_QUOTAS } from '#registry/quotas/quota-kinds.ts';

describe.each(engines)('a server that was released on %s', (engine) => {
  let desk: McpDesk;
  let servers = 0;
  const upstreams: SocketServer[] = [];
  beforeAll(async () => {
    desk = await startMcpDesk(engine, { limits: { streamCommentMs: 100 } });
  });
  afterEach(async () => {
    await Promise.all(upstreams.splice(0).map((upstream) => upstream.close()));
  });
  afterAll(async () => desk.stop());

  const authorization = () => ({ Authorization: `Bearer ${desk.registry.ownerKey}` });
  const publish = async (upstreamUrl: string, name = `acme/r${(servers += 1)}`): Promise<string> => {
    await publishUpstream(`${desk.running.url}/registry`, { name, upstreamUrl, headers: authorization() });
    return name;
  };
  const start = async (options: Parameters<typeof startMcpServer>[0]): Promise<RunningMcpServer> => {
    const upstream = await startMcpServer(options);
    upstreams.push(upstream);
    return upstream;
  };
  const liveRelease = async (name: string) =>
    desk.registry.db
      .selectFrom('servers')
      .innerJoin('releases', 'releases.id', 'servers.live_release_id')
      .select(['releases.upstream_url', 'releases.called_url', 'releases.transport'])
      .where('qualified_name', '=', name)
      .executeTakeFirstOrThrow();

  it.each([307, 308])('with an address that answers %i is called where that leads', async (redirects) => {
    const upstream = await start({ redirects });
    const name = await publish(upstream.url);
    expect(await liveRelease(name)).toEqual({
      upstream_url: upstream.url,
      called_url: `${upstream.url}/`,
      transport: 'streamable',
    });
    upstream.requests.length = 0;
    const { client, transport } = await desk.connect(name);
    expect((await client.listTools()).tools).toHaveLength(3);
    expect(await client.callTool({ name: 'echo', arguments: { text: 'hello' } })).toMatchObject({
      content: [{ text: 'hello' }],
    });
    await transport.terminateSession();
    await client.close();
    expect(new Set(upstream.requests.map(({ path }) => path))).toEqual(new Set(['/mcp/']));
    expect(new Set(upstream.requests.map(({ method }) => method))).toEqual(
      new Set(['POST', 'GET', 'DELETE']),
    );
  });

  it.each([
    [307, 'POST', true],
    [308, 'POST', true],
    [301, 'POST', false],
    [303, 'POST', false],
    [307, 'DELETE', true],
    [302, 'DELETE', false],
    [301, 'GET', true],
    [302, 'GET', true],
    [307, 'GET', true],
  ])(
    'and redirects later with %i is followed within its origin by a %s: %j',
    async (status, method, isFollowed) => {
      const seen: string[] = [];
      const upstream = await startHttpServer((request, response) => {
        if (request.url?.startsWith('/mcp?') === true) {
          response.writeHead(status, { Location: '/new?b=2' }).end();
          return;
        }
        request.on('data', (piece: Buffer) => seen.push(piece.toString()));
        request.on('end', () => {
          const type = request.method === 'GET' ? 'text/event-stream' : 'application/json';
          response.writeHead(200, { 'Content-Type': type }).end('{}\n\n');
        });
      });
      upstreams.push(upstream);
      const name = `acme/r${(servers += 1)}`;
      await desk.release(name, `${upstream.origin}/mcp?a=1`);
      const headers = { 'X-Secret-Of-Mine': 'kept' };
      const response = await desk.send(name, { method, query: '?c=3', headers });
      await response.text();
      expect(response.status).toBe(isFollowed ? 200 : 502);
      const [first, second] = upstream.requests;
      expect(first?.path).toBe('/mcp?a=1&c=3');
      expect(second?.path).toBe(isFollowed ? '/new?b=2&a=1&c=3' : undefined);
      if (!isFollowed) return;
      expect([second?.method, second?.headers['x-secret-of-mine']]).toEqual([method, 'kept']);
      expect(seen.join('')).toBe(method === 'POST' ? JSON.stringify(PING) : '');
    },
  );

  it('and redirects in a circle is given up; one that takes a parameter away is followed', async () => {
    const upstream = await startHttpServer((request, response) => {
      const path = request.url ?? '';
      if (path.startsWith('/strict?')) response.writeHead(307, { Location: '/strict' }).end();
      else if (path.startsWith('/strict')) response.writeHead(202).end();
      else response.writeHead(307, { Location: path === '/a' ? '/b' : '/a' }).end();
    });
    upstreams.push(upstream);
    await desk.release('acme/circle', `${upstream.origin}/a`);
    expect((await desk.send('acme/circle')).status).toBe(502);
    expect(upstream.requests.length).toBeLessThan(10);
    await desk.release('acme/strict', `${upstream.origin}/strict`);
    expect((await desk.send('acme/strict', { query: '?x=1' })).status).toBe(202);
  });

  it('and speaks the older transport is a whole session for its clients, each of its calls in the logs', async () => {
    const upstream = await start({ transport: 'sse', redirects: 307 });
    const name = await publish(upstream.url);
    expect(await liveRelease(name)).toMatchObject({ called_url: `${upstream.url}/`, transport: 'sse' });
    upstream.requests.length = 0;
    const asked: string[] = [];
    const client = new Client({ name: 'test', version: '1.0.0' });
    const transport = new SSEClientTransport(new URL(desk.mcpUrl(name)), {
      requestInit: { headers: authorization() },
      fetch: async (url, init) => {
        asked.push(`${init?.method ?? 'GET'} ${String(url)}`);
        return fetch(url, init);
      },
    });
    await client.connect(transport);
    expect((await client.listTools()).tools).toHaveLength(3);
    expect(await client.callTool({ name: 'count' })).toMatchObject({ content: [{ text: '3' }] });
    await client.close();

    const posts = new Set(asked.filter((line) => line.startsWith('POST')));
    expect(posts.size).toBe(1);
    const [address = ''] = posts;
    expect(address).toMatch(`${desk.mcpUrl(name)}?touchmark-post=`);
    const session = upstream.requests.find(({ method }) => method === 'POST')?.path.split('=')[1] ?? '-';
    expect(address).not.toContain(session);
    const invocations = await desk.logs(name, 4);
    expect(
      invocations
        .map(({ request, response, logs }) => [request.method, response.status, logs[0]?.message].join(' '))
        .sort(),
    ).toEqual([
      'GET 200 Event stream opened',
      'POST 202 initialize',
      'POST 202 tools/call count',
      'POST 202 tools/list',
    ]);
  });

  it('and speaks the older transport sends clients of the newer one there, and takes posts only where it said', async () => {
    const upstream = await start({ transport: 'sse' });
    const name = await publish(upstream.url);
    const first = await desk.send(name);
    expect([first.status, first.headers.get('Allow'), await first.json()]).toEqual([
      405,
      'GET',
      { error: expect.stringContaining('open its event stream with GET') },
    ]);
    expect((await desk.send(name, { method: 'DELETE' })).status).toBe(405);

    const events = (await desk.send(name, { method: 'GET' })).body
      ?.pipeThrough(new TextDecoderStream())
      .getReader();
    const [, query = ''] = /^data: [^?]+(\?.*)$/m.exec((await events?.read())?.value ?? '') ?? [];
    expect((await desk.send(name, { query })).status).toBe(202);
    const narrow = await desk.registry.call('POST', '/tokens', {
      body: { policy: [{ rpcReqMatch: { method: '^tools/' } }] },
    });
    const headers = { Authorization: `Bearer ${(narrow.body as CreateTokenResponse).token}` };
    expect((await desk.send(name, { query, headers })).status).toBe(403);
    // As another process of the same database would.
    const beside = createRegistry(desk.registry.registryOptions);
    const elsewhere = await beside.fetch(
      new Request(`http://desk.test/mcp/${encodeURIComponent(name)}${query}`, {
        method: 'POST',
        headers: { ...authorization(), 'Content-Type': 'application/json' },
        body: JSON.stringify(PING),
      }),
    );
    expect(elsewhere.status).toBe(202);
    await beside.close();
    const known = upstream.requests.length;
    for (const wrong of [
      `${query.slice(0, -4)}AAAA`,
      query.replace('=', '=AAAA'),
      '?touchmark-post=',
      '?touchmark-post=L2FkbWlu',
    ]) {
      expect((await desk.send(name, { query: wrong })).status).toBe(404);
    }
    const other = await publish(upstream.url);
    expect((await desk.send(other, { query })).status).toBe(404);
    await events?.cancel();
    await publish(upstream.url, name);
    const late = await desk.send(name, { query });
    expect([late.status, await late.json()]).toEqual([
      404,
      { error: expect.stringContaining('Session not found') },
    ]);
    const posted = upstream.requests.slice(known).filter(({ path }) => path.includes(query));
    expect(posted).toEqual([]);
  });

  it.each([
    ['another origin', 'http://elsewhere.test/messages'],
    ['a user', 'http://me@127.0.0.1/messages'],
    ['nothing', ''],
  ])('cannot have its clients post to %s, whatever it speaks', async (_, address) => {
    const upstream = await startHttpServer((request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write(`event: message\ndata: 1\n\nevent: endpoint\ndata: ${address}\n\n`);
    });
    upstreams.push(upstream);
    const name = `acme/r${(servers += 1)}`;
    await desk.release(name, upstream.origin);
    const text = await (await desk.send(name, { method: 'GET' })).text();
    expect(text).toBe('event: message\ndata: 1\n\n');
    const [invocation] = await desk.logs(name, 1);
    expect(invocation).toMatchObject({ exceptions: [{ name: 'UpstreamRefused' }] });
  });

  it('cannot name paths of the registry for posts: they are below its own address', async () => {
    const upstream = await startHttpServer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.end('event: endpoint\ndata: /registry/tokens\n\n');
    });
    upstreams.push(upstream);
    const name = `acme/r${(servers += 1)}`;
    await desk.release(name, upstream.origin);
    const text = await (await desk.send(name, { method: 'GET' })).text();
    expect(text).toMatch(/^event: endpoint\ndata: \/registry\/mcp\/acme%2Fr\d+\?touchmark-post=[\w-]+\n\n$/);
  });

  it('and speaks the newest protocol alone is called with all that its requests say in headers', async () => {
    const upstream = await startModernServer();
    upstreams.push(upstream);
    const name = await publish(upstream.url);
    expect(await liveRelease(name)).toMatchObject({ transport: 'streamable' });
    const { body } = await desk.registry.call('GET', `/servers/${encodeURIComponent(name)}`);
    expect(body).toMatchObject({ tools: [{ name: 'tide' }] });
    for (const [method, params] of [
      ['server/discover', {}],
      ['tools/list', {}],
      ['tools/call', { name: 'tide' }],
    ] as const) {
      const { headers, body: sent } = modernRequest(method, params);
      const more = { ...headers, 'Mcp-Param-Region': '=?base64?w6k=?=' };
      const response = await desk.send(name, { headers: more, body: sent });
      expect([method, response.status]).toEqual([method, 200]);
    }
    expect(upstream.requests.at(-1)?.headers['mcp-param-region']).toBe('=?base64?w6k=?=');
    const listening = await desk.send(name, modernRequest('subscriptions/listen', { notifications: {} }));
    const events = listening.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await events?.read())?.value).toContain('acknowledged');
    await events?.cancel();
    const invocations = await desk.logs(name, 4);
    const said = invocations.map(({ response, logs }) => `${response.outcome} ${logs[0]?.message}`);
    expect(said.sort()).toEqual([
      'ok server/discover',
      'ok subscriptions/listen',
      'ok tools/call tide',
      'ok tools/list',
    ]);
  });

  it.each([
    ['no name', { _meta: {} }, ['tide']],
    ['null for a name', { _meta: null }, ['tide']],
    ['null for what it can do', { capabilities: null }, undefined],
  ])('and speaks the newest protocol alone may say %s of itself', async (_, about, tools) => {
    const upstream = await startModernServer(about);
    upstreams.push(upstream);
    const name = await publish(upstream.url);
    const { body } = await desk.registry.call('GET', `/servers/${encodeURIComponent(name)}`);
    const listed = (body as { tools: { name: string }[] | null }).tools;
    expect(listed?.map((tool) => tool.name)).toEqual(tools);
  });

  it('and is silent for long has comments put between its events, in none and in no document', async () => {
    const upstream = await startHttpServer((request, response) => {
      const isDocument = request.headers['x-kind'] === 'document';
      const [first, rest] = isDocument ? ['{"jsonrpc"', ':1}'] : ['data: a\ndata:', ' b\n\n'];
      response.writeHead(200, { 'Content-Type': isDocument ? 'application/json' : 'text/event-stream' });
      response.write(first);
      setTimeout(() => response.write(rest), 300);
      setTimeout(() => response.end(), 600);
    });
    upstreams.push(upstream);
    const name = `acme/r${(servers += 1)}`;
    await desk.release(name, upstream.origin);
    for (const method of ['GET', 'POST']) {
      const text = await (await desk.send(name, { method })).text();
      expect(text).toMatch(/^(: keep-alive\n\n)*data: a\ndata: b\n\n(: keep-alive\n\n)+$/);
    }
    const answer = await desk.send(name, { headers: { 'X-Kind': 'document' } });
    expect(await answer.text()).toBe('{"jsonrpc":1}');
  });

  it('has what listens to it ended when the registry is about to close, counted as a stream until then', async () => {
    const closing = await startMcpDesk(engine, { limits: { quotas: { ...DEFAULT_QUOTAS, streams: 1 } } });
    const upstream = await startModernServer();
    upstreams.push(upstream);
    await closing.release('acme/tides', upstream.url);
    const listen = modernRequest('subscriptions/listen', { notifications: {} });
    const first = await closing.send('acme/tides', listen);
    const all = first.text();
    expect((await closing.send('acme/tides', listen)).status).toBe(429);
    await sleep(50);
    closing.registry.endStreams();
    expect(await all).toContain('acknowledged');
    await closing.stop();
  });
});
