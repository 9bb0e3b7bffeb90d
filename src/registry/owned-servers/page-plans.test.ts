import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SERVER_ORDERS, type Direction, type ServerOrder } from '#contract/owned-servers.ts';
import { engines } from '#e2e/support/databases.ts';
import { growingSteps, observeQueries } from '#e2e/support/query-plans.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import type { ListPosition } from '#platform/list-position.ts';
import { listServerKeys, type ServerKey } from './owned-server-keys.ts';

const SERVERS = 3000;
const LIMIT = 50;
const orders = SERVER_ORDERS.flatMap((sort) =>
  (['asc', 'desc'] as const).map((direction) => [sort, direction] as const),
);

describe.each(engines)('a page of %s servers', (engine) => {
  let registry: TestRegistry;
  let scope: { ownerIds: string[]; namespaces: null };
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    scope = { ownerIds: [registry.ownerId], namespaces: null };
  });
  afterAll(async () => registry.drop());

  const addNamespaces = async (names: string[], owner_id = registry.ownerId) => {
    const created_at = TEST_NOW.toISOString();
    await registry.db
      .insertInto('namespaces')
      .values(names.map((name) => ({ name, owner_id, created_at })))
      .execute();
  };
  const pageOf = async (
    db: TestRegistry['db'],
    [sort, direction]: readonly [ServerOrder, Direction],
    limit: number,
    after?: ListPosition,
  ) => listServerKeys(db, { sort, direction, limit, after, names: undefined }, scope);
  const walk = async (order: readonly [ServerOrder, Direction], limit: number) => {
    const pages: ServerKey[][] = [await pageOf(registry.db, order, limit)];
    for (let last = pages.at(-1)?.at(-1); last !== undefined; last = pages.at(-1)?.at(-1)) {
      pages.push(await pageOf(registry.db, order, limit, last));
    }
    return pages.flat();
  };

  it.each(orders)('by %s %s comes out of an index, and reads no more than it needs', async (...order) => {
    if ((await registry.db.selectFrom('servers').select('rid').limit(1).execute()).length === 0) {
      await addNamespaces(['more']);
      // Of the second namespace all are alike, but for their names.
      await sql`
        insert into servers (
          id, namespace, slug, qualified_name, display_name, description, unlisted, verified, managed,
          use_count, created_at, updated_at, name_key, state_rank, released_at, last_call_at
        )
        with recursive n(i) as (select 1 union all select i + 1 from n where i < ${sql.lit(SERVERS)})
        select
          '' || i, case i % 2 when 0 then 'acme' else 'more' end, 's' || i,
          case i % 2 when 0 then 'acme' else 'more' end || '/s' || i, 'S', '', 0, 0, 0,
          case i % 2 when 0 then i % 97 else 0 end,
          case i % 2 when 0 then '2026-01-' || (10 + i % 19) else '2026-01-01' end, '2026-01-01',
          case i % 2 when 0 then 'k' || (i % 89) else 'k' end,
          case i % 2 when 0 then i % 7 else 0 end,
          case i % 2 when 0 then '2026-02-' || (10 + i % 19) when 1 then null end,
          case i % 3 when 0 then '2026-02-' || (10 + i % 19) when 1 then '2026-02-28' end
        from n`.execute(registry.db);
      if (engine === 'postgres') await sql`vacuum analyze servers`.execute(registry.db);
    }
    const observed = observeQueries(registry);
    const all = await pageOf(registry.db, order, SERVERS);
    expect(all).toHaveLength(SERVERS);
    for (const start of [0, 70, SERVERS / 2, SERVERS - 70]) {
      const page = await pageOf(observed.db, order, LIMIT, start === 0 ? undefined : all[start - 1]);
      expect(page).toEqual(all.slice(start, start + LIMIT));
      const steps = await observed.takeSteps();
      expect(growingSteps(steps)).toEqual([]);
      const reads = steps.filter(({ step }) => /servers_by_/.test(step));
      expect(reads.length).toBeGreaterThan(0);
      // In two namespaces; those read backwards are read once more.
      for (const { step } of reads) {
        expect(step).toMatch(/^SEARCH servers USING COVERING INDEX .*\(namespace=\?|^Index Only Scan /);
      }
      expect(Math.max(...reads.map(({ rows }) => rows))).toBeLessThanOrEqual(LIMIT);
    }
  });

  it('is in the order of bytes, however many namespaces there are', async () => {
    await registry.clear();
    const letters = ['z', 'é', '𝄞', 'ﬀ', '中', 'a'];
    const names = Array.from({ length: 110 }, (_, i) => `n${i}${letters[i % letters.length] ?? ''}`);
    await addNamespaces(names);
    await addNamespaces(['their'], registry.rivalId);
    const at = (i: number) => new Date(TEST_NOW.getTime() - (i % 5) * 1000).toISOString();
    await registry.db
      .insertInto('servers')
      .values(
        ['their', ...names].map((namespace, i) => ({
          id: randomUUID(),
          namespace,
          slug: 's',
          qualified_name: `${namespace}/s`,
          display_name: '',
          description: '',
          unlisted: 0,
          verified: 0,
          managed: 0,
          use_count: i % 3,
          created_at: at(i),
          updated_at: at(i),
          name_key: letters[i % 4] ?? '',
          last_call_at: i % 2 === 0 ? at(i) : null,
        })),
      )
      .execute();
    for (const order of [
      ['name', 'desc'],
      ['called', 'asc'],
      ['uses', 'asc'],
    ] as const) {
      const [, direction] = order;
      const found = await walk(order, 40);
      const sorted = found.toSorted((a, b) => inBytes(a, b, direction));
      expect([order, found.map(({ name }) => name)]).toEqual([order, sorted.map(({ name }) => name)]);
      expect(new Set(found.map(({ name }) => name))).toEqual(new Set(names.map((name) => `${name}/s`)));
    }
  });
});

function inBytes(a: ServerKey, b: ServerKey, direction: Direction): number {
  if ((a.value === null) !== (b.value === null)) return a.value === null ? 1 : -1;
  const [x, y] = [a, b].map(({ value }) => Buffer.from(String(value))) as [Buffer, Buffer];
  const order = Buffer.compare(x, y) * (direction === 'asc' ? 1 : -1);
  return order || Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
}
