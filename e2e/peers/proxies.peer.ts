import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Agent, fetch, FormData, type RequestInit } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBundle } from '#e2e/support/bundles.ts';
import { startDesk, type Desk } from '#e2e/support/desk.ts';
import { startHttpServer, type SocketServer } from '#e2e/support/mcp-servers.ts';
import { eventually } from '#e2e/support/test-desk.ts';
import { defaultRegistryLimits } from '#registry/registry-limits.ts';
import { freePort, startCommand, type RunningPeer } from './peer-program.ts';

const NAME = 'touchmark.example.com';
const MEGABYTE = 1024 * 1024;

/** A proxy as the README sets it up, save for its ports and its certificate. */
interface Setup {
  /** The language of its block in the README. */
  language: string;
  command: string;
  /** Where else it may be than among the commands. */
  paths: string[];
  /** What of its file differs here. */
  adapt: (block: string, place: Place) => string;
  args: (file: string) => string[];
}

interface Place {
  folder: string;
  port: number;
  deskPort: number;
  certificate: string;
  key: string;
}

const setups: Setup[] = [
  {
    language: 'nginx',
    command: 'nginx',
    paths: ['/usr/sbin/nginx', '/usr/local/sbin/nginx'],
    adapt: (block, { folder, port, deskPort, certificate, key }) => `
      daemon off;
      pid ${folder}/nginx.pid;
      error_log stderr;
      ${process.getuid?.() === 0 ? 'user root;' : ''}
      events {}
      http {
        access_log off;
        ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n')}
        ${replaced(block, [
          ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
          [`/etc/ssl/${NAME}.pem`, certificate],
          [`/etc/ssl/${NAME}.key`, key],
          ['127.0.0.1:4000', `127.0.0.1:${deskPort}`],
        ])}
      }`,
    args: (file) => ['-c', file, '-e', 'stderr'],
  },
  {
    language: 'caddyfile',
    command: 'caddy',
    paths: ['/usr/bin/caddy', '/usr/local/bin/caddy'],
    adapt: (block, { folder, port, deskPort, certificate, key }) => `{
        admin off
        auto_https disable_redirects
        storage file_system ${folder}
        default_bind 127.0.0.1
      }
      ${replaced(block, [
        [`${NAME} {`, `${NAME}:${port} {\n tls ${certificate} ${key}`],
        ['127.0.0.1:4000', `127.0.0.1:${deskPort}`],
      ])}`,
    args: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
  },
];

describe.each(setups)('behind $command as the README sets it up', (setup) => {
  let folder: string;
  let desk: Desk;
  let proxy: RunningPeer;
  let upstream: SocketServer;
  let block: string;
  /** Streams that the called server has open. */
  let streams: ServerResponse[];
  let url: string;
  let dispatcher: Agent;
  let authorization: { Authorization: string };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'touchmark-proxy-'));
    block = await readmeBlock(setup.language);
    const [port, deskPort] = [await freePort(), await freePort()];
    const host = `${NAME}:${port}`;
    url = `https://${host}`;
    const { certificate, key } = makeCertificate(folder);
    desk = await startDesk({
      args: `--port ${deskPort} --allow-host ${host} --public-url ${url} --trust-proxy 1 --allow-private-upstreams`.split(
        ' ',
      ),
    });
    const file = join(folder, 'proxy.conf');
    const place = { folder, port, deskPort, certificate, key };
    await writeFile(file, setup.adapt(block, place));
    proxy = await startCommand(pathOf(setup), setup.args(file), {
      until: { port },
      env: { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    });
    dispatcher = new Agent({
      connect: {
        ca: await readFile(certificate, 'utf8'),
        lookup: (_name, _options, found) => {
          found(null, [{ address: '127.0.0.1', family: 4 }]);
        },
      },
    });
    authorization = { Authorization: `Bearer ${desk.ownerKey ?? ''}` };
    streams = [];
    upstream = await startHttpServer((request, response) => void answerMcp(request, response, streams));
  });
  afterAll(async () => {
    await dispatcher.close();
    await proxy.stop();
    await desk.stop();
    await upstream.close();
    await rm(folder, { recursive: true, force: true });
  });

  const ask = async (path: string, init: RequestInit = {}) =>
    fetch(url + path, { dispatcher, ...init, headers: { ...authorization, ...(init.headers as object) } });

  async function release(name: string, parts: [string, string | Blob][]): Promise<[number, unknown]> {
    const server = `/registry/servers/demo%2F${name}`;
    await ask(server, { method: 'PUT' });
    const form = new FormData();
    for (const [part, value] of parts) {
      if (typeof value === 'string') form.append(part, value);
      else form.append(part, value, 'server.mcpb');
    }
    const answer = await ask(`${server}/releases`, { method: 'PUT', body: form });
    return [answer.status, answer.status === 413 ? undefined : await answer.json()];
  }

  const bundleOf = (megabytes: number): [string, string | Blob][] => {
    const bundle = makeBundle({ files: { 'data.bin': [randomBytes(megabytes * MEGABYTE), { level: 0 }] } });
    return [
      ['payload', JSON.stringify({ type: 'stdio', runtime: 'node' })],
      ['bundle', new Blob([new Uint8Array(bundle)])],
    ];
  };

  it('people sign in and read, as pages of that address', async () => {
    const own = { 'Touchmark-Client': 'web', Origin: url, 'Sec-Fetch-Site': 'same-origin' };
    const signedIn = await ask('/api/-/session', {
      method: 'POST',
      headers: { ...own, 'Content-Type': 'application/json' },
      body: JSON.stringify({ apiKey: desk.ownerKey }),
    });
    expect([signedIn.status, signedIn.headers.get('Set-Cookie')]).toEqual([
      200,
      expect.stringMatching(/^__Host-.*Secure/),
    ]);
    const Cookie = signedIn.headers.get('Set-Cookie')?.split(';', 1)[0] ?? '';
    const list = await ask('/api/servers?namespace=demo', { headers: { ...own, Cookie } });
    expect(list.status).toBe(200);
    const page = await ask('/servers');
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<title>Touchmark')]);
    const refused = await ask('/registry/servers/demo%2Fnone');
    expect([refused.status, await refused.json()]).toEqual([404, { error: 'Server not found' }]);
    expect(desk.log()).not.toContain('not trusted');
  });

  it('lists come packed, and read the same as plain ones', async () => {
    for (let index = 0; index < 8; index += 1) {
      await ask(`/registry/servers/demo%2Flisted-${index}`, { method: 'PUT' });
    }
    const list = '/registry/servers?namespace=demo&pageSize=100';
    const packed = await ask(list);
    expect([packed.headers.get('Content-Encoding'), packed.headers.get('Vary')]).toEqual([
      expect.stringMatching(/^(br|gzip)$/),
      expect.stringContaining('Accept-Encoding'),
    ]);
    const plain = await ask(list, { headers: { 'Accept-Encoding': 'identity' } });
    expect(plain.headers.get('Content-Encoding')).toBeNull();
    expect(await packed.json()).toEqual(await plain.json());
  });

  it('a bundle of almost 100 MB goes live, and a larger one is refused', async () => {
    expect(await release('large', bundleOf(99))).toEqual([
      202,
      expect.objectContaining({ status: 'SUCCESS' }),
    ]);
    // Whoever refuses it may do so before all of it is sent.
    const [status] = await release('too-large', bundleOf(107)).catch(() => [413]);
    expect(status).toBe(413);
  });

  it('a server is called, its stream comes piece by piece, and ends where its reader leaves', async () => {
    const payload = JSON.stringify({ type: 'external', upstreamUrl: `${upstream.origin}/mcp` });
    expect(await release('called', [['payload', payload]])).toEqual([
      202,
      expect.objectContaining({ status: 'SUCCESS', mcpUrl: `${url}/registry/mcp/demo%2Fcalled` }),
    ]);
    const client = new Client({ name: 'test', version: '1.0.0' });
    const transport = new StreamableHTTPClientTransport(new URL(`${url}/registry/mcp/demo%2Fcalled`), {
      requestInit: { headers: authorization },
      fetch: async (input, init) =>
        (await fetch(String(input), { ...(init as RequestInit), dispatcher })) as unknown as Response,
    });
    const heard: unknown[] = [];
    client.fallbackNotificationHandler = async ({ params }) => void heard.push(params);
    await client.connect(transport);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['wait']);
    const open = await eventually(
      async () => streams.at(-1),
      (stream) => stream !== undefined,
    );
    for (const step of [1, 2]) {
      open?.write(event({ method: 'notifications/message', params: { level: 'info', data: step } }));
      await eventually(
        async () => heard.length,
        (count) => count === step,
      );
      expect(heard.at(-1)).toEqual({ level: 'info', data: step });
    }
    await client.close();
    expect(
      await eventually(
        async () => open?.destroyed,
        (isDestroyed) => isDestroyed === true,
      ),
    ).toBe(true);
  });

  it('waits longer for a server than the registry does', () => {
    const [, seconds] = /(?:proxy_read_timeout|response_header_timeout) (\d+)s/.exec(block) ?? [];
    expect(Number(seconds) * 1000).toBeGreaterThan(defaultRegistryLimits.upstreamAnswerMs);
  });
});

