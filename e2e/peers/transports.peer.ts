import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanEnvironment, startDesk, type Desk } from '#e2e/support/desk.ts';
import { publishUpstream } from '#e2e/support/publish-upstream.ts';
import { freePort, peerFile, runPeer, startPeer, type RunningPeer } from './peer-program.ts';

const EVERYTHING = peerFile('mcp-server-everything', '@modelcontextprotocol/server-everything');

let desk: Desk;
let headers: Record<string, string>;
beforeAll(async () => {
  desk = await startDesk({ args: ['--allow-private-upstreams', '--no-samples'] });
  headers = { Authorization: `Bearer ${desk.ownerKey}` };
});
afterAll(async () => {
  await desk?.stop();
});

const publish = async (name: string, upstreamUrl: string): Promise<string> =>
  publishUpstream(desk.registryUrl, { name, upstreamUrl, headers });
const toolsOf = async (name: string): Promise<string[]> => {
  const response = await fetch(`${desk.registryUrl}/servers/${encodeURIComponent(name)}`, { headers });
  return ((await response.json()) as { tools: { name: string }[] }).tools.map((tool) => tool.name);
};

type Add = (url: string) => Promise<string>;

const ADD = { name: 'add', arguments: { a: 20, b: 22 } };
const SUM = { name: 'get-sum', arguments: { a: 20, b: 22 } };
const isEverything = (url: string): boolean => !url.includes('own');
const toolFor = (url: string) => (isEverything(url) ? SUM : ADD);

async function callBy(transport: Transport, url: string): Promise<string> {
  const client = new Client({ name: 'peer', version: '1.0.0' });
  await client.connect(transport);
  try {
    return JSON.stringify(await client.callTool(toolFor(url)));
  } finally {
    await client.close();
  }
}

/** Clients that speak the older transport: each adds 20 and 22. */
const clients: [string, Add][] = [
  [
    'the SDK’s client, version 1',
    async (url) => callBy(new SSEClientTransport(new URL(url), { requestInit: { headers } }), url),
  ],
  [
    'the SDK’s client, version 2, which tries the newer transport first',
    async (url) => {
      const { name, arguments: args } = toolFor(url);
      const given = [url, JSON.stringify(headers), name, JSON.stringify(args)];
      return (await runPeer(peerFile('sse-client.js'), given)).stdout;
    },
  ],
  [
    'mcp-remote, which tries the newer transport first',
    async (url) => {
      const folder = await mkdtemp(join(tmpdir(), 'touchmark-remote-'));
      const transport = new StdioClientTransport({
        command: process.execPath,
        args: [peerFile('mcp-remote'), url, '--header', `Authorization:${headers['Authorization']}`],
        env: { ...cleanEnvironment(), MCP_REMOTE_CONFIG_DIR: folder },
        stderr: 'ignore',
      });
      try {
        return await callBy(transport, url);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  ],
  [
    'the inspector’s command line',
    async (url) => {
      const cli = peerFile('mcp-inspector-cli', '@modelcontextprotocol/inspector-cli');
      const file = cli.replace('cli.js', 'index.js');
      const shown = ['--header', `Authorization: ${headers['Authorization']}`];
      const method = ['--method', 'tools/call', '--tool-name', toolFor(url).name];
      const args = ['--tool-arg', 'a=20', '--tool-arg', 'b=22'];
      // It looks for its own version in the folder above the one where it is started.
      const cwd = dirname(file);
      return (await runPeer(file, [url, '--transport', 'sse', ...shown, ...method, ...args], { cwd })).stdout;
    },
  ],
];

/** Servers of the older transport, by a name that is also theirs in the registry. */
const servers: [string, (port: number) => Promise<RunningPeer>, string][] = [
  ['own-sse', async (port) => startPeer(peerFile('sse-server.js'), [`${port}`], { until: { port } }), '/sse'],
  [
    'everything-sse',
    async (port) => startPeer(EVERYTHING, ['sse'], { env: { PORT: `${port}` }, until: { port } }),
    '/sse',
  ],
  [
    'supergateway-sse',
    async (port) => {
      const stdio = `${process.execPath} ${EVERYTHING}`;
      const args = ['--stdio', stdio, '--outputTransport', 'sse', '--port', `${port}`];
      return startPeer(peerFile('supergateway'), args, { until: { port } });
    },
    '/sse',
  ],
  [
    'mcp-proxy-sse',
    async (port) => {
      const args = ['--host', '127.0.0.1', '--port', `${port}`, '--server', 'sse'];
      return startPeer(peerFile('mcp-proxy'), [...args, '--', process.execPath, EVERYTHING], {
        until: { port },
      });
    },
    '/sse',
  ],
];

describe.each(servers)('a server of the older transport: %s', (slug, start, path) => {
  let server: RunningPeer;
  let url: string;
  beforeAll(async () => {
    const port = await freePort();
    server = await start(port);
    url = await publish(`peers/${slug}`, `http://127.0.0.1:${port}${path}`);
  });
  afterAll(async () => {
    await server?.stop();
  });

  it.each(clients)('is called by %s', async (_client, add) => {
    expect(await add(url)).toContain('42');
  });
});

describe('a server of MCP 2026-07-28 alone', () => {
  let server: RunningPeer;
  let url: string;
  beforeAll(async () => {
    const port = await freePort();
    server = await startPeer(peerFile('modern-server.js'), [`${port}`, 'reject'], { until: { port } });
    url = await publish('peers/modern-only', `http://127.0.0.1:${port}/mcp`);
  });
  afterAll(async () => {
    await server?.stop();
  });

  it('is listed with its tools, and called by the SDK’s client, version 2', async () => {
    expect(await toolsOf('peers/modern-only')).toEqual(['add']);
    const given = [url, JSON.stringify(headers), ADD.name, JSON.stringify(ADD.arguments)];
    const { stdout } = await runPeer(peerFile('modern-client.js'), given);
    expect(JSON.parse(stdout)).toEqual({
      protocol: '2026-07-28',
      tools: ['add'],
      content: [{ type: 'text', text: '42' }],
    });
  });
});

describe('server-everything', () => {
  it.each(['streamableHttp', 'sse'])(
    'has the tools for able clients on its card, over %s',
    async (transport) => {
      const port = await freePort();
      const server = await startPeer(EVERYTHING, [transport], { env: { PORT: `${port}` }, until: { port } });
      try {
        const name = `peers/able-${transport.toLowerCase()}`;
        await publish(name, `http://127.0.0.1:${port}/${transport === 'sse' ? 'sse' : 'mcp'}`);
        const tools = await toolsOf(name);
        expect(tools.length).toBeGreaterThanOrEqual(17);
        expect(tools).toEqual(
          expect.arrayContaining([
            'get-roots-list',
            'trigger-sampling-request',
            'trigger-elicitation-request',
            'trigger-url-elicitation',
          ]),
        );
      } finally {
        await server.stop();
      }
    },
  );
});
