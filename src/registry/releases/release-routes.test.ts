import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { addSamples } from '#registry/samples/add-samples.ts';

interface Release {
  id: string;
  status: string;
  type: string;
  createdAt: string;
}

describe.each(engines)('releases on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    await addSamples(registry.db, { ownerId: registry.ownerId, seed: 7, now: TEST_NOW });
  });
  afterAll(async () => registry.drop());

  const list = async (path: string) =>
    (await registry.call('GET', path)).body as { releases: Release[]; pagination: unknown };

  it('are listed newest first, twenty a page, without their logs', async () => {
    const { releases, pagination } = await list('/servers/demo%2Fweather/releases');
    expect(pagination).toEqual({ currentPage: 1, pageSize: 20, totalPages: 1, totalCount: 5 });
    expect(releases.map(({ status }) => status)).toEqual([
      'SUCCESS',
      'SUCCESS',
      'FAILURE',
      'SUCCESS',
      'SUCCESS',
    ]);
    const times = releases.map(({ createdAt }) => createdAt);
    expect(times).toEqual(times.toSorted().reverse());
    expect(releases[0]).toEqual({
      id: expect.any(String),
      status: 'SUCCESS',
      type: 'hosted_shttp',
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      commitMessage: expect.any(String),
      branch: expect.any(String),
      mcpUrl: 'http://desk.test/registry/mcp/demo%2Fweather',
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    const second = await list('/servers/demo%2Fweather/releases?pageSize=2&page=2');
    expect(second.releases).toEqual(releases.slice(2, 4));
  });

  it('name their upstream where it is another’s machine', async () => {
    const { releases } = await list('/servers/demo%2Fnotion-notes/releases');
    expect(releases[0]).toMatchObject({
      type: 'external_shttp',
      upstreamUrl: 'https://mcp.notes.example.com/mcp',
      commit: null,
    });
  });

  it('are read one by one with what their pipeline said', async () => {
    const [, , failed] = (await list('/servers/demo%2Fweather/releases')).releases;
    const { status, body } = await registry.call('GET', `/servers/demo%2Fweather/releases/${failed?.id}`);
    const { logs, ...release } = body as Release & { logs: Record<string, unknown>[] };
    expect(status).toBe(200);
    expect(release).toEqual(failed);
    expect(logs[0]).toEqual({
      stage: 'deploy',
      level: 'start',
      message: 'Uploading bundle',
      timestamp: expect.any(String),
    });
    expect(logs.at(-1)).toMatchObject({
      stage: 'metadata',
      level: 'error',
      error: { message: expect.stringContaining('TypeError') },
    });
  });

  it('are found under their own server alone, and shown to its owner alone', async () => {
    const [release] = (await list('/servers/demo%2Fweather/releases')).releases;
    const elsewhere = await registry.call('GET', `/servers/demo/releases/${release?.id}`);
    expect([elsewhere.status, elsewhere.body]).toEqual([404, { error: 'Release not found' }]);
    for (const id of ['none', '%00', '..%2F..']) {
      expect((await registry.call('GET', `/servers/demo/releases/${id}`)).status).toBe(404);
    }
    for (const path of [
      '/servers/demo%2Fweather/releases',
      `/servers/demo%2Fweather/releases/${release?.id}`,
    ]) {
      const { status, body } = await registry.call('GET', path, { key: registry.rivalKey });
      expect([status, body]).toEqual([404, { error: 'Server not found' }]);
    }
    expect((await registry.call('GET', '/servers/demo%2Fnone/releases')).body).toEqual({
      error: 'Server not found',
    });
  });

  it.each(['page=0', 'pageSize=101', 'pageSize=x'])('refuse %s', async (query) => {
    expect((await registry.call('GET', `/servers/demo%2Fweather/releases?${query}`)).status).toBe(400);
  });
});
