import { sql, type Expression, type Kysely } from 'kysely';
import {
  SERVER_FILTERS,
  SERVER_STATES,
  type OwnedServer,
  type ServerCounts,
  type ServerFilter,
} from '#contract/owned-servers.ts';
import { FAILING, FILTER_RULES } from '#contract/server-filters.ts';
import type { Database } from '#database/schema.ts';
import type { Scope } from '#registry/access/access.ts';
import { callsWithin } from '#registry/call-counts/call-figures.ts';
import { isOwnedBy } from '#registry/servers/server-ownership.ts';
import { quietLimit, readCountedSince } from './server-calls.ts';

// Of seven days the calls of the hour in which they began are counted, too.
const LONGER_THAN_COUNTED_MS = 8 * 86_400_000;
// Long before anything here.
const LONG_AGO = '1970-01-01T00:00:00.000Z';

/** How many servers a scope has, by filter and by namespace. */
export async function countOwnedServers(
  db: Kysely<Database>,
  scope: Scope,
  now: Date,
): Promise<Omit<ServerCounts, 'isFilling' | 'asOf'>> {
  const filters = Object.fromEntries(SERVER_FILTERS.map((filter) => [filter, 0])) as Record<
    ServerFilter,
    number
  >;
  const namespaces: Record<string, number> = {};
  let total = 0;
  for (const { namespace, count, ...alike } of await groupsOf(db, scope, now)) {
    total += count;
    namespaces[namespace] = (namespaces[namespace] ?? 0) + count;
    const facts = factsOf(alike, now);
    for (const filter of SERVER_FILTERS) {
      if (FILTER_RULES[filter](facts, now)) filters[filter] += count;
    }
  }
  return { total, filters, namespaces };
}

type Group = Awaited<ReturnType<typeof groupsOf>>[number];

// Servers that no rule tells apart are counted together; the rules are then asked once for each group.
async function groupsOf(db: Kysely<Database>, scope: Scope, now: Date) {
  const limit = quietLimit(now);
  const countedSince = await readCountedSince(db);
  const called = db
    .selectFrom('servers')
    .select('servers.rid')
    .where('servers.last_call_at', '>=', new Date(now.getTime() - LONGER_THAN_COUNTED_MS).toISOString())
    .where((eb) => isOwnedBy(eb, scope));
  const failing = callsWithin(db, called, { days: 7, now }).having((eb) =>
    eb.and([
      eb(eb.fn.sum<number>('calls'), '>=', FAILING.calls),
      eb(eb.fn.sum<number>('errors'), '>=', sql<number>`${sql.lit(FAILING.share)} * ${eb.fn.sum('calls')}`),
    ]),
  );
  return db
    .selectFrom('servers')
    .leftJoin(failing.as('failing'), 'failing.server_rid', 'servers.rid')
    .leftJoin('uncounted_servers', 'uncounted_servers.server_rid', 'servers.rid')
    .select((eb) => [
      'servers.namespace',
      'servers.live_type',
      'servers.unlisted',
      'servers.state_rank',
      sql<'none' | 'old' | 'new'>`case
        when servers.last_call_at is null then 'none'
        when servers.last_call_at < ${limit} then 'old' else 'new' end`.as('called'),
      truth(eb('servers.created_at', '<', limit)).as('is_old'),
      truth(sql`coalesce(uncounted_servers.until_at, ${countedSince}) > ${limit}`).as('is_counted_late'),
      truth(eb('failing.server_rid', 'is not', null)).as('is_failing'),
      eb.fn.countAll<number>().as('count'),
    ])
    .where((eb) => isOwnedBy(eb, scope))
    .groupBy(['servers.namespace', 'servers.live_type', 'servers.unlisted', 'servers.state_rank'])
    .groupBy(['called', 'is_old', 'is_counted_late', 'is_failing'])
    .execute();
}

function truth(condition: Expression<unknown>) {
  return sql<number>`case when ${condition} then 1 else 0 end`;
}

function factsOf(
  group: Omit<Group, 'namespace' | 'count'>,
  now: Date,
): Pick<OwnedServer, 'state' | 'isUnlisted' | 'calls' | 'liveRelease' | 'createdAt'> {
  const recently = now.toISOString();
  const { live_type, unlisted, state_rank, called } = group;
  return {
    state: SERVER_STATES[state_rank ?? -1] ?? 'unknown',
    isUnlisted: unlisted === 1,
    liveRelease: live_type === null ? null : { id: '', type: live_type, at: recently },
    createdAt: group.is_old === 1 ? LONG_AGO : recently,
    calls: {
      lastAt: called === 'none' ? null : called === 'old' ? LONG_AGO : recently,
      in7Days: FAILING.calls,
      errorShare: group.is_failing,
      ...(group.is_counted_late === 1 ? { since: recently } : {}),
    },
  };
}
