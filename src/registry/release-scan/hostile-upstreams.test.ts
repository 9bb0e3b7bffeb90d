import type { LookupAddress, LookupOptions } from 'node:dns';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startHttpServer, startMcpServer, type SocketServer } from '#e2e/support/mcp-servers.ts';
import { release, settled } from '#e2e/support/publishing.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';
import { createRegistry } from '#registry/create-registry.ts';

const NAME = 'acme/weather';
const CANARY = 'canary-of-the-upstream';

type Answer = (message: { id?: number; method: string; params?: { cursor?: string } }) => unknown;

const initialized = {
  protocolVersion: '2025-06-18',
  capabilities: { tools: {} },
  serverInfo: { name: 'liar', version: '1' },
};

/** Speaks JSON-RPC by hand, so that it can say what no honest server would. */
function scripted(
  answer: Answer,
  hello: object = initialized,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(405).end();
      return;
    }
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      const message = JSON.parse(text) as Parameters<Answer>[0];
      if (message.id === undefined) {
        response.writeHead(202).end();
        return;
      }
      const result = message.method === 'initialize' ? hello : answer(message);
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, result }));
    });
  };
}

function plain(status: number, headers: Record<string, string> = {}) {
  return (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, headers).end(`<h1>${CANARY}</h1>`);
  };
}

function dripping(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  const timer = setInterval(() => response.write(`: ${CANARY}\n\n`), 20);
  response.on('close', () => clearInterval(timer));
}

function flooding(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  const chunk = `: ${CANARY.repeat(4000)}\n\n`;
  const pour = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', pour);
  pour();
}

/** Answers what a session begins with, then this status. */
function forgetful(status: number): (request: IncomingMessage, response: ServerResponse) => void {
  const begin = scripted(() => null);
  let requests = 0;
  return (request, response) => {
    requests += 1;
    if (requests > 2 && request.method === 'POST') response.writeHead(status).end();
    else begin(request, response);
  };
}

function redirecting(status: number, to: (path: string) => string) {
  return (request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { Location: to(request.url ?? '') }).end();
  };
}

/** Says no in the words of the protocol, and differently by the way it is asked. */
function refusing(request: IncomingMessage, response: ServerResponse): void {
  const isModern = request.headers['mcp-method'] === 'server/discover';
  if (request.method === 'GET') response.writeHead(410).end();
  else if (!isModern) response.writeHead(400).end();
  else response.writeHead(200, { 'Content-Type': 'application/json' }).end(REFUSAL);
}

const REFUSAL = JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: -32_603, message: CANARY } });

function naming(address: string) {
  return (request: IncomingMessage, response: ServerResponse) => {
    if (request.method !== 'GET') response.writeHead(404).end();
    else {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write(`event: endpoint\ndata: ${address}\n\n`);
    }
  };
}

const tool = { name: 'a', inputSchema: { type: 'object' } };

const LIARS: [string, (request: IncomingMessage, response: ServerResponse) => void, string, RegExp][] = [
  ['is a web page', plain(200, { 'Content-Type': 'text/html' }), 'FAILURE', /something other than MCP/],
  ['is broken', plain(500), 'FAILURE', /answers 500/],
  ['is not there', plain(404), 'FAILURE', /answers 404/],
  ['refuses access', plain(403), 'FAILURE', /refuses access \(403\)/],
  [
    'refuses each way of asking',
    refusing,
    'FAILURE',
    /initialize it answers 400 .*server\/discover it answers with the MCP error -32603; .* SSE transport it answers 410/,
  ],
  ['forgets its session', forgetful(404), 'FAILURE', /answers 404 .* when asked for tools\/list/],
  [
    'redirects in a circle',
    redirecting(307, (path) => (path === '/a' ? '/b' : '/a')),
    'FAILURE',
    /redirects \(307\) again and again/,
  ],
  [
    'redirects further and further',
    redirecting(308, (path) => `${path}/a`),
    'FAILURE',
    /redirects \(308\) again and again, lastly to http:\S+\/mcp\/a\/a/,
  ],
  [
    'would have a post turned into a read',
    redirecting(301, () => '/new'),
    'FAILURE',
    /redirects a post \(301\) so that it would become a read: release http:\S+\/new instead/,
  ],
  ['redirects to nowhere', redirecting(307, () => 'http://'), 'FAILURE', /redirects \(307\) without saying/],
  [
    'has its clients post to another origin',
    naming('http://elsewhere.test/messages'),
    'FAILURE',
    /names an address for posts that is not of its own origin/,
  ],
  ['never stops talking', flooding, 'FAILURE_SCAN', /sends more than/],
  ['lists no list', scripted(() => ({ tools: CANARY })), 'FAILURE', /shape that MCP does not know/],
  ['answers null', scripted(() => null), 'FAILURE', /does not know|as expected/],
  [
    'has endless pages',
    scripted(() => ({ tools: [tool], nextCursor: 'more' })),
    'FAILURE_SCAN',
    /never comes to the end/,
  ],
  [
    'has endless pages, each with another name and nothing on it',
    scripted(({ id }) => ({ tools: null, nextCursor: `more-${id}` })),
    'FAILURE_SCAN',
    /never comes to the end/,
  ],
  [
    'describes itself in a book',
    scripted(() => ({
      tools: Array.from({ length: 100 }, (_, i) => ({
        ...tool,
        name: `tool-${i}`,
        description: 'x'.repeat(19_000),
      })),
    })),
    'FAILURE_SCAN',
    /weighs more than 1048576 bytes. The heaviest part is Tool "tool-\d+" with 19\d+ bytes/,
  ],
  [
    'sends a giant answer',
    scripted(() => ({ tools: [], more: 'x'.repeat(9 * 1024 ** 2) })),
    'FAILURE_SCAN',
    /sends more/,
  ],
];

