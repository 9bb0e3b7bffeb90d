import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanEnvironment, startDesk, type Desk } from '#e2e/support/desk.ts';
import { publishUpstream } from '#e2e/support/publish-upstream.ts';
import { runCommand } from '#e2e/support/run-command.ts';
import { freePort, peerFile, runPeer, startPeer, type RunningPeer } from './peer-program.ts';

const TOKEN = 'canary-of-the-guarded-server';
const AUTHORIZATION = `Bearer ${TOKEN}`;

describe('a fastmcp server that authenticates its callers', () => {
  let desk: Desk;
  let upstream: RunningPeer;
  let home: string;
  /** Where it is called when it was released without, and with upstreamHeaders. */
  let urls: { bare: string; helped: string };
  let key: string;
  beforeAll(async () => {
    const port = await freePort();
    home = await mkdtemp(join(tmpdir(), 'mcp-remote-'));
    [desk, upstream] = await Promise.all([
      startDesk({ args: ['--no-samples', '--allow-private-upstreams'] }),
      startPeer(peerFile('guarded-server.js'), [String(port), AUTHORIZATION], { until: { port } }),
    ]);
    key = desk.ownerKey ?? '';
    const headers = { Authorization: `Bearer ${key}` };
    const upstreamUrl = `http://127.0.0.1:${port}/mcp`;
    const scanCredentials = { Authorization: AUTHORIZATION };
    const bare = await publishUpstream(desk.registryUrl, {
      name: 'acme/bare',
      upstreamUrl,
      headers,
      more: { scanCredentials },
    });
    const server = `${desk.registryUrl}/servers/acme%2Fhelped`;
    await fetch(server, { method: 'PUT', headers });
    const body = JSON.stringify({ name: 'API_TOKEN', value: TOKEN });
    await fetch(`${server}/secrets`, { method: 'PUT', headers, body });
    const upstreamHeaders = { Authorization: 'Bearer ${secrets.API_TOKEN}', 'X-Team': 'the owner' };
    const helped = await publishUpstream(desk.registryUrl, {
      name: 'acme/helped',
      upstreamUrl,
      headers,
      more: { upstreamHeaders },
    });
    urls = { bare, helped };
  });
  afterAll(async () => {
    await upstream?.stop();
    await desk?.stop();
    await rm(home, { recursive: true, force: true });
  });

  const ways = (): [string, string, Record<string, string>, string][] => [
    [
      'both credentials',
      urls.bare,
      { 'X-Touchmark-Key': key, Authorization: AUTHORIZATION, 'X-Team': 'the caller' },
      'the caller',
    ],
    ['upstreamHeaders', urls.helped, { 'X-Touchmark-Key': key }, 'the owner'],
    ['upstreamHeaders and a plain key', urls.helped, { Authorization: `Bearer ${key}` }, 'the owner'],
  ];

  it('is called by the official client 2.x, with both credentials or with upstreamHeaders', async () => {
    for (const [way, url, headers, answer] of ways()) {
      const ran = await runPeer(peerFile('team-client.js'), [url, JSON.stringify(headers)]);
      expect([way, ran.stdout.trim(), ran.status]).toEqual([way, answer, 0]);
    }
  });

  it('is called through mcp-remote --header, with both credentials or with upstreamHeaders', async () => {
    for (const [way, url, headers, answer] of ways()) {
      const args = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
      const client = new Client({ name: 'test', version: '1.0.0' });
      await client.connect(
        new StdioClientTransport({
          command: process.execPath,
          args: [peerFile('mcp-remote'), url, ...args],
          env: { ...cleanEnvironment(), HOME: home, MCP_REMOTE_CONFIG_DIR: home },
          stderr: 'ignore',
        }),
      );
      const { content } = await client.callTool({ name: 'team' });
      expect([way, content]).toEqual([way, [{ type: 'text', text: answer }]]);
      await client.close();
    }
  });

  it('is told of how to send them where they are missing', async () => {
    const ran = await runPeer(peerFile('team-client.js'), [
      urls.bare,
      JSON.stringify({ Authorization: `Bearer ${key}` }),
    ]);
    expect(ran.status).not.toBe(0);
    expect(ran.stderr).toContain(
      "send the registry's key as X-Touchmark-Key and the server's as Authorization",
    );
  });

  it('has its secret and the registry’s key in clear neither in the log, nor in a backup, nor in the data folder', async () => {
    const backup = join(home, 'desk.backup');
    const { status } = await runCommand(['backup', backup, '--data', desk.dataFolder]);
    expect(status).toBe(0);
    const rows = gunzipSync(await readFile(backup)).toString();
    expect(rows).toContain('API_TOKEN');
    const files = await readdir(desk.dataFolder);
    const kept = await Promise.all(
      files
        .filter((name) => name.startsWith('touchmark'))
        .map(async (name) => readFile(join(desk.dataFolder, name), 'latin1')),
    );
    expect(kept.join('')).toContain('API_TOKEN');
    for (const text of [desk.log(), rows, ...kept]) {
      expect(text.includes(TOKEN)).toBe(false);
      expect(text.includes(key)).toBe(false);
    }
  });
});
