import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Smithery from '@smithery/api';
import type { ReleaseGetResponse } from '@smithery/api/resources/servers/releases';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBundle } from './support/bundles.ts';
import { startDesk, type Desk } from './support/desk.ts';
import { eventually } from './support/test-desk.ts';
import { startMcpServer, type RunningMcpServer } from './support/mcp-servers.ts';

const PROGRAM = fileURLToPath(new URL('../node_modules/@smithery/cli/dist/index.js', import.meta.url));
const LIMIT_MS = 60_000;

interface Outcome {
  status: number;
  out: string;
  errors: string;
}

describe('the official command line tool against the embedded registry', () => {
  let desk: Desk;
  let upstream: RunningMcpServer;
  let home: string;
  let client: Smithery;
  beforeAll(async () => {
    upstream = await startMcpServer();
    desk = await startDesk({ args: ['--allow-private-upstreams'] });
    home = await mkdtemp(join(tmpdir(), 'touchmark-cli-'));
    client = new Smithery({ apiKey: desk.ownerKey ?? '', baseURL: desk.registryUrl, maxRetries: 0 });
  });
  afterAll(async () => {
    await desk.stop();
    await upstream.close();
    await rm(home, { recursive: true, force: true });
  });

  /** Runs it as a person would who has set the two variables and nothing else. */
  async function smithery(...args: string[]): Promise<Outcome> {
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      SMITHERY_CONFIG_PATH: join(home, 'smithery'),
      SMITHERY_API_KEY: desk.ownerKey ?? '',
      SMITHERY_BASE_URL: desk.registryUrl,
    };
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [PROGRAM, ...args],
        { env, cwd: home, timeout: LIMIT_MS },
        (error, out, errors) => {
          const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
          resolve({ status, out, errors });
        },
      ).stdin?.end();
    });
  }

  it('finds servers', async () => {
    const { status, out } = await smithery('mcp', 'search', 'weather', '--json');
    const { servers } = JSON.parse(out) as { servers: { qualifiedName: string }[] };
    expect(status).toBe(0);
    expect(servers.map(({ qualifiedName }) => qualifiedName)).toContain('demo/weather');
  });

  it('makes a namespace and lists it', async () => {
    expect((await smithery('namespace', 'create', 'from-the-cli')).status).toBe(0);
    const { status, out } = await smithery('namespace', 'list', '--json');
    expect(status).toBe(0);
    expect(out).toContain('from-the-cli');
    expect(out).toContain('demo');
  });

  /** Publishes a URL; the tool takes its leave once the release is accepted, which is followed to its end here. */
  async function publishUrl(url: string, name: string): Promise<ReleaseGetResponse> {
    const { status, out, errors } = await smithery('mcp', 'publish', url, '-n', name);
    expect([status, errors]).toEqual([0, expect.any(String)]);
    const { deploymentId, logFile } = JSON.parse(/^\{.*\}$/m.exec(out)?.[0] ?? '{}') as Record<
      string,
      string
    >;
    await rm(logFile ?? '', { force: true });
    return eventually(
      async () => client.servers.releases.get(deploymentId ?? '', { qualifiedName: name }),
      (release) => !['QUEUED', 'WORKING'].includes(release.status),
    );
  }

  it('publishes a server by its URL, which then offers what its upstream offers', async () => {
    expect((await publishUrl(upstream.url, 'demo/by-url')).status).toBe('SUCCESS');
    const server = await client.servers.get('demo/by-url');
    expect(server.deploymentUrl).toBe(`${desk.registryUrl}/mcp/demo%2Fby-url`);
    expect(server.tools?.map(({ name }) => name)).toContain('echo');
  });

  it('publishes a bundle, which can then be downloaded', async () => {
    const bundle = makeBundle();
    await writeFile(join(home, 'server.mcpb'), bundle);
    const { status, out, errors } = await smithery('mcp', 'publish', './server.mcpb', '-n', 'demo/by-bundle');
    expect([status, out + errors]).toEqual([0, expect.any(String)]);
    // The tool does not wait until the release is live.
    const download = await eventually(
      async () => client.servers.download('demo/by-bundle').catch(() => undefined),
      (response) => response !== undefined,
    );
    expect(
      Buffer.from((await download?.arrayBuffer()) ?? new ArrayBuffer()).equals(Buffer.from(bundle)),
    ).toBe(true);
  });

  it('publishes no URL where nothing speaks MCP, and the release says why', async () => {
    const { status, logs } = await publishUrl(`${upstream.origin}/nothing-here`, 'demo/by-mistake');
    expect(status).toBe('FAILURE');
    expect(logs?.find(({ level }) => level === 'failure')?.message).toContain('404');
  });

  it('mints a token that may do what it says and no more', async () => {
    const policy = JSON.stringify({ resources: 'servers', operations: 'read', ttl: '10m' });
    const { status, out } = await smithery('auth', 'token', '--policy', policy, '--json');
    expect(status).toBe(0);
    const { token } = JSON.parse(out) as { token: string };
    const reader = new Smithery({ apiKey: token, baseURL: desk.registryUrl, maxRetries: 0 });
    expect((await reader.servers.get('demo/weather')).qualifiedName).toBe('demo/weather');
    await expect(reader.servers.delete('demo/weather')).rejects.toThrow(/403/);
    await expect(reader.namespaces.set('not-with-this')).rejects.toThrow(/403/);
  });

  it('publishes a skill from a folder, finds it and shows it', async () => {
    const folder = join(home, 'umbrella');
    await mkdir(folder);
    await writeFile(
      join(folder, 'SKILL.md'),
      '---\nname: umbrella\ndescription: Decides about umbrellas\n---\n\nLook at the sky first.\n',
    );
    const published = await smithery('skill', 'publish', folder, '--namespace', 'demo');
    expect([published.status, published.out + published.errors]).toEqual([0, expect.any(String)]);
    const searched = await smithery('skill', 'search', 'umbrellas', '--json');
    expect([searched.status, searched.out]).toEqual([0, expect.stringContaining('umbrella')]);
    const viewed = await smithery('skill', 'view', 'demo/umbrella');
    expect([viewed.status, viewed.out + viewed.errors]).toEqual([
      0,
      expect.stringContaining('Look at the sky first.'),
    ]);
  });
});