describe('an upstream', () => {
  let registry: TestRegistry;
  const servers: SocketServer[] = [];
  beforeAll(async () => {
    registry = await createTestRegistry('sqlite', { allowPrivateUpstreams: true });
  });
  beforeEach(async () => {
    await registry.clear();
    await registry.put(NAME);
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });
  afterAll(async () => registry.drop());

  const publish = async (upstreamUrl: string) => {
    const id = await release(registry, NAME, { payload: { type: 'external', upstreamUrl } });
    return settled(registry, NAME, id);
  };

  it.each(LIARS)(
    'that %s is refused in words for people, not in its own',
    async (_what, listener, status, message) => {
      const server = await startHttpServer(listener);
      servers.push(server);
      const failed = await publish(`${server.origin}/mcp`);
      const last = failed.logs.at(-1);
      expect([failed.status, last?.level, last?.message]).toEqual([
        status,
        'error',
        expect.stringMatching(message),
      ]);
      expect(last?.error?.message).toMatch(/release again/);
      expect(JSON.stringify(failed)).not.toContain(CANARY);
      const { body } = await registry.call('GET', '/servers/acme%2Fweather');
      expect(body).toMatchObject({ connections: [], tools: null });
      expect(registry.failures).toEqual([]);
    },
  );

  it.each<[string, Answer, string, string[], string[]]>([
    [
      'lists numbers',
      () => ({ tools: [1, tool, [2]] }),
      'Found 1 tool, no resources, no prompts',
      ['a'],
      ['Tool number 1 was left out: it is no object', 'Tool number 3 was left out: it is no object'],
    ],
    [
      'has parameters of a wrong kind',
      () => ({ tools: [{ name: 'odd', inputSchema: { type: CANARY } }, tool], nextCursor: null }),
      'Found 1 tool, no resources, no prompts',
      ['a'],
      ['Tool "odd" was left out: its inputSchema must be a JSON Schema with "type": "object"'],
    ],
    [
      'has one tool alone, an odd one',
      () => ({ tools: [{ name: 'odd', inputSchema: [] }] }),
      'Found no tools, no resources, no prompts',
      [],
      ['Tool "odd" was left out: its inputSchema must be a JSON Schema with "type": "object"'],
    ],
    [
      'answers a list of null',
      () => ({ tools: null, nextCursor: null }),
      'Found no tools, no resources, no prompts',
      [],
      [],
    ],
    [
      'answers with anything as output',
      () => ({
        tools: [
          { ...tool, title: null, description: null, outputSchema: true },
          { ...tool, name: 'b', outputSchema: { type: ['array', 'null'], items: false } },
          { ...tool, name: 'c', outputSchema: CANARY },
        ],
      }),
      'Found 3 tools, no resources, no prompts',
      ['a', 'b', 'c'],
      ['Tool "c": its outputSchema is no JSON Schema and was dropped'],
    ],
  ])('that %s goes live with the rest', async (_what, answer, found, names, warnings) => {
    const server = await startHttpServer(scripted(answer));
    servers.push(server);
    const done = await publish(`${server.origin}/mcp`);
    expect([done.status, done.logs.find(({ message }) => message.startsWith('Found'))?.message]).toEqual([
      'SUCCESS',
      found,
    ]);
    expect(done.logs.filter(({ level }) => level === 'warning').map(({ message }) => message)).toEqual(
      warnings,
    );
    expect(JSON.stringify(done)).not.toContain(CANARY);
    const { body } = await registry.call('GET', '/servers/acme%2Fweather');
    expect((body as { tools: { name: string }[] }).tools.map(({ name }) => name)).toEqual(names);
    expect(registry.failures).toEqual([]);
  });

  it.each<[string, object, object | null]>([
    ['without a name', { serverInfo: undefined }, null],
    ['with null for a name', { serverInfo: null }, null],
    [
      'with half a name',
      { serverInfo: { name: 'weather', title: null, version: null, icons: null }, instructions: null },
      { name: 'weather' },
    ],
    [
      'that can do nothing in several ways',
      { capabilities: { tools: { listChanged: null }, prompts: null, resources: null, logging: null } },
      { name: 'liar', version: '1' },
    ],
  ])('%s goes live all the same', async (_what, hello, serverInfo) => {
    const server = await startHttpServer(scripted(() => ({ tools: [tool] }), { ...initialized, ...hello }));
    servers.push(server);
    expect((await publish(`${server.origin}/mcp`)).status).toBe('SUCCESS');
    const { card } = await registry.db.selectFrom('releases').select('card').executeTakeFirstOrThrow();
    expect(JSON.parse(card ?? '')).toMatchObject({ serverInfo, tools: [{ name: 'a' }], prompts: null });
  });

  it('that lists far too much goes live with the first thousand', async () => {
    const page = (from: number) => Array.from({ length: 600 }, (_, i) => ({ ...tool, name: `t${from + i}` }));
    const server = await startHttpServer(
      scripted(({ params }) =>
        params?.cursor === 'two'
          ? { tools: page(600), nextCursor: 'three' }
          : { tools: page(0), nextCursor: 'two' },
      ),
    );
    servers.push(server);
    const done = await publish(`${server.origin}/mcp`);
    expect(done.logs.filter(({ level }) => level === 'warning').map(({ message }) => message)).toEqual([
      'There are more than 1000 tools: only the first 1000 were taken',
    ]);
    const { body } = await registry.call('GET', '/servers/acme%2Fweather');
    expect((body as { tools: { name: string }[] }).tools.at(-1)?.name).toBe('t999');
  });

  it('that says nothing, slowly, is not listened to for ever', async () => {
    const server = await startHttpServer(dripping);
    servers.push(server);
    const impatient = createRegistry({ ...registry.registryOptions, limits: { pipelineMs: 500 } });
    const payload = { type: 'external', upstreamUrl: `${server.origin}/mcp` };
    const id = await release({ ...registry, fetch: impatient.fetch }, NAME, { payload });
    const failed = await settled(registry, NAME, id);
    await impatient.close();
    expect([failed.status, failed.logs.at(-1)?.message]).toEqual([
      'FAILURE',
      expect.stringMatching(/timed out/),
    ]);
    expect(JSON.stringify(failed)).not.toContain(CANARY);
  });

  it('that nobody listens on is told apart from one that has no name', async () => {
    const gone = await startHttpServer(() => {});
    await gone.close();
    expect((await publish(`${gone.origin}/mcp`)).logs.at(-1)?.message).toMatch(/refuses connections/);
    const nameless = await publish('https://no-such-server.invalid/mcp');
    expect(nameless.logs.at(-1)?.message).toMatch(/no-such-server.invalid has no address/);
  });

  it('that redirects elsewhere is not followed there, with credentials or without', async () => {
    const sentinel = await startMcpServer();
    const server = await startHttpServer(plain(307, { Location: sentinel.url }));
    servers.push(sentinel, server);
    const id = await release(registry, NAME, {
      payload: {
        type: 'external',
        upstreamUrl: `${server.origin}/mcp`,
        scanCredentials: { 'X-Weather-Key': 'secret' },
      },
    });
    const failed = await settled(registry, NAME, id);
    expect(failed.logs.at(-1)?.message).toMatch(/redirects elsewhere \(307\)/);
    expect(failed.logs.at(-1)?.message).toContain(`to ${sentinel.url}: release that URL instead`);
    expect(sentinel.connections()).toBe(0);
  });
});

