import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerListResponse } from '@smithery/api/resources/servers/servers';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, dumpTables, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { addSamples, isEmptyRegistry } from './add-samples.ts';

describe.each(engines)('samples on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    await registry.db.deleteFrom('namespaces').execute();
  });
  afterAll(async () => registry.drop());

  const list = async (query: string) => {
    const { body } = await registry.call('GET', `/servers?pageSize=100&${query}`);
    return (body as { servers: ServerListResponse[] }).servers;
  };

  it('are the same for the same seed and time, and others for another seed', async () => {
    const runs = [];
    for (const seed of [7, 7, 8]) {
      expect(await isEmptyRegistry(registry.db)).toBe(true);
      await addSamples(registry.db, { ownerId: registry.ownerId, seed, now: TEST_NOW });
      expect(await isEmptyRegistry(registry.db)).toBe(false);
      runs.push(withoutRowNumbers(await dumpTables(registry)));
      await registry.clear();
      await registry.db.deleteFrom('namespaces').execute();
      await registry.db.deleteFrom('users').where('name', '=', 'studio').execute();
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).not.toEqual(runs[0]);
    await addSamples(registry.db, { ownerId: registry.ownerId, seed: 7, now: TEST_NOW });
  });

  it('are at least 24 servers of the owner, in every state, and one of another user', async () => {
    const demo = await list('namespace=demo');
    expect(demo.length).toBeGreaterThanOrEqual(24);
    const names = demo.map(({ qualifiedName }) => qualifiedName);
    expect(names).toEqual(expect.arrayContaining(['demo', 'demo/weather', 'demo/weather-archive']));
    expect(demo.every(({ owner }) => owner === registry.ownerId)).toBe(true);
    expect(new Set(demo.map(({ remote }) => remote))).toEqual(new Set([true, false, null]));
    expect(demo.some(({ iconUrl }) => iconUrl === null)).toBe(true);
    expect(demo.some(({ description }) => description === '')).toBe(true);
    expect(Math.max(...demo.map(({ displayName }) => displayName.length))).toBeGreaterThan(100);
    const [calendar] = await list('qualifiedName=studio/calendar');
    expect(calendar?.owner).not.toBe(registry.ownerId);
  });

  it('end in every state a release can have', async () => {
    const states = new Set<string>();
    for (const { qualifiedName } of await list('namespace=demo')) {
      const path = `/servers/${encodeURIComponent(qualifiedName)}/releases`;
      const { releases } = (await registry.call('GET', path)).body as { releases: { status: string }[] };
      states.add(releases[0]?.status ?? 'never released');
    }
    expect([...states].sort()).toEqual([
      'AUTH_REQUIRED',
      'AUTH_TIMEOUT',
      'CANCELLED',
      'FAILURE',
      'FAILURE_SCAN',
      'INTERNAL_ERROR',
      'QUEUED',
      'SUCCESS',
      'WORKING',
      'never released',
    ]);
  });

  it('have a weather server that is worth deleting', async () => {
    const read = async (part: string) => (await registry.call('GET', `/servers/demo%2Fweather${part}`)).body;
    expect((await read('')) as { tools: unknown[] }).toHaveProperty('tools.length', 5);
    expect(await read('/secrets')).toHaveLength(2);
    expect(await read('/domains')).toHaveProperty('domains.length', 1);
    expect(await read('/releases')).toHaveProperty('pagination.totalCount', 5);
    const since = (hours: number) => new Date(TEST_NOW.getTime() - hours * 3_600_000).toISOString();
    const callsSince = async (hours: number) =>
      ((await read(`/logs?from=${since(hours)}&limit=1`)) as { total: number }).total;
    const [lastHour, lastWeek] = [await callsSince(1), await callsSince(7 * 24)];
    expect(lastHour).toBeGreaterThan(3);
    expect(lastWeek).toBeGreaterThan(lastHour + 100);
    expect(((await read('/logs')) as { total: number }).total).toBe(lastWeek);
  });

  it('have nothing in the future, and nothing before their server', async () => {
    const now = TEST_NOW.toISOString();
    const { db } = registry;
    for (const [table, column] of [
      ['releases', 'updated_at'],
      ['release_logs', 'timestamp'],
      ['invocations', 'timestamp'],
    ] as const) {
      const { latest } = await db
        .selectFrom(table)
        .select((eb) => eb.fn.max<string>(column as never).as('latest'))
        .executeTakeFirstOrThrow();
      expect(latest <= now).toBe(true);
    }
    const early = await db
      .selectFrom('releases')
      .innerJoin('servers', 'servers.rid', 'releases.server_rid')
      .select('qualified_name')
      .whereRef('releases.created_at', '<', 'servers.created_at')
      .execute();
    expect(early).toEqual([]);
  });

  it('have icons that are drawings', async () => {
    const { body, headers } = await registry.call('GET', '/servers/demo%2Fweather/icon', { key: null });
    expect(headers.get('Content-Type')).toBe('image/svg+xml');
    expect(body).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg".*<\/svg>$/);
  });
});

// Row numbers go on counting where rows were deleted.
function withoutRowNumbers(dump: Record<string, string[]>): string {
  return JSON.stringify(
    Object.values(dump).map((rows) =>
      rows.map((row) => row.replaceAll(/"(server_|phrase_)?rid":\d+/g, '')).sort(),
    ),
  );
}
