import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OwnedServerPage } from '#contract/owned-servers.ts';
import { readInstallation } from '#database/installation.ts';
import { makeCall } from '#e2e/support/calls.ts';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { countOlderCalls } from './uncounted-servers.ts';
import { addInvocations } from '#registry/logs/invocation-store.ts';
import { callCounts } from '#database/migrations/0022-call-counts.ts';

const DAY = 86_400_000;
const timeOf = (daysAgo: number): string => new Date(TEST_NOW.getTime() - daysAgo * DAY).toISOString();

describe.each(engines)('the calls of an older database on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  afterAll(async () => registry.drop());

  const figures = async () => {
    const { body } = await registry.call('GET', '/-/servers?sort=name&direction=asc');
    return (body as OwnedServerPage).servers.map(({ calls }) => calls);
  };
  const migrateAgain = async () => {
    const { db } = registry;
    for (const table of ['call_hours', 'call_days', 'uncounted_servers']) {
      await db.schema.dropTable(table).execute();
    }
    await callCounts(engine).up(db);
  };

  it('are counted from its log, and said to be known as far as that reaches', async () => {
    const { db } = registry;
    await migrateAgain();
    expect(await readInstallation(db, 'calls-counted-since')).toBe(undefined);

    await registry.put('acme/a', 'acme/b', 'acme/c');
    const servers = await db.selectFrom('servers').select('rid').orderBy('rid').execute();
    const [a = 0, b = 0] = servers.map(({ rid }) => rid);
    await db
      .updateTable('servers')
      .set({ created_at: timeOf(100) })
      .where('slug', '!=', 'c')
      .execute();
    await addInvocations(db, [makeCall(a, timeOf(1)), makeCall(a, timeOf(20)), makeCall(b, timeOf(2))]);
    await migrateAgain();
    const [first] = await figures();
    expect(first).toEqual({
      lastAt: timeOf(1),
      in7Days: 0,
      in30Days: 0,
      errorShare: null,
      since: timeOf(1),
    });
    // Written meanwhile: counted at once, and not once more.
    const during = { ...makeCall(a, TEST_NOW.toISOString()), status: 500 };
    await addInvocations(db, [during]);
    while (await countOlderCalls(db));
    // Of the log's oldest hour some may have been gone.
    const since = timeOf(20).replace('T12', 'T13');
    expect(await figures()).toEqual([
      { lastAt: during.timestamp, in7Days: 2, in30Days: 3, errorShare: 0.5, since },
      { lastAt: timeOf(2), in7Days: 1, in30Days: 1, errorShare: 0, since },
      // Made after all are counted.
      { lastAt: null, in7Days: 0, in30Days: 0, errorShare: null },
    ]);
    registry.clock.now = new Date(TEST_NOW.getTime() + 80 * DAY);
    expect((await figures()).map((calls) => calls.since)).toEqual([undefined, undefined, undefined]);
  });
});
