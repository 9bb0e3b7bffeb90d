import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { startMcpServer, type RunningMcpServer } from '#e2e/support/mcp-servers.ts';
import { release, sendRelease, settled } from '#e2e/support/publishing.ts';
import { createTestRegistry, dumpTables, type TestRegistry } from '#e2e/support/test-registry.ts';
import { createRegistry } from '#registry/create-registry.ts';

const NAME = 'acme/weather';
const TOKEN = 'Bearer canary-5fd1c0';

describe.each(engines)('releasing a URL on %s', (engine) => {
  let registry: TestRegistry;
  const upstreams: RunningMcpServer[] = [];
  beforeAll(async () => {
    registry = await createTestRegistry(engine, {
      allowPrivateUpstreams: true,
      limits: { leaseMs: 300 },
    });
  });
  beforeEach(async () => {
    await registry.clear();
    await registry.put(NAME);
  });
  afterEach(async () => {
    await Promise.all(upstreams.splice(0).map((upstream) => upstream.close()));
  });
  afterAll(async () => registry.drop());

  async function start(options: Parameters<typeof startMcpServer>[0] = {}): Promise<RunningMcpServer> {
    const upstream = await startMcpServer(options);
    upstreams.push(upstream);
    return upstream;
  }
  const external = (upstreamUrl: string, more: object = {}) => ({
    payload: { type: 'external', upstreamUrl, ...more },
  });
  const details = async () => (await registry.call('GET', '/servers/acme%2Fweather')).body;

  it.each([
    ['streamable', [], {}],
    ['sse', ['deploy info'], { transport: 'sse' }],
  ] as const)('goes live with what a %s server offers', async (transport, warnings, more) => {
    const { url } = await start({ transport });
    const configSchema = { type: 'object', properties: { units: { type: 'string' } } };
    const { status, body } = await sendRelease(registry, NAME, external(url, { configSchema }));
    expect([status, body]).toEqual([
      202,
      {
        deploymentId: expect.any(String),
        status: expect.stringMatching(/^(QUEUED|WORKING|SUCCESS)$/),
        mcpUrl: 'http://desk.test/registry/mcp/acme%2Fweather',
      },
    ]);
    const done = await settled(registry, NAME, String(body['deploymentId']));
    expect([done.status, done.type, done.upstreamUrl]).toEqual(['SUCCESS', 'external_shttp', url]);
    expect(done.logs.map(({ stage, level }) => `${stage} ${level}`)).toEqual([
      'deploy start',
      'deploy end',
      ...warnings,
      'scan start',
      'scan success',
      'metadata start',
      'metadata success',
      'publish start',
      'publish success',
    ]);
    const found = done.logs.find(({ stage, level }) => stage === 'metadata' && level === 'success');
    expect(found?.message).toBe('Found 3 tools, 1 resource, 1 prompt');
    expect(await details()).toMatchObject({
      remote: true,
      deploymentUrl: 'http://desk.test/registry/mcp/acme%2Fweather',
      connections: [
        {
          type: 'http',
          deploymentUrl: 'http://desk.test/registry/mcp/acme%2Fweather',
          configSchema,
          ...more,
        },
      ],
      security: { scanPassed: true },
      tools: [
        {
          name: 'echo',
          description: 'Says it again',
          inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
        },
        { name: 'count' },
        { name: 'fail' },
      ],
      resources: [{ name: 'Stations', uri: 'weather://stations', mimeType: 'text/plain' }],
      prompts: [{ name: 'pack', description: 'What to pack' }],
    });
    const live = await registry.db.selectFrom('servers').select('live_release_id').executeTakeFirstOrThrow();
    expect(live.live_release_id).toBe(done.id);
  });

  it('waits for a sign-in, and goes on when the owner says so', async () => {
    const upstream = await start({ authorization: TOKEN });
    const id = await release(registry, NAME, external(upstream.url));
    const waiting = await settled(registry, NAME, id);
    expect(waiting.status).toBe('AUTH_REQUIRED');
    expect(waiting.logs.at(-1)?.message).toContain('asks for a sign-in (401)');
    expect(await details()).toMatchObject({ connections: [], tools: null });

    upstream.authorization = null;
    const resumed = await registry.call('POST', '/servers/acme%2Fweather/releases/latest/resume');
    expect([resumed.status, resumed.body]).toEqual([202, { deploymentId: id, status: 'QUEUED' }]);
    expect((await settled(registry, NAME, id, (status) => status === 'SUCCESS')).id).toBe(id);

    const again = await registry.call('POST', `/servers/acme%2Fweather/releases/${id}/resume`);
    expect([again.status, again.body]).toEqual([
      400,
      { error: 'Release does not wait for a sign-in: only one in AUTH_REQUIRED can be resumed' },
    ]);
    const none = await registry.call('POST', '/servers/acme%2Fweather/releases/none/resume');
    expect([none.status, none.body]).toEqual([404, { error: 'Release not found' }]);
    const rival = { key: registry.rivalKey };
    const others = await registry.call('POST', `/servers/acme%2Fweather/releases/${id}/resume`, rival);
    expect([others.status, others.body]).toEqual([404, { error: 'Server not found' }]);
  });

  it('signs in with credentials, which no row, answer or log holds', async () => {
    const { url } = await start({ authorization: TOKEN });
    const wrong = { scanCredentials: { Authorization: `${TOKEN}-wrong` } };
    const id = await release(registry, NAME, external(url, wrong));
    const waiting = await settled(registry, NAME, id);
    expect(waiting.logs.at(-1)?.message).toContain('does not accept the credentials');

    const body = { scanCredentials: { Authorization: TOKEN } };
    await registry.call('POST', `/servers/acme%2Fweather/releases/${id}/resume`, { body });
    const done = await settled(registry, NAME, id, (status) => status === 'SUCCESS');
    expect(
      JSON.stringify([waiting, done, await dumpTables(registry), registry.failures.map(String)]),
    ).not.toContain('canary');
  });

  it('does not wait for a sign-in for ever', async () => {
    const { url } = await start({ authorization: TOKEN });
    const id = await release(registry, NAME, external(url));
    await settled(registry, NAME, id);
    registry.clock.now = new Date(registry.clock.now.getTime() + 601_000);
    const ended = await settled(registry, NAME, id, (status) => status === 'AUTH_TIMEOUT');
    expect(ended.logs.at(-1)).toMatchObject({ stage: 'scan', level: 'error' });
    const resumed = await registry.call('POST', `/servers/acme%2Fweather/releases/${id}/resume`);
    expect(resumed.status).toBe(400);
  });

  it('gives up on a server that hangs, and leaves live what was live', async () => {
    const upstream = await start();
    const first = await release(registry, NAME, external(upstream.url));
    await settled(registry, NAME, first);
    const before = await details();
    upstream.isHanging = true;
    const impatient = createRegistry({ ...registry.registryOptions, limits: { pipelineMs: 500 } });
    const id = await release({ ...registry, fetch: impatient.fetch }, NAME, external(upstream.url));
    const failed = await settled(registry, NAME, id);
    await impatient.close();
    expect(failed.status).toBe('FAILURE');
    expect(failed.logs.at(-1)?.message).toBe('The release timed out: it took longer than 0.5 s');
    expect(await details()).toEqual(before);
  });

  it('is cancelled by a newer release of the same server', async () => {
    const hanging = await start({ isHanging: true });
    const { url } = await start();
    const first = await release(registry, NAME, external(hanging.url));
    await settled(registry, NAME, first, (status) => status === 'WORKING');
    const second = await release(registry, NAME, external(url));
    const cancelled = await settled(registry, NAME, first);
    expect(cancelled.status).toBe('CANCELLED');
    expect(cancelled.logs.at(-1)?.message).toBe('Cancelled: a newer release took its place');
    expect((await settled(registry, NAME, second)).status).toBe('SUCCESS');
  });

  it('goes live once where several are sent at the same moment', async () => {
    const { url } = await start();
    const ids = await Promise.all([1, 2, 3, 4].map(() => release(registry, NAME, external(url))));
    const ended = await Promise.all(ids.map((id) => settled(registry, NAME, id)));
    const statuses = ended.map(({ status }) => status).sort();
    expect(statuses).toEqual(['CANCELLED', 'CANCELLED', 'CANCELLED', 'SUCCESS']);
    const { body } = await registry.call('GET', '/servers/acme%2Fweather/releases');
    const [newest] = (body as { releases: { status: string }[] }).releases;
    expect(newest?.status).toBe('SUCCESS');
  });

  it('runs more at once than it may without losing one', async () => {
    const { url } = await start();
    const names = Array.from({ length: 10 }, (_, i) => `acme/server-${i}`);
    await registry.put(...names);
    const ids = await Promise.all(names.map((name) => release(registry, name, external(url))));
    const ended = await Promise.all(ids.map((id, i) => settled(registry, names[i] ?? '', id)));
    expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(['SUCCESS']));
  });

  it('goes nowhere where the server is deleted meanwhile', async () => {
    const upstream = await start({ isHanging: true });
    const id = await release(registry, NAME, external(upstream.url));
    await settled(registry, NAME, id, (status) => status === 'WORKING');
    await registry.call('DELETE', '/servers/acme%2Fweather');
    expect(await registry.db.selectFrom('releases').selectAll().execute()).toEqual([]);
    expect(registry.failures).toEqual([]);
  });
});
