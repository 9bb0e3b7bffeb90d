import { randomUUID } from 'node:crypto';
import { array, assert, asyncProperty, constantFrom, integer, option, record } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  SERVER_FILTERS,
  SERVER_STATES,
  type OwnedServerPage,
  type ServerCounts,
} from '#contract/owned-servers.ts';
import { FILTER_RULES } from '#contract/server-filters.ts';
import { makeCall } from '#e2e/support/calls.ts';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { writeInstallation } from '#database/installation.ts';
import { RELEASE_STATUSES } from '#contract/release-statuses.ts';
import type { ReleaseType } from '#database/registry-tables.ts';
import { addInvocations } from '#registry/logs/invocation-store.ts';
import { keepStates } from './server-facts.ts';

const DAY = 86_400_000;
const LIVE_TYPES: readonly ReleaseType[] = ['hosted_shttp', 'external_shttp', 'stdio'];

const timeOf = (daysAgo: number): string => new Date(TEST_NOW.getTime() - daysAgo * DAY).toISOString();
const daysAgo = constantFrom(0, 3, 6.9, 7.1, 29, 89.9, 90, 90.1, 200);
const server = record({
  namespace: constantFrom('acme', 'more'),
  liveType: option(constantFrom(...LIVE_TYPES)),
  statuses: array(constantFrom(...RELEASE_STATUSES), { maxLength: 2 }),
  unlisted: integer({ min: 0, max: 1 }),
  created: daysAgo,
  called: array(
    record({ ago: daysAgo, errors: integer({ min: 0, max: 6 }), calls: constantFrom(1, 14, 20) }),
    {
      maxLength: 2,
    },
  ),
  uncountedUntil: option(daysAgo, { freq: 4 }),
});

describe.each(engines)('the counts of servers on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    const { db, ownerId } = registry;
    const created_at = TEST_NOW.toISOString();
    await db.insertInto('namespaces').values({ name: 'more', owner_id: ownerId, created_at }).execute();
  });
  afterAll(async () => registry.drop());

  it('agree with the rules of each filter for every server, and its place with its state', async () => {
    const { db } = registry;
    const since = option(daysAgo, { freq: 2 });
    await assert(
      asyncProperty(array(server, { minLength: 1, maxLength: 12 }), since, async (servers, counted) => {
        await registry.clear();
        await writeInstallation(db, 'calls-counted-since', counted === null ? '' : timeOf(counted));
        for (const [index, facts] of servers.entries()) {
          const name = `${facts.namespace}/s${index}`;
          const { rid } = await db
            .insertInto('servers')
            .values({
              id: randomUUID(),
              namespace: facts.namespace,
              slug: `s${index}`,
              qualified_name: name,
              display_name: name,
              description: '',
              unlisted: facts.unlisted,
              verified: 0,
              managed: 0,
              use_count: 0,
              live_type: facts.liveType,
              created_at: timeOf(facts.created),
              updated_at: timeOf(facts.created),
            })
            .returning('rid')
            .executeTakeFirstOrThrow();
          for (const [age, status] of facts.statuses.entries()) {
            const [id, at] = [randomUUID(), timeOf(age + 1)];
            const release = { id, server_rid: rid, status, created_at: at, updated_at: at };
            await db
              .insertInto('releases')
              .values({ ...release, type: 'external_shttp' })
              .execute();
          }
          await keepStates(db, [rid]);
          const calls = facts.called.flatMap(({ ago, errors, calls: count }) =>
            Array.from({ length: count }, (_, i) => ({
              ...makeCall(rid, timeOf(ago)),
              status: i < errors ? 500 : 200,
            })),
          );
          await addInvocations(db, calls);
          if (facts.uncountedUntil === null) continue;
          const until = { until_at: timeOf(facts.uncountedUntil), until_id: '' };
          await db
            .insertInto('uncounted_servers')
            .values({ server_rid: rid, ...until })
            .execute();
        }
        const { body } = await registry.call('GET', '/-/servers?sort=state&direction=asc&limit=1000');
        const listed = (body as OwnedServerPage).servers;
        const counts = (await registry.call('GET', '/-/servers/counts')).body as ServerCounts;
        expect(listed).toHaveLength(servers.length);
        expect(counts.total).toBe(servers.length);
        for (const filter of SERVER_FILTERS) {
          const expected = listed.filter((one) => FILTER_RULES[filter](one, TEST_NOW)).length;
          expect([filter, counts.filters[filter]]).toEqual([filter, expected]);
        }
        for (const namespace of ['acme', 'more']) {
          const expected = listed.filter((one) => one.namespace === namespace).length;
          expect(counts.namespaces[namespace] ?? 0).toBe(expected);
        }
        const places = listed.map(({ state }) => SERVER_STATES.indexOf(state));
        expect(places).toEqual([...places].sort((one, other) => one - other));
      }),
      { numRuns: engine === 'sqlite' ? 40 : 12 },
    );
  });
});
