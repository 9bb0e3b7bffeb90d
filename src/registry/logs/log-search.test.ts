import { randomUUID } from 'node:crypto';
import { array, assert, asyncProperty, constantFrom, integer, option, record } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCall } from '#e2e/support/calls.ts';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { addInvocations, fileOlderInvocations, type Invocation } from './invocation-store.ts';
import { listInvocations, type LogQuery } from './log-store.ts';

const WORDS = ['call', 'calls', 'called', 'answer', 'slow', 'tool', 'tools'] as const;
const MINUTE = 60_000;

// From a few seconds around whole hours to hours apart.
const time = record({ hour: integer({ min: 0, max: 5 }), second: constantFrom(0, 1, 1800, 3599) });
const message = array(constantFrom(...WORDS), { minLength: 1, maxLength: 3 });
const toTime = ({ hour, second }: { hour: number; second: number }): string =>
  new Date(TEST_NOW.getTime() + hour * 60 * MINUTE + second * 1000).toISOString();

describe.each(engines)('searching runtime logs on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  afterAll(async () => registry.drop());

  const serverOf = async (name: string): Promise<number> => {
    await registry.put(name);
    const { rid } = await registry.db
      .selectFrom('servers')
      .select('rid')
      .where('qualified_name', '=', name)
      .executeTakeFirstOrThrow();
    return rid;
  };

  it('finds and counts what looking through every call would', async () => {
    const rid = await serverOf('acme/kettle');
    const otherRid = await serverOf('acme/other');
    const calls = array(record({ at: time, message }), { maxLength: 30 });
    const query = record({
      from: option(time, { nil: undefined }),
      to: option(time, { nil: undefined }),
      words: option(message, { nil: undefined }),
      cut: integer({ min: 1, max: 4 }),
      limit: integer({ min: 1, max: 5 }),
    });
    await assert(
      asyncProperty(calls, array(query, { minLength: 1, maxLength: 8 }), async (made, queries) => {
        await registry.db.deleteFrom('log_phrases').execute();
        await registry.db.deleteFrom('invocation_counts').execute();
        await registry.db.deleteFrom('invocations').execute();
        const written = made.map(({ at, message: words }) => makeCall(rid, toTime(at), words.join(' ')));
        const others = written.map((call) => ({ ...call, id: randomUUID(), serverRid: otherRid }));
        await addInvocations(registry.db, [...written, ...others]);
        for (const { from, to, words, cut, limit } of queries) {
          const search = words?.join(' ').slice(0, -cut);
          const logQuery: LogQuery = {
            from: from === undefined ? undefined : toTime(from),
            to: to === undefined ? undefined : toTime(to),
            search: search === '' ? undefined : search,
            limit,
          };
          const expected = written.filter((call) => matches(call, logQuery)).sort(newestFirst);
          const found = await listInvocations(registry.db, rid, logQuery);
          expect(found.total).toBe(expected.length);
          expect(found.invocations.map(({ id }) => id)).toEqual(expected.slice(0, limit).map(({ id }) => id));
        }
      }),
      { numRuns: engine === 'sqlite' ? 80 : 30 },
    );
  });

  it('counts calls that many writers add at once', async () => {
    const rid = await serverOf('acme/busy');
    const write = async (i: number) =>
      registry.db.transaction().execute(async (trx) => {
        const at = new Date(TEST_NOW.getTime() + i * 1000).toISOString();
        const says = ['tools answered', `tools failed ${i % 3}`];
        await addInvocations(
          trx,
          (i % 2 === 0 ? says : says.toReversed()).map((text) => makeCall(rid, at, text)),
        );
      });
    await Promise.all(Array.from({ length: 40 }, async (_, i) => write(i)));
    const query = { from: undefined, to: undefined, limit: 1 };
    expect((await listInvocations(registry.db, rid, { ...query, search: undefined })).total).toBe(80);
    expect((await listInvocations(registry.db, rid, { ...query, search: 'failed' })).total).toBe(40);
  });

  it('finds calls that an older version wrote, once they are filed', async () => {
    const rid = await serverOf('acme/old');
    const call = {
      server_rid: rid,
      method: 'POST',
      url: 'u',
      status: 200,
      outcome: 'ok',
      cpu_ms: 0,
      wall_ms: 0,
    };
    const timestamp = TEST_NOW.toISOString();
    await registry.db
      .insertInto('invocations')
      .values(
        Array.from({ length: 700 }, (_, i) => ({
          ...call,
          id: `old-${i}`,
          timestamp,
          logs: JSON.stringify([{ timestamp, level: 'info', message: `Brewed pot ${i % 7}` }]),
          exceptions: '[]',
          phrase_rid: null,
        })),
      )
      .execute();
    while ((await fileOlderInvocations(registry.db)) > 0);
    const query = { from: undefined, to: undefined, limit: 5, search: 'pot 3' };
    const { total, invocations } = await listInvocations(registry.db, rid, query);
    expect([total, invocations.length]).toEqual([100, 5]);
  });

  it('leaves nothing of the index when the server goes', async () => {
    const rid = await serverOf('acme/gone');
    await addInvocations(registry.db, [makeCall(rid, TEST_NOW.toISOString(), 'Farewell')]);
    expect((await registry.call('DELETE', '/servers/acme%2Fgone')).status).toBe(200);
    for (const table of ['invocations', 'log_phrases', 'log_words', 'invocation_counts'] as const) {
      const rows = await registry.db
        .selectFrom(table)
        .select('server_rid')
        .where('server_rid', '=', rid)
        .execute();
      expect(rows).toEqual([]);
    }
  });
});

function matches({ timestamp, logs }: Invocation, { from, to, search }: LogQuery): boolean {
  if (from !== undefined && timestamp < from) return false;
  if (to !== undefined && timestamp >= to) return false;
  if (search === undefined) return true;
  const said = logs.flatMap(({ message: text }) => text.split(' '));
  const wanted = search.split(' ').filter((word) => word !== '');
  const last = wanted.at(-1);
  if (last === undefined) return false;
  return (
    wanted.slice(0, -1).every((word) => said.includes(word)) && said.some((word) => word.startsWith(last))
  );
}

function newestFirst(a: Invocation, b: Invocation): number {
  if (a.timestamp !== b.timestamp) return a.timestamp < b.timestamp ? 1 : -1;
  return a.id < b.id ? -1 : 1;
}
