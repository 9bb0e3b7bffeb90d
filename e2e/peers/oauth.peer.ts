import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientPaths } from '#contract/connected-clients.ts';
import { startDesk, type Desk } from '#e2e/support/desk.ts';
import { startMcpServer, type RunningMcpServer } from '#e2e/support/mcp-servers.ts';
import { answerRequest } from '#e2e/support/oauth-desk.ts';
import { release } from '#e2e/support/publishing.ts';
import { eventually } from '#e2e/support/test-desk.ts';
import { createVisitor, type Visitor } from '#e2e/support/visitor.ts';
import { freePort, peerFile, startPeer } from './peer-program.ts';

const NAME = 'demo/echo';

describe('a client of others that has no key', () => {
  let desk: Desk;
  let upstream: RunningMcpServer;
  let owner: Visitor;
  let folder: string;
  let url: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'touchmark-oauth-'));
    upstream = await startMcpServer();
    desk = await startDesk({ args: ['--allow-private-upstreams'] });
    url = `${desk.registryUrl}/mcp/${encodeURIComponent(NAME)}`;
    const ownerKey = desk.ownerKey ?? '';
    const at = (path: string): string => desk.registryUrl + path;
    const headers = { Authorization: `Bearer ${ownerKey}` };
    const server = at(`/servers/${encodeURIComponent(NAME)}`);
    await fetch(server, { method: 'PUT', headers });
    const send = async (request: Request) => fetch(new Request(at(new URL(request.url).pathname), request));
    const payload = { type: 'external', upstreamUrl: upstream.url };
    const id = await release({ fetch: send, ownerKey }, NAME, { payload });
    const statusOf = async () =>
      ((await (await fetch(`${server}/releases/${id}`, { headers })).json()) as { status: string }).status;
    await eventually(statusOf, (status) => !['QUEUED', 'WORKING'].includes(status));
    owner = createVisitor(desk.url);
    await owner.signIn({ apiKey: ownerKey });
  });
  afterAll(async () => {
    await desk.stop();
    await upstream.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Does what the owner's browser does at this address, up to the client's own. */
  const allow = async (address: string): Promise<void> => {
    const sent = await fetch(address, { redirect: 'manual' });
    const page = new URL(sent.headers.get('Location') ?? '');
    const id = page.searchParams.get('request') ?? '';
    const target = await answerRequest(owner, id, { allow: true, servers: [] });
    expect((await fetch(target)).status).toBe(200);
  };
  const addressIn = (log: string): string =>
    /https?:\/\/\S+\/oauth\/authorize\?\S+(?=\s)/.exec(log)?.[0] ?? '';
  const connected = async () => {
    const { json } = await owner.call(clientPaths.clients());
    return json?.['clients'] as { id: string; client: { name: string }; servers: string[] }[];
  };

  it('is mcp-remote: it opens the browser, is allowed, and a program on this machine calls a tool', async () => {
    const port = String(await freePort());
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [peerFile('mcp-remote'), url, port],
      // It finds no browser, and prints what it would have opened.
      env: { MCP_REMOTE_CONFIG_DIR: folder, HOME: folder, PATH: '/nowhere' },
      stderr: 'pipe',
    });
    let log = '';
    transport.stderr?.on('data', (data: Buffer) => (log += data.toString()));
    const client = new Client({ name: 'program', version: '1.0.0' });
    const connecting = client.connect(transport);
    await allow(
      await eventually(
        async () => addressIn(log),
        (address) => address !== '',
      ),
    );
    await connecting;
    const { content } = await client.callTool({ name: 'echo', arguments: { text: 'Hello, desk' } });
    expect(JSON.stringify(content)).toContain('Hello, desk');
    expect((await connected())[0]?.servers).toEqual([NAME]);
    await client.close();
  });

  it('is the client of the second SDK: it calls a tool, until its owner ends that', async () => {
    const port = await freePort();
    const peer = await startPeer(peerFile('modern-oauth-client.js'), [url, String(port)], {
      until: /^OPEN \S+\s/m,
    });
    try {
      await allow(addressIn(peer.log()));
      const log = await eventually(
        async () => peer.log(),
        (text) => /ANSWER|Error/.test(text),
      );
      expect(log).toMatch(/ANSWER .*Hello, desk/);
    } finally {
      await peer.stop();
    }
    const mine = (await connected()).find(({ client }) => client.name === 'Modern client');
    expect(mine?.servers).toEqual([NAME]);
    expect((await owner.call(clientPaths.client(mine?.id ?? ''), { method: 'DELETE' })).status).toBe(204);
  });
});
