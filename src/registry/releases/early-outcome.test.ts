import { zipSync } from 'fflate';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RELEASE_HEADER } from '#contract/api-paths.ts';
import { makeBundle, MANIFEST } from '#e2e/support/bundles.ts';
import { engines } from '#e2e/support/databases.ts';
import { startMcpServer, type RunningMcpServer } from '#e2e/support/mcp-servers.ts';
import { release, sendRelease } from '#e2e/support/publishing.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';
import { createRegistry } from '#registry/create-registry.ts';
import { earlyOutcome } from './early-outcome.ts';
import { createReleaseFollowers } from './release-followers.ts';

const NAME = 'acme/weather';
const STDIO = { type: 'stdio', runtime: 'node' };

describe.each(engines)('the answer to a release on %s', (engine) => {
  let registry: TestRegistry;
  let upstream: RunningMcpServer;
  let gone: string;
  beforeAll(async () => {
    const ended = await startMcpServer();
    gone = ended.url;
    await ended.close();
    registry = await createTestRegistry(engine, {
      allowPrivateUpstreams: true,
      // However slow the machine is.
      limits: { earlyOutcomeMs: 30_000 },
    });
  });
  beforeEach(async () => {
    await registry.clear();
    await registry.put(NAME);
    upstream = await startMcpServer();
  });
  afterEach(async () => upstream.close());
  afterAll(async () => registry.drop());

  const external = (upstreamUrl: string) => ({ payload: { type: 'external', upstreamUrl } });
  const read = async (id: string | null) =>
    (await registry.call('GET', `/servers/acme%2Fweather/releases/${id}`)).body as {
      status: string;
      logs: { level: string; message: string; error?: { message: string } }[];
    };

  it('says that it is live, where it is by then', async () => {
    for (const sent of [external(upstream.url), { payload: STDIO, bundle: makeBundle() }]) {
      const { status, body } = await sendRelease(registry, NAME, sent);
      expect([status, body['status']]).toEqual([202, 'SUCCESS']);
      expect((await read(String(body['deploymentId']))).status).toBe('SUCCESS');
    }
  });

  it('says that the owner has to sign in, where that is known by then', async () => {
    upstream.authorization = 'Bearer nobody-knows';
    const { status, body } = await sendRelease(registry, NAME, external(upstream.url));
    expect([status, body['status']]).toEqual([202, 'AUTH_REQUIRED']);
  });

  it.each([
    ['a URL where nothing speaks MCP', () => external(`${upstream.origin}/nowhere`), 'FAILURE', /404/],
    ['a URL where nothing listens', () => external(gone), 'FAILURE', /refuses connections/],
    ['a name that nobody has', () => external('http://nobody.invalid/mcp'), 'FAILURE', /has no address/],
    [
      'a bundle without a version',
      () => ({ payload: STDIO, bundle: makeBundle({ manifest: { ...MANIFEST, version: 1 } }) }),
      'FAILURE',
      /manifest.json is wrong at version/,
    ],
    [
      'a bundle that leads out of its folder',
      () => ({ payload: STDIO, bundle: makeBundle({ files: { '../evil.js': new Uint8Array(3) } }) }),
      'FAILURE_SCAN',
      /evil/,
    ],
    [
      'a bundle without a manifest',
      () => ({ payload: STDIO, bundle: zipSync({ 'index.js': new Uint8Array(3) }) }),
      'FAILURE',
      /no manifest.json/,
    ],
  ])(
    'refuses %s with the reason and what to do, and keeps the release',
    async (_what, make, kept, reason) => {
      const { status, headers, body } = await sendRelease(registry, NAME, make());
      const failed = await read(headers.get(RELEASE_HEADER));
      const line = failed.logs.at(-1);
      expect([status, failed.status]).toEqual([422, kept]);
      expect(line).toMatchObject({ level: 'error', message: expect.stringMatching(reason) });
      expect(body).toEqual({
        error: `${line?.message.replace(/\.$/, '')}. ${line?.error?.message.replace(/\.$/, '')}.`,
      });
    },
  );

  it('names what was ignored, also where it refuses', async () => {
    const payload = { type: 'external', upstreamUrl: gone, colour: 'red' };
    const { status, body } = await sendRelease(registry, NAME, { payload });
    expect([status, body]).toEqual([
      422,
      { error: expect.stringContaining('payload.colour: is not known here and was ignored') },
    ]);
  });

  it('is a 500 that nobody sends again by itself, where the registry is at fault', async () => {
    const id = await release(registry, NAME, external(upstream.url));
    await registry.db
      .updateTable('releases')
      .set({ status: 'INTERNAL_ERROR' })
      .where('id', '=', id)
      .execute();
    const followers = createReleaseFollowers(registry.db, (error) => registry.failures.push(error));
    const wait = { waitMs: 30_000, signal: new AbortController().signal, warnings: [] };
    await expect(earlyOutcome({ releaseId: id, followers, ...wait })).rejects.toMatchObject({
      status: 500,
      headers: { [RELEASE_HEADER]: id, 'x-should-retry': 'false' },
    });
  });

  it('says that it is under way, where that takes longer', async () => {
    upstream.isHanging = true;
    const hasty = createRegistry({ ...registry.registryOptions, limits: { earlyOutcomeMs: 50 } });
    const { status, body } = await sendRelease(
      { ...registry, fetch: hasty.fetch },
      NAME,
      external(upstream.url),
    );
    expect([status, body['status']]).toEqual([202, expect.stringMatching(/^(QUEUED|WORKING)$/)]);
    await hasty.close();
  });

  it('comes at once where the registry is about to end, or the server is deleted', async () => {
    upstream.isHanging = true;
    const ending = createRegistry(registry.registryOptions);
    const first = sendRelease({ ...registry, fetch: ending.fetch }, NAME, external(upstream.url));
    await underWay();
    ending.endStreams();
    expect((await first).status).toBe(202);
    await ending.close();
    const second = sendRelease(registry, NAME, external(upstream.url));
    await underWay();
    await registry.call('DELETE', '/servers/acme%2Fweather');
    expect((await second).status).toBe(202);
  });

  it('says of one that was cancelled by a newer one that it was', async () => {
    upstream.isHanging = true;
    const first = sendRelease(registry, NAME, external(upstream.url));
    await underWay();
    const second = await sendRelease(registry, NAME, { payload: STDIO, bundle: makeBundle() });
    expect(second.body['status']).toBe('SUCCESS');
    const { status, body } = await first;
    expect([status, body['status']]).toEqual([202, 'CANCELLED']);
    const { logs } = await read(String(body['deploymentId']));
    expect(logs.at(-1)).toMatchObject({ level: 'error', message: expect.stringContaining('newer release') });
  });

  it('holds up no other request, and no release of another owner, while many wait', async () => {
    upstream.isHanging = true;
    const names = Array.from({ length: 12 }, (_, i) => `acme/hangs-${i}`);
    await registry.put(...names);
    const waiting = names.map((name) => sendRelease(registry, name, external(upstream.url)));
    await underWay();
    await registry.call('PUT', '/servers/rival%2Fown', { key: registry.rivalKey });
    const rival = await sendRelease({ ...registry, ownerKey: registry.rivalKey }, 'rival/own', {
      payload: STDIO,
      bundle: makeBundle(),
    });
    expect(rival.body['status']).toBe('SUCCESS');
    upstream.isHanging = false;
    await upstream.close();
    for (const { status } of await Promise.all(waiting)) expect(status).toBe(422);
  });

  async function underWay(): Promise<void> {
    const from = upstream.requests.length;
    while (upstream.requests.length === from) {
      await new Promise((resolve) => {
        setTimeout(resolve, 10);
      });
    }
  }
});
