import { zipSync } from 'fflate';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { declaringSize, makeBundle, MANIFEST } from '#e2e/support/bundles.ts';
import { engines } from '#e2e/support/databases.ts';
import { release, settled } from '#e2e/support/publishing.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';

const NAME = 'acme/weather';
const PAYLOAD = { type: 'stdio', runtime: 'node' };

describe.each(engines)('releasing a bundle on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  beforeEach(async () => {
    await registry.clear();
    await registry.put(NAME);
  });
  afterAll(async () => registry.drop());

  const details = async () => (await registry.call('GET', '/servers/acme%2Fweather')).body;

  it.each([false, true])(
    'goes live as its manifest says, whichever part comes first',
    async (bundleFirst) => {
      const bundle = makeBundle();
      const id = await release(registry, NAME, { payload: PAYLOAD, bundle, bundleFirst });
      const done = await settled(registry, NAME, id);
      expect([done.status, done.type, done.upstreamUrl]).toEqual(['SUCCESS', 'stdio', undefined]);
      expect(done.logs.map(({ stage, level }) => `${stage} ${level}`)).toEqual([
        'deploy start',
        'deploy end',
        'scan start',
        'scan success',
        'metadata start',
        'metadata success',
        'publish start',
        'publish info',
        'publish success',
      ]);
      expect(await details()).toMatchObject({
        remote: false,
        deploymentUrl: null,
        connections: [
          {
            type: 'stdio',
            bundleUrl: expect.stringMatching(
              /^http:\/\/desk\.test\/registry\/servers\/acme%2Fweather\/download\?grant=[\w-]+$/,
            ),
            runtime: 'node',
            configSchema: {},
          },
        ],
        security: { scanPassed: true },
        tools: [{ name: 'get_forecast', description: 'By the day', inputSchema: { type: 'object' } }],
        prompts: [{ name: 'pack', arguments: [{ name: 'place' }] }],
        resources: null,
      });
    },
  );

  it('takes the card that is sent along before that of the manifest', async () => {
    const serverCard = {
      serverInfo: { name: 'weather', version: '1.0.0' },
      tools: [{ name: 'get_alerts', inputSchema: { type: 'object', properties: {} } }],
    };
    const payload = { ...PAYLOAD, runtime: 'python', serverCard };
    const bundle = makeBundle({ manifest: { ...MANIFEST, server: { type: 'python' } } });
    const id = await release(registry, NAME, { payload, bundle });
    await settled(registry, NAME, id);
    expect(await details()).toMatchObject({
      connections: [{ runtime: 'python' }],
      tools: [{ name: 'get_alerts', description: null }],
      prompts: [{ name: 'pack' }],
    });
  });

  it.each([
    ['has no manifest', zipSync({ 'index.js': new Uint8Array(3) }), /no manifest.json/],
    ['has a manifest that is no JSON', zipSync({ 'manifest.json': Buffer.from('{') }), /not valid JSON/],
    [
      'has a manifest without a version',
      makeBundle({ manifest: { ...MANIFEST, version: 1 } }),
      /wrong at version/,
    ],
    [
      'names an entry point that it does not hold',
      makeBundle({ manifest: { ...MANIFEST, server: { type: 'node', entry_point: 'gone.js' } } }),
      /entry point that is not in the bundle/,
    ],
    [
      'tells its tools in a wrong shape',
      makeBundle({ manifest: { ...MANIFEST, tools: { get_forecast: {} } } }),
      /wrong shape at tools: must be a list/,
    ],
  ])('fails where it %s', async (_what, bundle, message) => {
    const id = await release(registry, NAME, { payload: PAYLOAD, bundle });
    const failed = await settled(registry, NAME, id);
    const last = failed.logs.at(-1);
    expect([failed.status, last?.stage, last?.message]).toEqual([
      'FAILURE',
      'metadata',
      expect.stringMatching(message),
    ]);
    expect(await details()).toMatchObject({ connections: [], tools: null, security: null });
  });

  const zeros = new Uint8Array(64 * 1024 ** 2);
  const bomb = makeBundle({ files: { 'zeros.bin': zeros } });
  const link = { os: 3, attrs: 0o120777 << 16 };
  it.each([
    ['is no ZIP file', () => new Uint8Array(1000)],
    ['unpacks to far more than it may', () => declaringSize(bomb, 'zeros.bin', 4_000_000_000)],
    ['unpacks to more than it says', () => declaringSize(bomb, 'zeros.bin', 1000)],
    ['holds 100,000 files', () => manyFiles(100_000)],
    ['holds a link', () => makeBundle({ files: { 'server/key': [Buffer.from('/etc/passwd'), link] } })],
    ['leads out of its folder', () => makeBundle({ files: { '../evil.js': new Uint8Array(3) } })],
    ['leads to the root', () => makeBundle({ files: { '/evil.js': new Uint8Array(3) } })],
    ['leads to a drive', () => makeBundle({ files: { 'C:/evil.js': new Uint8Array(3) } })],
    ['leads out with backslashes', () => makeBundle({ files: { '..\\evil.js': new Uint8Array(3) } })],
  ])('finds a problem where it %s', async (_what, make) => {
    const id = await release(registry, NAME, { payload: PAYLOAD, bundle: make() });
    const failed = await settled(registry, NAME, id);
    const last = failed.logs.at(-1);
    expect([failed.status, last?.stage, last?.level]).toEqual(['FAILURE_SCAN', 'scan', 'error']);
    expect(last?.error?.message).toMatch(/Pack the bundle again/);
    expect(await details()).toMatchObject({ connections: [], tools: null, security: { scanPassed: false } });
    expect(registry.failures).toEqual([]);
  });
});

function manyFiles(count: number): Uint8Array {
  const names = Array.from({ length: count }, (_, i) => [`f${i}`, new Uint8Array()] as const);
  return zipSync(Object.fromEntries(names), { level: 0 });
}