/** A server of MCP with one tool, whose streams are left open and kept here. */
async function answerMcp(
  request: Parameters<Parameters<typeof startHttpServer>[0]>[0],
  response: ServerResponse,
  streams: ServerResponse[],
): Promise<void> {
  if (request.method === 'GET') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
    streams.push(response);
    return;
  }
  const { id, method, params } = JSON.parse((await text(request)) || '{}') as Record<string, unknown>;
  if (id === undefined) return void response.writeHead(202).end();
  const results: Record<string, unknown> = {
    initialize: {
      protocolVersion: (params as { protocolVersion?: string } | undefined)?.protocolVersion,
      capabilities: { tools: {}, logging: {} },
      serverInfo: { name: 'called', version: '1.0.0' },
    },
    'tools/list': { tools: [{ name: 'wait', inputSchema: { type: 'object' } }] },
  };
  const result = results[String(method)];
  const answer = result === undefined ? { error: { code: -32601, message: 'Unknown' } } : { result };
  response
    .writeHead(200, { 'Content-Type': 'application/json' })
    .end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
}

function event(message: object): string {
  return `event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`;
}

/** The only block of this language in the README. */
async function readmeBlock(language: string): Promise<string> {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const [, block, ...more] = readme.split(new RegExp('```' + language + '\n([^]*?)```'));
  if (block === undefined || more.length !== 1) throw new Error(`The README has no one block of ${language}`);
  return block;
}

function replaced(block: string, changes: [string, string][]): string {
  return changes.reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`The README's block has no "${from}"`);
    return changed.replaceAll(from, to);
  }, block);
}

function pathOf({ command, paths }: Setup): string {
  const path = paths.find((each) => existsSync(each));
  if (path === undefined) throw new Error(`There is no ${command} here: apt-get install ${command}`);
  return path;
}

function makeCertificate(folder: string): Pick<Place, 'certificate' | 'key'> {
  const certificate = join(folder, 'certificate.pem');
  const key = join(folder, 'key.pem');
  const options = `-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=${NAME}`;
  execFileSync('openssl', [
    'req',
    ...options.split(' '),
    '-addext',
    `subjectAltName=DNS:${NAME}`,
    '-keyout',
    key,
    '-out',
    certificate,
  ]);
  return { certificate, key };
}
