import { array, assert, asyncProperty, constantFrom, integer, record } from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OwnedServerPage } from '#contract/owned-servers.ts';
import { makeCall } from '#e2e/support/calls.ts';
import { engines } from '#e2e/support/databases.ts';
import { eventually } from '#e2e/support/test-desk.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { createRegistry } from '#registry/create-registry.ts';
import { addInvocations, type Invocation } from '#registry/logs/invocation-store.ts';
import { deleteOldLogs } from '#registry/logs/log-retention.ts';
import { callsWithin } from './call-figures.ts';
import { deleteOldCallCounts } from './call-count-retention.ts';
import { countOlderCalls } from './uncounted-servers.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const DISCOVERY = { logs: [{ timestamp: '', level: 'info', message: 'server/discover' }] };
const NEVER = new AbortController().signal;

describe.each(engines)('calls counted apart from their log on %s', (engine) => {
  let registry: TestRegistry;
  let rids: number[] = [];
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  beforeEach(async () => {
    await registry.clear();
    await registry.put('acme/kettle', 'acme/other');
    const rows = await registry.db.selectFrom('servers').select('rid').orderBy('rid').execute();
    rids = rows.map(({ rid }) => rid);
  });
  afterAll(async () => registry.drop());

  const callOf = (which: number, ago: number, more: Partial<Invocation> = {}): Invocation => ({
    ...makeCall(rids[which] ?? 0, new Date(TEST_NOW.getTime() - ago).toISOString()),
    ...more,
  });
  const hoursOf = async () =>
    registry.db
      .selectFrom('call_hours')
      .selectAll()
      .orderBy('server_rid')
      .orderBy('hour')
      .orderBy('tool')
      .execute();
  const daysOf = async () =>
    registry.db.selectFrom('call_days').selectAll().orderBy('server_rid').orderBy('day').execute();
  const toldOf = async (name = 'acme/kettle') => {
    const { body } = await registry.call('GET', `/-/servers?name=${name}`);
    return (body as OwnedServerPage).servers[0]?.calls;
  };

  it('are all those of so many days, whenever they were, and stay when the log goes', async () => {
    const call = record({
      which: integer({ min: 0, max: 1 }),
      ago: integer({ min: 0, max: 40 * DAY }),
      status: constantFrom(200, 404, 500),
      isRpcError: constantFrom(true, false),
    });
    await assert(
      asyncProperty(array(call, { maxLength: 40 }), async (calls) => {
        await registry.db.deleteFrom('call_hours').execute();
        await registry.db.deleteFrom('call_days').execute();
        await addInvocations(
          registry.db,
          calls.map(({ which, ago, ...more }) => callOf(which, ago, more)),
        );
        await deleteOldLogs(registry.db, { since: TEST_NOW, maxBytes: 0 }, NEVER);
        for (const days of [7, 30]) {
          const sums = await callsWithin(registry.db, rids, { days, now: TEST_NOW }).execute();
          const expected = rids.flatMap((server_rid, index) => {
            // The clock stands at a full hour: an hour is in it, or it is not.
            const found = calls.filter(({ which, ago }) => which === index && ago <= days * DAY);
            const errors = found.filter(({ status, isRpcError }) => status >= 400 || isRpcError).length;
            return found.length === 0 ? [] : [{ server_rid, calls: found.length, errors }];
          });
          expect(sums.sort((a, b) => a.server_rid - b.server_rid)).toEqual(expected);
        }
      }),
      { numRuns: engine === 'sqlite' ? 25 : 8 },
    );
    expect(await registry.db.selectFrom('invocations').select('id').execute()).toEqual([]);
  });

  it('are told with a server: how many, which share failed, and when the last one was', async () => {
    expect(await toldOf()).toEqual({ lastAt: null, in7Days: 0, in30Days: 0, errorShare: null });
    await addInvocations(registry.db, [
      callOf(0, 2 * HOUR),
      callOf(0, HOUR, { status: 503, outcome: 'exception' }),
      callOf(0, 3 * DAY),
      callOf(0, 3 * DAY, { isRpcError: true }),
      callOf(0, 8 * DAY, { status: 500 }),
      callOf(1, 31 * DAY),
    ]);
    await addInvocations(registry.db, [callOf(0, 5 * HOUR)]);
    const lastAt = new Date(TEST_NOW.getTime() - HOUR).toISOString();
    expect(await toldOf()).toEqual({ lastAt, in7Days: 5, in30Days: 6, errorShare: 0.4 });
    registry.clock.now = new Date(TEST_NOW.getTime() + 28 * DAY);
    expect(await toldOf()).toEqual({ lastAt, in7Days: 0, in30Days: 3, errorShare: null });
  });

  it.each([
    ['an answer', {}, 0],
    ['an answer with a status of failure', { status: 404 }, 1],
    ['a failed transport', { status: 200, outcome: 'exception' }, 1],
    ['a JSON-RPC error', { isRpcError: true }, 1],
    ['a tool that failed', { isToolError: true }, 0],
    ['a caller who left', { status: 499, outcome: 'canceled' }, 0],
    ['a server without a stream of its own', { method: 'GET', status: 405, outcome: 'exception' }, 0],
    ['a server whose sessions cannot be ended', { method: 'DELETE', status: 405, outcome: 'exception' }, 0],
    ['a server that takes no posts', { status: 405, outcome: 'exception' }, 1],
    ['a server that wants a session first', { method: 'GET', status: 400, outcome: 'exception' }, 0],
    ['a server of the older protocols', { ...DISCOVERY, isRpcError: true }, 0],
    ['a server that knows no newer one', { ...DISCOVERY, status: 400, outcome: 'exception' }, 0],
    ['a server that cannot be asked', { ...DISCOVERY, status: 502, outcome: 'exception' }, 1],
    ['a stream that cannot be opened', { method: 'GET', status: 404, outcome: 'exception' }, 1],
  ] as [string, Partial<Invocation>, number][])('%s is an error, or none', async (_, more, errors) => {
    await addInvocations(registry.db, [callOf(0, HOUR, more)]);
    expect(await hoursOf()).toMatchObject([
      { calls: 1, errors, tool_errors: Number('isToolError' in more), tool: '' },
    ]);
    expect(await daysOf()).toMatchObject([{ calls: 1, errors }]);
  });

  it('are kept by hour and tool, with how long they took', async () => {
    const saying = (...messages: string[]) => ({
      logs: messages.map((message) => ({ timestamp: '', level: 'info', message })),
    });
    await addInvocations(registry.db, [
      callOf(0, 0, { ...saying('tools/call echo', 'Answered 200'), wallMs: 10 }),
      callOf(0, 0, { ...saying('tools/call echo'), wallMs: 11, isToolError: true }),
      callOf(0, 0, { ...saying('tools/call two words'), wallMs: 60_000 }),
      callOf(0, 0, { ...saying('tools/call (unknown tool)'), wallMs: 300 }),
      callOf(0, 0, { ...saying('tools/call echo', 'tools/call count'), wallMs: 301 }),
      callOf(0, 0, { ...saying('subscriptions/listen'), wallMs: 90_000 }),
      callOf(0, 0, { method: 'GET', wallMs: 90_000 }),
      callOf(0, HOUR, { ...saying('tools/call echo'), wallMs: 0 }),
    ]);
    const [day] = TEST_NOW.toISOString().split('T');
    const none = { errors: 0, tool_errors: 0, took_10: 0, took_30: 0, took_100: 0, took_300: 0 };
    const empty = { ...none, took_1000: 0, took_3000: 0, took_10000: 0, took_longer: 0 };
    const at = (hour: number, tool: string) => ({
      ...empty,
      server_rid: rids[0],
      hour: `${day}T${hour}`,
      tool,
    });
    expect(await hoursOf()).toEqual([
      { ...at(11, 'echo'), calls: 1, took_10: 1 },
      { ...at(12, ''), calls: 4, took_300: 1, took_1000: 1 },
      { ...at(12, 'echo'), calls: 2, tool_errors: 1, took_10: 1, took_30: 1 },
      { ...at(12, 'two words'), calls: 1, took_longer: 1 },
    ]);
  });

  it('have the failures that were told later, in the hour and day of the call, and never more than all failed', async () => {
    const at = new Date(TEST_NOW.getTime() - 2 * DAY).toISOString();
    const late = (messages: string[], isRpcError: boolean, timestamp = at) => ({
      serverRid: rids[0] ?? 0,
      timestamp,
      messages,
      isRpcError,
      isToolError: !isRpcError,
    });
    const echo = { logs: [{ timestamp: '', level: 'info', message: 'tools/call echo' }] };
    await addInvocations(registry.db, [callOf(0, 2 * DAY, echo)]);
    const failed = [
      late(['tools/call echo'], true),
      late(['tools/call echo'], false),
      late(['server/discover'], true),
      late([], true, TEST_NOW.toISOString()),
      late([], true, TEST_NOW.toISOString()),
      { ...late([], true), serverRid: -1 },
    ];
    await addInvocations(registry.db, [], new Map(), failed);
    expect(await hoursOf()).toMatchObject([
      { hour: at.slice(0, 13), tool: '', calls: 0, errors: 0 },
      { hour: at.slice(0, 13), tool: 'echo', calls: 1, errors: 1, tool_errors: 1 },
      { hour: TEST_NOW.toISOString().slice(0, 13), tool: '', calls: 0, errors: 2 },
    ]);
    expect((await daysOf()).map(({ calls, errors }) => [calls, errors])).toEqual([
      [1, 1],
      [0, 2],
    ]);
    expect(await toldOf()).toEqual({ lastAt: at, in7Days: 1, in30Days: 1, errorShare: 1 });
  });

  it('are forgotten after 400 days, and go with their server', async () => {
    await addInvocations(registry.db, [callOf(0, 0), callOf(0, 401 * DAY), callOf(1, 399 * DAY)]);
    await deleteOldCallCounts(registry.db, new Date(TEST_NOW.getTime() - 400 * DAY), NEVER);
    expect((await hoursOf()).map(({ server_rid }) => server_rid)).toEqual(rids);
    expect((await daysOf()).map(({ server_rid }) => server_rid)).toEqual(rids);
    expect((await registry.call('DELETE', '/servers/acme%2Fkettle')).status).toBe(200);
    expect((await hoursOf()).map(({ server_rid }) => server_rid)).toEqual([rids[1]]);
    expect((await daysOf()).map(({ server_rid }) => server_rid)).toEqual([rids[1]]);
  });

  it('are those of the log where an older version wrote it, each once, however often that is interrupted', async () => {
    const { db } = registry;
    await addInvocations(
      db,
      Array.from({ length: 1203 }, (_, i) =>
        callOf(i % 5 === 0 ? 1 : 0, (i % 700) * HOUR, { status: i % 3 === 0 ? 500 : 200 }),
      ),
    );
    const counted = [await hoursOf(), await daysOf()];
    const forget = async () => {
      await db.deleteFrom('call_hours').execute();
      await db.deleteFrom('call_days').execute();
      for (const server_rid of rids) {
        const { newest } = await db
          .selectFrom('invocations')
          .select((eb) => eb.fn.max('timestamp').as('newest'))
          .where('server_rid', '=', server_rid)
          .executeTakeFirstOrThrow();
        await db
          .insertInto('uncounted_servers')
          .values({ server_rid, until_at: newest, until_id: '' })
          .execute();
      }
    };
    await forget();
    await countOlderCalls(db);
    // What is not counted yet is not said to be none.
    const steps = await db.selectFrom('uncounted_servers').selectAll().execute();
    const { until_at = '' } = steps.find(({ server_rid }) => server_rid === rids[0]) ?? {};
    expect(until_at < TEST_NOW.toISOString()).toBe(true);
    registry.clock.now = new Date(TEST_NOW.getTime());
    await db.updateTable('servers').set({ created_at: '2020-01-01T00:00:00.000Z' }).execute();
    expect((await toldOf())?.since).toBe(until_at);
    // Two processes at once, and a third one later.
    await Promise.all([countOlderCalls(db), countOlderCalls(db)]);
    while (await countOlderCalls(db));
    expect([await hoursOf(), await daysOf()]).toEqual(counted);
    expect((await toldOf())?.since).toBe(undefined);

    await forget();
    const again = createRegistry({ ...registry.registryOptions, limits: { firstSweepMs: 10 } });
    await eventually(
      async () => db.selectFrom('uncounted_servers').select('server_rid').execute(),
      ({ length }) => length === 0,
    );
    await again.close();
    expect([await hoursOf(), await daysOf()]).toEqual(counted);
  });
});
