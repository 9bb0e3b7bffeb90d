import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { AsnConvert } from '@peculiar/asn1-schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDesk, type Desk } from '#e2e/support/desk.ts';
import { makeSigner } from '#e2e/support/signed-bundles.ts';
import { eventually } from '#e2e/support/test-desk.ts';
import { peerFile, runPeer } from './peer-program.ts';

const MCPB = peerFile('mcpb', '@anthropic-ai/mcpb');
const SMITHERY = fileURLToPath(new URL('../../node_modules/@smithery/cli/dist/index.js', import.meta.url));

interface Details {
  displayName: string;
  description: string;
  connections: { bundleUrl: string; runtime: string; signer?: Record<string, unknown> }[];
  tools: { name: string }[] | null;
}

describe('bundles of the official packer', () => {
  let desk: Desk;
  let home: string;
  beforeAll(async () => {
    desk = await startDesk({ args: ['--no-samples'] });
    home = await mkdtemp(join(tmpdir(), 'touchmark-bundles-'));
    await answerConsent();
    await makeFolder();
    await makeCertificate();
  });
  afterAll(async () => {
    await desk.stop();
    await rm(home, { recursive: true, force: true });
  });

  const inHome = (name: string) => join(home, name);
  const mcpb = async (...args: string[]) => runPeer(MCPB, args, { cwd: home, env: { HOME: home } });
  const request = async (path: string, init: RequestInit = {}) =>
    fetch(desk.registryUrl + path, { ...init, headers: { Authorization: `Bearer ${desk.ownerKey}` } });

  /** What a person sets who uses the official command line with this registry. */
  const environment = (): Record<string, string> => ({
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    SMITHERY_CONFIG_PATH: inHome('smithery'),
    SMITHERY_API_KEY: desk.ownerKey ?? '',
    SMITHERY_BASE_URL: desk.registryUrl,
  });

  async function smithery(...args: string[]): Promise<{ status: number; words: string }> {
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [SMITHERY, ...args],
        { env: environment(), cwd: home, timeout: 60_000 },
        (error, out, errors) => {
          const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
          resolve({ status, words: out + errors });
        },
      ).stdin?.end();
    });
  }

  // It asks at a terminal, before anything else, whether it may send how it is used.
  async function answerConsent(): Promise<void> {
    await mkdir(inHome('smithery'));
    const settings = {
      userId: 'somebody',
      analyticsConsent: false,
      askedConsent: true,
      cache: { servers: {} },
    };
    await writeFile(inHome('smithery/settings.json'), JSON.stringify(settings));
  }

  /** A server's folder, with the manifest that `mcpb init` writes and what an owner adds to it. */
  async function makeFolder(): Promise<void> {
    const folder = inHome('weather');
    await mkdir(join(folder, 'server'), { recursive: true });
    await copyFile(peerFile('bundled-server.js'), join(folder, 'server/index.js'));
    const made = {
      name: 'weather',
      version: '1.2.3',
      description: 'Says what the sky does',
      main: 'server/index.js',
      author: 'Acme',
      type: 'module',
    };
    await writeFile(join(folder, 'package.json'), JSON.stringify(made));
    await mcpb('init', '--yes', 'weather');
    const path = join(folder, 'manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(
      path,
      JSON.stringify({
        ...manifest,
        display_name: 'The Weather',
        tools: [{ name: 'get_forecast', description: 'By the day' }],
      }),
    );
    await mcpb('pack', 'weather', 'weather.mcpb');
  }

  async function makeCertificate(): Promise<void> {
    const { certificate, key } = makeSigner('Acme Publishing');
    const body = Buffer.from(AsnConvert.serialize(certificate)).toString('base64');
    const lines = body.match(/.{1,64}/g)?.join('\n');
    await writeFile(inHome('cert.pem'), `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`);
    await writeFile(inHome('key.pem'), key.export({ type: 'pkcs8', format: 'pem' }));
    await copyFile(inHome('weather.mcpb'), inHome('signed.mcpb'));
    await mcpb('sign', 'signed.mcpb', '--cert', 'cert.pem', '--key', 'key.pem');
  }

  /** Publishes a bundle with the official command line and returns the server once its release has ended. */
  async function publish(file: string, name: string): Promise<Details> {
    const { status, words } = await smithery('mcp', 'publish', `./${file}`, '-n', name);
    expect([status, words]).toEqual([0, expect.any(String)]);
    const path = `/servers/${encodeURIComponent(name)}`;
    await eventually(
      async () => (await request(`${path}/releases`)).json() as Promise<{ releases: { status: string }[] }>,
      ({ releases }) => releases.every((one) => !['QUEUED', 'WORKING'].includes(one.status)),
    );
    return (await (await request(path)).json()) as Details;
  }

  it.each([
    ['unsigned', 'weather.mcpb'],
    ['signed', 'signed.mcpb'],
  ])(
    'are published %s by the official command line, added by it without a key, and start',
    async (slug, file) => {
      const name = `acme/${slug}`;
      await smithery('namespace', 'create', 'acme');
      const details = await publish(file, name);
      expect(details.connections).toEqual([expect.objectContaining({ type: 'stdio', runtime: 'node' })]);
      const download = await fetch(details.connections[0]?.bundleUrl ?? '');
      expect(Buffer.from(await download.arrayBuffer()).equals(await readFile(inHome(file)))).toBe(true);

      const added = await smithery('mcp', 'add', name, '--client', 'cursor');
      expect([added.status, added.words]).toEqual([0, expect.any(String)]);
      const { mcpServers } = JSON.parse(await readFile(inHome('.cursor/mcp.json'), 'utf8')) as {
        mcpServers: Record<string, { command: string; args: string[] }>;
      };
      const { command, args } = mcpServers[slug] ?? {};
      expect([command, args]).toEqual(['npx', ['-y', '@smithery/cli@latest', 'run', name]]);

      // What it wrote down starts the newest of itself from npm; here the one that is installed.
      const transport = new StdioClientTransport({
        command: process.execPath,
        args: [SMITHERY, 'run', name],
        env: environment(),
        stderr: 'ignore',
      });
      const client = new Client({ name: 'test', version: '1' });
      await client.connect(transport);
      expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(['get_forecast']);
      expect((await client.callTool({ name: 'get_forecast' })).content).toEqual([
        { type: 'text', text: 'sunny' },
      ]);
      await client.close();
    },
  );

  it('tell who signed them, and that the signature fits', async () => {
    const { displayName, connections, tools } = await publish('signed.mcpb', 'acme/told');
    expect(tools?.map((tool) => tool.name)).toEqual(['get_forecast']);
    expect(displayName).toBe('The Weather');
    expect(connections[0]?.signer).toMatchObject({
      subject: 'CN=Acme Publishing',
      issuer: 'CN=Acme Publishing',
      isSelfSigned: true,
      isVerified: true,
    });
  });

  it('are refused where they were changed after they were signed', async () => {
    const signed = await readFile(inHome('signed.mcpb'));
    const unsigned = await readFile(inHome('weather.mcpb'));
    await writeFile(join(home, 'weather', 'more.txt'), 'put in later');
    await mcpb('pack', 'weather', 'changed.mcpb');
    const changed = Buffer.concat([await readFile(inHome('changed.mcpb')), signed.subarray(unsigned.length)]);
    await writeFile(inHome('changed.mcpb'), changed);
    const { status, words } = await smithery('mcp', 'publish', './changed.mcpb', '-n', 'acme/changed');
    expect([status, words]).toEqual([
      1,
      expect.stringContaining('the bundle was changed after it was signed'),
    ]);
    const { releases } = (await (await request('/servers/acme%2Fchanged/releases')).json()) as {
      releases: { status: string }[];
    };
    expect(releases.map(({ status }) => status)).toEqual(['FAILURE_SCAN']);
  });

  it('are told by the packer itself to be as they are: it has no way to verify yet', async () => {
    expect((await mcpb('info', 'signed.mcpb')).stdout).toContain('File: signed.mcpb');
    expect((await mcpb('verify', 'signed.mcpb')).stderr).toContain('is not signed');
    await copyFile(inHome('signed.mcpb'), inHome('unsigned-again.mcpb'));
    await mcpb('unsign', 'unsigned-again.mcpb');
    expect(
      (await readFile(inHome('unsigned-again.mcpb'))).equals(await readFile(inHome('weather.mcpb'))),
    ).toBe(true);
  });
});