describe('without leave to reach private addresses', () => {
  let registry: TestRegistry;
  let sentinel: SocketServer;
  let resolved = 0;

  // Answers as a hostile name server would: a public address at first, this machine ever after.
  function rebinding(
    _host: string,
    _options: LookupOptions,
    callback: (error: Error | null, addresses: LookupAddress[]) => void,
  ): void {
    resolved += 1;
    const here = { address: '127.0.0.1', family: 4 };
    callback(null, resolved === 1 ? [{ address: '93.184.216.34', family: 4 }, here] : [here]);
  }

  beforeAll(async () => {
    registry = await createTestRegistry('sqlite', { lookup: rebinding as never });
    await registry.put(NAME);
    sentinel = await startHttpServer((_request, response) => void response.end());
  });
  afterAll(async () => {
    await sentinel.close();
    await registry.drop();
  });

  it.each([
    'https://127.0.0.1:PORT/mcp',
    'https://2130706433:PORT/mcp',
    'https://0x7f000001:PORT/mcp',
    'https://0177.0.0.1:PORT/mcp',
    'https://127.1:PORT/mcp',
    'https://[::1]:PORT/mcp',
    'https://[::ffff:127.0.0.1]:PORT/mcp',
    'https://[::ffff:7f00:1]:PORT/mcp',
    'https://[64:ff9b::7f00:1]:PORT/mcp',
    'https://0.0.0.0:PORT/mcp',
    'https://169.254.169.254/mcp',
    'https://rebinding.example.com:PORT/mcp',
    'https://rebinding.example.com:PORT/again',
    'http://127.0.0.1:PORT/mcp',
  ])('%s is never called', async (url) => {
    const upstreamUrl = url.replace('PORT', new URL(sentinel.origin).port);
    const id = await release(registry, NAME, { payload: { type: 'external', upstreamUrl } });
    const failed = await settled(registry, NAME, id);
    expect(failed.status).toBe('FAILURE');
    expect(failed.logs.at(-1)?.message).toMatch(/not a public address|must begin with https/);
    expect(sentinel.connections()).toBe(0);
  });
});
