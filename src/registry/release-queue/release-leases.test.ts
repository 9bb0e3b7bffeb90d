import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeBundle } from '#e2e/support/bundles.ts';
import { engines } from '#e2e/support/databases.ts';
import { startMcpServer, type RunningMcpServer } from '#e2e/support/mcp-servers.ts';
import { release, settled } from '#e2e/support/publishing.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';
import { createRegistry, type Registry } from '#registry/create-registry.ts';

const NAME = 'acme/weather';

describe.each(engines)('a restart in the middle of a release on %s', (engine) => {
  let registry: TestRegistry;
  let upstream: RunningMcpServer;
  const processes: Registry[] = [];
  beforeAll(async () => {
    registry = await createTestRegistry(engine, { allowPrivateUpstreams: true, limits: { leaseMs: 900 } });
  });
  beforeEach(async () => {
    await registry.clear();
    await registry.put(NAME);
    upstream = await startMcpServer({ isHanging: true });
  });
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((process) => process.close()));
    await upstream.close();
  });
  afterAll(async () => registry.drop());

  /** Another process over the same data. */
  function startProcess(): Registry & { ownerKey: string } {
    const process = createRegistry(registry.registryOptions);
    processes.push(process);
    return { ...process, ownerKey: registry.ownerKey };
  }

  async function untilAsked(): Promise<void> {
    while (upstream.requests.length === 0) await pause(10);
  }

  async function stopInTheMiddle(more: object = {}): Promise<string> {
    const first = startProcess();
    const payload = { type: 'external', upstreamUrl: upstream.url, ...more };
    const id = await release(first, NAME, { payload });
    await untilAsked();
    await first.close();
    return id;
  }

  it('is taken up again by whoever is there', async () => {
    const id = await stopInTheMiddle();
    upstream.isHanging = false;
    startProcess();
    const done = await settled(registry, NAME, id);
    expect(done.status).toBe('SUCCESS');
    expect(done.logs.map(({ message }) => message)).toContain('Started again after an interruption');
  });

  it('goes on with its credentials where they are, whichever process is asked to resume it', async () => {
    const [first, second] = [startProcess(), startProcess()];
    upstream.isHanging = false;
    upstream.authorization = 'Bearer later';
    const scanCredentials = { Authorization: 'Bearer right' };
    const payload = { type: 'external', upstreamUrl: upstream.url, scanCredentials };
    const id = await release(first, NAME, { payload });
    await settled(registry, NAME, id, (status) => status === 'AUTH_REQUIRED');
    upstream.authorization = 'Bearer right';
    const resumed = await second.fetch(
      new Request(`http://desk.test/servers/${encodeURIComponent(NAME)}/releases/${id}/resume`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${registry.ownerKey}` },
      }),
    );
    expect(resumed.status).toBe(202);
    const done = await settled(registry, NAME, id);
    expect([done.status, done.logs.map(({ message }) => message)]).toEqual([
      'SUCCESS',
      expect.arrayContaining(['The credentials were accepted']),
    ]);
  });

  it('fails a release whose credentials went with the process', async () => {
    const id = await stopInTheMiddle({ scanCredentials: { Authorization: 'Bearer gone' } });
    upstream.isHanging = false;
    startProcess();
    const failed = await settled(registry, NAME, id);
    expect(failed.status).toBe('FAILURE');
    expect(failed.logs.at(-1)).toMatchObject({
      message: expect.stringMatching(/credentials of this release are gone/),
      error: { message: expect.stringMatching(/Release again/) },
    });
  });

  it('lets a process that was not heard of write nothing more', async () => {
    const id = await release(registry, NAME, { payload: { type: 'external', upstreamUrl: upstream.url } });
    await untilAsked();
    upstream.isHanging = false;
    // As long as the first is heard of, nobody else takes the release.
    const second = startProcess();
    await pause(700);
    expect(upstream.requests).toHaveLength(1);

    await registry.db
      .updateTable('releases')
      .set({ runner: 'a-process-that-died', lease_until: '2026-01-01T00:00:00.000Z' })
      .where('id', '=', id)
      .execute();
    expect((await settled(registry, NAME, id)).status).toBe('SUCCESS');
    await second.close();
    expect(registry.failures).toEqual([]);
  });

  async function publishedBundle(): Promise<{ id: string; hash: string }> {
    const payload = { type: 'stdio', runtime: 'node' };
    const id = await release(registry, NAME, { payload, bundle: makeBundle() });
    await settled(registry, NAME, id);
    const { bundle_hash } = await registry.db
      .selectFrom('releases')
      .select('bundle_hash')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    const hash = bundle_hash ?? '';
    return { id, hash };
  }

  /** Leaves a release as a process does that died before it had said a word. */
  async function orphan(id: string): Promise<void> {
    await registry.db
      .updateTable('releases')
      .set({ status: 'QUEUED', runner: 'a-process-that-died', lease_until: '2026-01-01T00:00:00.000Z' })
      .where('id', '=', id)
      .execute();
  }

  it('goes on with a bundle that was stored', async () => {
    const { id } = await publishedBundle();
    await orphan(id);
    expect((await settled(registry, NAME, id)).status).toBe('SUCCESS');
  });

  it('says that it is the registry’s fault where a bundle was lost, and tells whoever runs it why', async () => {
    const { id, hash } = await publishedBundle();
    await registry.stored.lose(hash);
    await orphan(id);
    const lost = await settled(registry, NAME, id);
    expect([lost.status, lost.logs.at(-1)?.message]).toEqual([
      'INTERNAL_ERROR',
      'Something went wrong inside the registry',
    ]);
    expect(registry.failures.map(String)).toEqual([expect.stringMatching(/ENOENT/)]);
    expect(JSON.stringify(lost)).not.toContain(hash);
  });
});

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
