import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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
      // Nothing but the tool itself: it must not fetch programs.
      PATH: home,
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

  /** What the tool says of a release that was accepted: in JSON, as it does without a terminal. */
  async function publish(target: string, name: string): Promise<Record<string, string>> {
    const { status, out, errors } = await smithery('mcp', 'publish', target, '-n', name);
    expect([status, errors]).toEqual([0, expect.any(String)]);
    return JSON.parse(/^\{.*\}$/m.exec(out)?.[0] ?? '{}') as Record<string, string>;
  }

  /** Publishes a URL; the tool takes its leave once the release is accepted, which is followed to its end here. */
  async function publishUrl(url: string, name: string): Promise<ReleaseGetResponse> {
    const { deploymentId, logFile } = await publish(url, name);
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
    expect((await publish('./server.mcpb', 'demo/by-bundle'))['status']).toBe('SUCCESS');
    const download = await client.servers.download('demo/by-bundle');
    expect(Buffer.from(await download.arrayBuffer()).equals(Buffer.from(bundle))).toBe(true);
  });

  it('publishes no URL where nothing speaks MCP, and says why at once', async () => {
    const url = `${upstream.origin}/nothing-here`;
    const { status, errors } = await smithery('mcp', 'publish', url, '-n', 'demo/by-mistake');
    expect([status, errors]).toEqual([1, expect.stringMatching(/422 .*answers 404.*then release again/)]);
    const [kept] = (await client.servers.releases.list('demo/by-mistake')).releases;
    expect(kept?.status).toBe('FAILURE');
  });

  it('publishes no bundle that is unsafe, and says why at once', async () => {
    const files = { '../evil.js': new Uint8Array(3) };
    await writeFile(join(home, 'broken.mcpb'), makeBundle({ files }));
    const { status, errors } = await smithery('mcp', 'publish', './broken.mcpb', '-n', 'demo/broken');
    expect([status, errors]).toEqual([1, expect.stringMatching(/422 .*evil.*Pack the bundle again/)]);
  });

  it('tells why a release failed that it followed', async () => {
    const closed = await startMcpServer({ authorization: 'Bearer nobody-knows' });
    const { logFile = '' } = await publish(closed.url, 'demo/closed');
    await rm(logFile, { force: true });
    await closed.close();
    const { status, errors } = await smithery('mcp', 'publish', '--resume', '-n', 'demo/closed');
    expect([status, errors]).toEqual([
      1,
      expect.stringMatching(/Release failed: 127\.0\.0\.1:\d+ refuses connections/),
    ]);
  });

  it.each([
    [['mcp', 'list']],
    [['mcp', 'get', 'mine']],
    [['mcp', 'add', 'https://weather.example.com/mcp']],
    [['tool', 'call', 'mine', 'forecast']],
    [['trigger', 'list', 'mine']],
    [['trigger', 'subscription', 'list']],
  ])('says of what Smithery alone has that it is not here: %j', async (args) => {
    const { status, out, errors } = await smithery(...args);
    expect([status, out + errors]).toEqual([1, expect.stringContaining('not part of this registry')]);
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

  it('gives clients the address of Smithery’s own host for a server with a URL, whatever the registry', async () => {
    // So that it does not ask whether it may send statistics.
    const settings = {
      userId: 'nobody',
      analyticsConsent: false,
      askedConsent: true,
      cache: { servers: {} },
    };
    await writeFile(join(home, 'smithery', 'settings.json'), JSON.stringify(settings));
    const added = await smithery('mcp', 'add', 'demo/weather', '--client', 'cursor', '--config', '{}');
    expect([added.status, added.out]).toEqual([0, expect.stringContaining('"success":true')]);
    expect(await readFile(join(home, '.cursor', 'mcp.json'), 'utf8')).toContain(
      'https://server.smithery.ai/demo/weather',
    );
  });

  it('installs skills of Smithery’s own site alone, whatever the registry', async () => {
    // Without the program that it would start to fetch them.
    const added = await smithery('skill', 'add', 'demo/umbrella', '--agent', 'claude-code');
    expect([added.status, added.out]).toEqual([
      1,
      expect.stringContaining('skills add https://smithery.ai/skills/demo/umbrella'),
    ]);
    const setUp = await smithery('setup');
    expect([setUp.status, setUp.errors]).toEqual([1, expect.stringContaining('Skill not found')]);
  });
});
