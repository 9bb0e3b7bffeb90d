import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  SERVER_FILTERS,
  SERVER_ORDERS,
  SERVER_STATES,
  type Direction,
  type OwnedServer,
  type ServerOrder,
} from '#contract/owned-servers.ts';
import { FILTER_RULES } from '#contract/server-filters.ts';
import { nameKey } from '#contract/name-order.ts';
import { createTestDatabase, engines, type TestDatabase } from '#e2e/support/databases.ts';
import { listedServer } from '#e2e/support/listed-server.ts';
import { growingSteps, observeQueries } from '#e2e/support/query-plans.ts';
import type { ListPosition } from '#platform/list-position.ts';
import { createKeptLists, type KeptList, type KeptLists } from './kept-lists.ts';
import { createKeptServers, type KeptServers } from './kept-servers.ts';
import type { ServerFacts } from './remote-server-facts.ts';

const NOW = new Date('2026-06-01T12:00:00.000Z');
const RUNS = Number(process.env['TOUCHMARK_TEST_RUNS'] ?? 12);

const daysAgo = fc
  .tuple(fc.constantFrom(0, 1, 30, 89, 90, 91, 400), fc.constantFrom(-1, 0, 1))
  .map(([days, ms]) => new Date(NOW.getTime() - days * 86_400_000 + ms).toISOString());
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const status = fc.constantFrom('SUCCESS', 'FAILURE', 'AUTH_REQUIRED', 'WORKING', 'CANCELLED', 'ODD');

/** What may be known of a server: anything, or nothing. */
const facts = fc.record({
  listed: fc.record({
    displayName: fc.constantFrom('Weather', 'weather', 'Éclair', 'zebra', '10', '𝄞'),
    createdAt: fc.option(daysAgo),
    useCount: fc.option(fc.constantFrom(0, 1, 7, 5_000_000_000)),
    isDeployed: fc.option(fc.boolean()),
    remote: fc.option(fc.boolean()),
  }),
  releases: maybe(
    fc.record({
      at: fc.constant(NOW.toISOString()),
      latest: fc.option(fc.record({ id: fc.constant('r2'), status, at: daysAgo })),
      live: fc.option(
        fc.record({
          id: fc.constant('r1'),
          type: fc.constantFrom('stdio', 'hosted_shttp', null),
          at: daysAgo,
        }),
      ),
    }),
  ),
  calls: maybe(
    fc.record({
      at: fc.constant(NOW.toISOString()),
      in7Days: fc.constantFrom(0, 19, 20, 1000),
      errorShare: fc.constantFrom(null, 0, 0.19, 0.2, 1),
      lastAt: fc.option(daysAgo),
    }),
  ),
});

