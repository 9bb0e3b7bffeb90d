import { array, assert, asyncProperty, integer, record } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCall } from '#e2e/support/calls.ts';
import { engines } from '#e2e/support/databases.ts';
import { eventually } from '#e2e/support/test-desk.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { createRegistry } from '#registry/create-registry.ts';
import { weightOf } from './invocation-counts.ts';
import { addInvocations } from './invocation-store.ts';
import { deleteOldLogs } from './log-retention.ts';
import { listInvocations } from './log-store.ts';

const MINUTE = 60_000;
const PLENTY = Number.MAX_SAFE_INTEGER;
const NEVER = new AbortController().signal;

const timeOf = (minutesAgo: number): string =>
  new Date(TEST_NOW.getTime() - minutesAgo * MINUTE).toISOString();

describe.each(engines)('the retention of runtime logs on %s', (engine) => {
  let registry: TestRegistry;
  let rids: number[] = [];
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    await registry.put('acme/kettle', 'acme/other');
    const rows = await registry.db.selectFrom('servers').select('rid').orderBy('rid').execute();
    rids = rows.map(({ rid }) => rid);
  });
  afterAll(async () => registry.drop());

  const clear = async (): Promise<void> => {
    await registry.db.deleteFrom('log_phrases').execute();
    await registry.db.deleteFrom('invocation_counts').execute();
    await registry.db.deleteFrom('invocations').execute();
  };
  const write = async (minutesAgo: readonly number[], word: (i: number) => string = () => 'called') =>
    addInvocations(
      registry.db,
      minutesAgo.map((minutes, i) => makeCall(rids[i % rids.length] ?? 0, timeOf(minutes), word(i))),
    );
  const kept = async (): Promise<number[]> => {
    const rows = await registry.db.selectFrom('invocations').select('timestamp').execute();
    return rows
      .map(({ timestamp }) => (TEST_NOW.getTime() - Date.parse(timestamp)) / MINUTE)
      .sort((a, b) => a - b);
  };
  const minutesAgo = (minutes: number): Date => new Date(TEST_NOW.getTime() - minutes * MINUTE);

  it('deletes what is too old to the minute, and counts what is left', async () => {
    await assert(
      asyncProperty(
        array(record({ age: integer({ min: 0, max: 400 }), word: integer({ min: 0, max: 3 }) }), {
          maxLength: 25,
        }),
        integer({ min: 0, max: 400 }),
        async (calls, limit) => {
          await clear();
          await write(
            calls.map(({ age }) => age),
            (i) => `word${calls[i]?.word}`,
          );
          await deleteOldLogs(registry.db, { since: minutesAgo(limit), maxBytes: PLENTY }, NEVER);
          const expected = calls.map(({ age }) => age).filter((age) => age <= limit);
          expect(await kept()).toEqual(expected.sort((a, b) => a - b));
          let total = 0;
          for (const rid of rids) {
            const query = { from: undefined, to: undefined, search: 'word', limit: 100 };
            const found = await listInvocations(registry.db, rid, query);
            expect(found.total).toBe(found.invocations.length);
            total += found.total;
          }
          expect(total).toBe(expected.length);
        },
      ),
      { numRuns: engine === 'sqlite' ? 50 : 20 },
    );
  });

  it('deletes the oldest of all where they weigh too much', async () => {
    await clear();
    await write(Array.from({ length: 40 }, (_, i) => i * 10));
    const rows = await registry.db.selectFrom('invocations').selectAll().execute();
    const each = weightOf(rows[0] ?? { url: '', logs: '', exceptions: '' });
    await deleteOldLogs(registry.db, { since: minutesAgo(1000), maxBytes: each * 15 }, NEVER);
    const left = await kept();
    expect(left.length).toBeLessThanOrEqual(15);
    expect(left.length).toBeGreaterThan(0);
    expect(left).toEqual(Array.from({ length: left.length }, (_, i) => i * 10));
    await deleteOldLogs(registry.db, { since: minutesAgo(1000), maxBytes: each * 15 }, NEVER);
    expect(await kept()).toEqual(left);
  });

  it('leaves no word behind that nobody says any more', async () => {
    await clear();
    await write([500, 500, 3, 3], (i) => (i < 2 ? 'ancient' : 'recent'));
    await deleteOldLogs(registry.db, { since: minutesAgo(60), maxBytes: PLENTY }, NEVER);
    const words = await registry.db.selectFrom('log_words').select('word').distinct().execute();
    expect(words).toEqual([{ word: 'recent' }]);
  });

  it('needs many steps for many calls, and stops between them when it is told to', async () => {
    await clear();
    for (let i = 0; i < 4; i += 1) await write(Array.from({ length: 600 }, () => 500));
    const stop = new AbortController();
    stop.abort();
    await deleteOldLogs(registry.db, { since: minutesAgo(60), maxBytes: PLENTY }, stop.signal);
    expect(await kept()).toHaveLength(2400);
    await deleteOldLogs(registry.db, { since: minutesAgo(60), maxBytes: PLENTY }, NEVER);
    expect(await kept()).toEqual([]);
    expect(await registry.db.selectFrom('invocation_counts').selectAll().execute()).toEqual([]);
  });

  it('goes on by itself while the registry runs', async () => {
    await clear();
    const clock = { now: TEST_NOW };
    const running = createRegistry({
      ...registry.registryOptions,
      now: () => clock.now,
      limits: { keepLogsMs: 60 * MINUTE, firstSweepMs: 30, logSweepMs: 30 },
    });
    await write([70, 50, 10]);
    expect(await eventually(kept, ({ length }) => length === 2)).toEqual([10, 50]);
    clock.now = new Date(TEST_NOW.getTime() + 20 * MINUTE);
    expect(await eventually(kept, ({ length }) => length === 1)).toEqual([10]);
    await running.close();
  });
});
