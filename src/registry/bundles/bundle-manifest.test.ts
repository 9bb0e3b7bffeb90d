import type { Zippable } from 'fflate';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeBundle, MANIFEST } from '#e2e/support/bundles.ts';
import { release, settled } from '#e2e/support/publishing.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';

const NAME = 'acme/weather';
const { server } = MANIFEST;
const text = Buffer.from('x');

/** A manifest whose configuration is this, beside what all have. */
const configured = (mcp_config: object, more: object = {}) => ({
  ...MANIFEST,
  server: { ...server, mcp_config: { ...server.mcp_config, ...mcp_config } },
  ...more,
});

describe('the manifest of a bundle', () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry('sqlite');
  });
  beforeEach(async () => {
    await registry.clear();
    await registry.put(NAME);
  });
  afterAll(async () => registry.drop());

  async function publish(
    manifest: unknown,
    { files = {}, runtime = 'node' }: { files?: Zippable; runtime?: string } = {},
  ) {
    const bundle = makeBundle({ manifest, files });
    const id = await release(registry, NAME, { payload: { type: 'stdio', runtime }, bundle });
    const done = await settled(registry, NAME, id);
    return {
      status: done.status,
      last: done.logs.at(-1),
      warnings: done.logs.filter(({ level }) => level === 'warning').map(({ message }) => message),
    };
  }

  it.each<[string, object, RegExp]>([
    [
      'as a command',
      { command: '${__dirname}/bin/weather' },
      /^manifest.json names what is not in the bundle: server.mcp_config.command leads to "\/bin\/weather"/,
    ],
    [
      'as an argument',
      { args: ['--verbose', '${__dirname}/dist/index.js'] },
      /server.mcp_config.args.1 leads to "\/dist\/index.js"/,
    ],
    [
      'within an argument',
      { args: ['--config=${__dirname}/config.json'] },
      /args.0 leads to "\/config.json"/,
    ],
    [
      'in an override',
      { platform_overrides: { linux: {}, win32: { args: ['${__dirname}\\dist\\index.js'] } } },
      /server.mcp_config.platform_overrides.win32.args.0 leads to "\/dist\/index.js"/,
    ],
    [
      'with separators of the platform',
      { args: ['${__dirname}${/}dist${pathSeparator}index.js'] },
      /args.0 leads to "\/dist\/index.js"/,
    ],
    ['outside of it', { args: ['${__dirname}/../other/index.js'] }, /leads to "\/..\/other\/index.js"/],
    ['beside it', { args: ['${__dirname}server/index.js'] }, /leads to "server\/index.js"/],
    [
      'in a folder that is not there',
      { args: ['${__dirname}/data/${user_config.name}.json'] },
      /leads to "\/data/,
    ],
  ])('may name nothing that is not in the bundle: %s', async (_what, config, message) => {
    const { status, last } = await publish(configured(config));
    expect([status, last?.stage, last?.message]).toEqual([
      'FAILURE',
      'metadata',
      expect.stringMatching(message),
    ]);
    expect(last?.error?.message).toMatch(/^Pack the server as an MCP bundle/);
  });

  it.each<[string, object, Zippable?]>([
    ['with separators of the platform', { args: ['${__dirname}${/}server\\index.js'] }],
    ['with steps that lead nowhere else', { args: ['${__dirname}/./lib/../server/index.js'] }],
    [
      'as folders',
      { args: ['${__dirname}', '${__dirname}/', '${__dirname}/server', '${__dirname}/empty'] },
      { 'empty/': new Uint8Array() },
    ],
    ['that get an .exe', { command: '${__dirname}/bin/weather' }, { 'bin/weather.exe': text }],
    ['with spaces', { args: ['${__dirname}/my server.js'] }, { 'my server.js': text }],
    [
      'within a line for a shell',
      { command: 'sh', args: ['-c', 'cd "${__dirname}" && exec node ${__dirname}/server/index.js; true'] },
    ],
    [
      'within a list of paths',
      { args: ['-cp', '${__dirname}/lib/*:${__dirname}/server'] },
      { 'lib/a.jar': text },
    ],
    ['whose rest is known later', { args: ['${__dirname}/server/${user_config.file}'] }],
    [
      'and others, which are not in it',
      { command: 'npx', args: ['dist/index.js', '${HOME}/x', '/etc/hosts'] },
    ],
    ['and null for nothing', { args: null, env: null, platform_overrides: null }],
  ])('may name what is in the bundle, %s', async (_what, config, files = {}) => {
    const userConfig = { user_config: { file: {} } };
    expect(await publish(configured(config, userConfig), { files })).toMatchObject({
      status: 'SUCCESS',
      warnings: [],
    });
  });

  it('is taken with a warning where its environment names what is yet to be written, or what nobody is asked for', async () => {
    const env = {
      CACHE: '${__dirname}/cache',
      PYTHONPATH: '${__dirname}/server',
      KEY: '${user_config.key}',
      PORT: 1,
    };
    expect(await publish(configured({ env }))).toMatchObject({
      status: 'SUCCESS',
      warnings: [
        'server.mcp_config.env.CACHE leads to "/cache" in its folder, which is not in the bundle',
        'server.mcp_config uses ${user_config.key}, which user_config does not define',
      ],
    });
  });

  it('is measured without end where it names paths without end', async () => {
    const args = Array.from({ length: 2000 }, () => '${__dirname}/server' + ' a'.repeat(150));
    expect((await publish(configured({ args }))).status).toBe('SUCCESS');
  });

  it.each([
    ['python', 'node', /the runtime "python", but server.type of manifest.json is "node"/, /"node" or "bun"/],
    ['node', 'python', /the runtime "node", but server.type of manifest.json is "python"/, /"python"/],
    ['bun', 'binary', /the runtime "bun", but server.type of manifest.json is "binary"/, /"binary"/],
    ['node', 'uv', /the runtime "node", but server.type of manifest.json is "uv"/, /"python"/],
  ])('and a release as %s do not fit where its type is %s', async (runtime, type, message, advice) => {
    const { status, last } = await publish({ ...MANIFEST, server: { type } }, { runtime });
    expect([status, last?.message, last?.error?.message]).toEqual([
      'FAILURE',
      expect.stringMatching(message),
      expect.stringMatching(advice),
    ]);
  });

  it.each([
    ['node', 'node'],
    ['bun', 'node'],
    ['python', 'python'],
    ['python', 'uv'],
    ['binary', 'binary'],
  ])('and a release as %s fit where its type is %s', async (runtime, type) => {
    expect((await publish({ ...MANIFEST, server: { type } }, { runtime })).status).toBe('SUCCESS');
  });

  it('and a release as Bun fit wherever Bun starts it, as the official command line calls it', async () => {
    const manifest = configured({ command: '/usr/bin/bun' });
    const binary = { ...manifest, server: { ...manifest.server, type: 'binary' } };
    expect((await publish(binary, { runtime: 'bun' })).status).toBe('SUCCESS');
  });

  it.each([
    [
      'server.type',
      { server: { type: 'deno' } },
      /wrong at server.type: must be "node", "python", "binary" or "uv"/,
    ],
    ['args', configured({ args: [1] }), /wrong at server.mcp_config.args.0/],
    ['entry_point', { server: { type: 'node', entry_point: 'gone.js' } }, /server.entry_point is "gone.js"/],
  ])('is refused for a wrong %s, by its name', async (_field, part, message) => {
    expect((await publish({ ...MANIFEST, ...part })).last?.message).toMatch(message);
  });

  it.each([
    { manifest_version: undefined, dxt_version: '0.1' },
    { manifest_version: '0.4', icons: null, user_config: null, compatibility: 5 },
    { tools: undefined, prompts: null, long_description: 'x'.repeat(100_000) },
  ])('may be of any version, and hold what is not read here: %j', async (part) => {
    expect((await publish({ ...MANIFEST, ...part })).status).toBe('SUCCESS');
  });
});