describe.each(engines)('the servers kept of a registry elsewhere on %s', (engine) => {
  let database: TestDatabase;
  let lists: KeptLists;
  let kept: KeptServers;
  let made = 0;
  beforeAll(async () => {
    database = await createTestDatabase(engine);
    const options = { db: database.db, registry: 'https://r', now: () => NOW };
    lists = createKeptLists({ ...options, processId: 'p' });
    kept = createKeptServers(options);
  });
  afterAll(async () => database.drop());

  const newList = async () => lists.look(`key-${(made += 1)}`);

  const keep = async (list: KeptList, all: (typeof facts extends fc.Arbitrary<infer F> ? F : never)[]) => {
    for (const [i, { listed, ...parts }] of all.entries()) {
      const name = `${i % 3 === 0 ? 'acme' : 'labs'}/s${i}`;
      await kept.putListed(list, [listedServer(name, listed)], NOW);
      // Undefined is not kept, as in JSON.
      const known = JSON.parse(JSON.stringify(parts)) as Omit<ServerFacts, 'listed'>;
      await kept.putDetails(list, name, { parts: known, askedAt: NOW, dueAt: NOW });
    }
  };

  const allOf = async (list: KeptList, sort: ServerOrder, direction: Direction, limit: number) => {
    const servers: OwnedServer[] = [];
    let after: ListPosition | null = null;
    for (let pages = 0; pages < 100; pages++) {
      const page: Awaited<ReturnType<KeptServers['page']>> = await kept.page(list, {
        sort,
        direction,
        limit,
        after,
      });
      servers.push(...page.servers);
      after = page.last;
      if (after === null) break;
    }
    return servers;
  };

  it('come in any order, page by page, those of which it is not known last', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(facts, { maxLength: 14 }),
        fc.constantFrom(...SERVER_ORDERS),
        fc.constantFrom('asc' as const, 'desc' as const),
        fc.integer({ min: 1, max: 6 }),
        async (all, sort, direction, limit) => {
          const list = await newList();
          await keep(list, all);
          const servers = await allOf(list, sort, direction, limit);
          expect(servers).toHaveLength(all.length);
          expect(servers).toEqual(servers.toSorted((a, b) => compare(a, b, sort, direction)));
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('come out of an index, in any order, and no more of them than a page needs', async () => {
    const list = await newList();
    const [count, limit] = [800, 20];
    // Of every second one nothing is known but its name; the others are all live.
    await sql`
      insert into owned_servers (
        list_rid, qualified_name, namespace, sort_name, state_rank, released_at, called_at, uses, created_at,
        filter_bits, as_of, listed_at, due_at, facts
      )
      with recursive n(i) as (select 1 union all select i + 1 from n where i < ${sql.lit(count)})
      select
        ${sql.lit(list.rid)}, 'acme/s' || i, 'acme', 'k' || (i % 97), case i % 2 when 0 then 0 end,
        case i % 2 when 0 then '2026-01-' || (10 + i % 19) end,
        case i % 2 when 0 then '2026-02-' || (10 + i % 19) end,
        case i % 2 when 0 then 0 end, case i % 2 when 0 then '2026-01-01' end, 0, '2026', '2026', '2027', ${JSON.stringify({ listed: { ...listedServer('acme/s'), at: NOW.toISOString() } })}
      from n`.execute(database.db);
    if (engine === 'postgres') await sql`vacuum analyze owned_servers`.execute(database.db);
    const observed = observeQueries(database);
    const seen = createKeptServers({ db: observed.db, registry: 'https://r', now: () => NOW });
    for (const sort of SERVER_ORDERS) {
      for (const direction of ['asc', 'desc'] as const) {
        const all = await allOf(list, sort, direction, count);
        expect(all).toHaveLength(count);
        for (const start of [0, 100, count / 2 - 10, count - 30]) {
          const after =
            start === 0 ? null : (await kept.page(list, { sort, direction, limit: start, after: null })).last;
          const { servers } = await seen.page(list, { sort, direction, limit, after });
          expect(servers).toEqual(all.slice(start, start + limit));
          const steps = await observed.takeSteps();
          expect([sort, direction, growingSteps(steps)]).toEqual([sort, direction, []]);
          const reads = steps.filter(({ step }) => step.includes('owned_servers'));
          expect(reads.every(({ step }) => /(INDEX|Index Scan.*) owned_servers_by_/.test(step))).toBe(true);
          expect(Math.max(...reads.map(({ rows }) => rows))).toBeLessThanOrEqual(limit);
        }
      }
    }
  });

  it('are counted by the rules of the filters', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(facts, { maxLength: 14 }), async (all) => {
        const list = await newList();
        await keep(list, all);
        const servers = await allOf(list, 'name', 'asc', 50);
        const { total, filters, namespaces } = await kept.counts(list);
        const expected = Object.fromEntries(
          SERVER_FILTERS.map((filter) => [
            filter,
            servers.filter((server) => FILTER_RULES[filter](server, NOW)).length,
          ]),
        );
        expect({ total, filters }).toEqual({ total: servers.length, filters: expected });
        expect(Object.values(namespaces).reduce((sum, number) => sum + number, 0)).toBe(total);
      }),
      { numRuns: RUNS },
    );
  });

  it('are forgotten once nobody has looked at them for long, and those deleted here later on', async () => {
    const [old, fresh] = [await newList(), await newList()];
    for (const list of [old, fresh])
      await kept.putListed(list, [listedServer('acme/one'), listedServer('acme/two')], NOW);
    const at = (rid: number, asked_at: string) =>
      database.db.updateTable('owned_lists').set({ asked_at }).where('rid', '=', rid).execute();
    await at(old.rid, '2026-01-01T00:00:00.000Z');
    await kept.hide('acme/one');
    await database.db
      .updateTable('owned_servers')
      .set({ gone_at: '2026-06-01T10:59:00.000Z' })
      .where('gone_at', 'is not', null)
      .execute();
    await lists.forgetUnseen(new Date('2026-05-01T00:00:00.000Z'));
    const rows = await database.db
      .selectFrom('owned_servers')
      .select(['list_rid', 'qualified_name'])
      .where('list_rid', 'in', [old.rid, fresh.rid])
      .execute();
    expect(rows).toEqual([{ list_rid: fresh.rid, qualified_name: 'acme/two' }]);
    expect((await lists.look(old.actor)).rid).not.toBe(old.rid);
  });

  it('are another’s where the id is another’s, of whom nothing is known yet', async () => {
    const list = await newList();
    await kept.putListed(list, [listedServer('acme/one', { id: 'first' })], NOW);
    const domains = { at: NOW.toISOString(), hosts: ['one.example'] };
    await kept.putDetails(list, 'acme/one', { parts: { domains }, askedAt: NOW, dueAt: NOW });
    expect((await kept.named(list, ['acme/one']))[0]?.domains).toEqual(['one.example']);
    await kept.putListed(list, [listedServer('acme/one', { id: 'second' })], NOW);
    const [server] = await kept.named(list, ['acme/one']);
    expect([server?.id, server?.domains]).toEqual(['second', undefined]);
    expect(await kept.isUndetailed(list)).toBe(true);
  });
});

const VALUES: Record<ServerOrder, (server: OwnedServer) => string | number | null> = {
  name: ({ displayName }) => nameKey(displayName),
  state: ({ state }) => (state === 'unknown' ? null : SERVER_STATES.indexOf(state)),
  released: ({ latestRelease }) => latestRelease?.at ?? null,
  called: ({ calls }) => calls.lastAt ?? null,
  uses: ({ uses }) => uses ?? null,
  created: ({ createdAt }) => createdAt ?? null,
};

function compare(a: OwnedServer, b: OwnedServer, sort: ServerOrder, direction: Direction): number {
  const [x, y] = [VALUES[sort](a), VALUES[sort](b)];
  if (x !== y) {
    if (x === null) return 1;
    if (y === null) return -1;
    const isLess =
      typeof x === 'string' ? Buffer.compare(Buffer.from(x), Buffer.from(String(y))) < 0 : x < Number(y);
    return isLess === (direction === 'asc') ? -1 : 1;
  }
  return a.qualifiedName < b.qualifiedName ? -1 : 1;
}
