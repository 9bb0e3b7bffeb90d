import { type Kysely, sql } from 'kysely';
import { nameKey } from '#contract/name-order.ts';
import { chunks } from '#database/row-chunks.ts';
import type { Database } from '#database/schema.ts';
import { keepStates } from '#registry/owned-servers/server-facts.ts';

const DAY_MS = 86_400_000;

/** What `varyServers` made, of which there is one in each hundred unless it says otherwise. */
export interface VariedServers {
  /** How many of each filter's, by the words of its chip. */
  counts: Readonly<Record<string, number>>;
  /** By column, the qualified name of the first row in ascending and in descending order. */
  ends: Readonly<Record<string, readonly [string, string]>>;
  /** The server at a place of the usual order, most used first, from 0. */
  at(index: number): string;
}

/**
 * Makes servers that are all alike differ, as those of a real owner do: in state, in when they were released and called,
 * and each in how often it is used. Their number is to be a multiple of 100.
 */
export async function varyServers(db: Kysely<Database>, now: Date): Promise<VariedServers> {
  const at = (daysAgo: number) => new Date(now.getTime() - daysAgo * DAY_MS).toISOString();
  const servers = (of: number) => sql<boolean>`servers.rid % 100 = ${sql.lit(of)}`;
  const releases = (of: number) => sql<boolean>`releases.server_rid % 100 = ${sql.lit(of)}`;
  const set = db.updateTable('servers');
  await set.set({ use_count: sql<number>`rid`, created_at: at(300) }).execute();
  await set.set({ last_call_at: at(2) }).execute();
  await db
    .updateTable('releases')
    .set({ created_at: at(30) })
    .execute();
  const failed = { status: 'FAILURE' } as const;
  // Failed, and none ever ran; failed, and an older one is live; never released; a bundle; unlisted; quiet.
  await set.set({ live_type: null, remote: null }).where(servers(1)).execute();
  await db.updateTable('releases').set(failed).where(releases(1)).execute();
  await db.updateTable('releases').set(failed).where(releases(2)).execute();
  await set.set({ live_type: null, remote: null }).where(servers(3)).execute();
  await db.deleteFrom('releases').where(releases(3)).execute();
  await set.set({ live_type: 'stdio', remote: 0 }).where(servers(4)).execute();
  await db.updateTable('releases').set({ type: 'stdio' }).where(releases(4)).execute();
  await set.set({ unlisted: 1 }).where(servers(5)).execute();
  await set
    .set({ last_call_at: at(200) })
    .where(servers(6))
    .execute();
  // The ends of each order.
  const named = async (rid: number, displayName: string) =>
    set
      .set({ display_name: displayName, name_key: nameKey(displayName) })
      .where('rid', '=', rid)
      .execute();
  await named(1007, 'Aardvark census');
  await named(1008, 'Zymurgy almanac');
  await set
    .set({ last_call_at: at(250) })
    .where('rid', '=', 1009)
    .execute();
  await set
    .set({ last_call_at: at(1) })
    .where('rid', '=', 1010)
    .execute();
  await db
    .updateTable('releases')
    .set({ created_at: at(290) })
    .where('server_rid', '=', 1011)
    .execute();
  await db
    .updateTable('releases')
    .set({ created_at: at(3) })
    .where('server_rid', '=', 1012)
    .execute();
  const rows = await db.selectFrom('servers').select(['rid', 'qualified_name']).orderBy('rid').execute();
  for (const some of chunks(rows)) {
    await keepStates(
      db,
      some.map(({ rid }) => rid),
    );
  }
  const names = new Map(rows.map(({ rid, qualified_name }) => [rid, qualified_name]));
  const nameOf = (rid: number): string => names.get(rid) ?? '';
  // Equals are ordered by their names.
  const firstOf = (isOne: (rest: number) => boolean): string =>
    rows.flatMap(({ rid, qualified_name }) => (isOne(rid % 100) ? [qualified_name] : [])).sort()[0] ?? '';
  const each = rows.length / 100;
  return {
    counts: {
      All: rows.length,
      'Needs attention': 2 * each,
      // All but those that failed, were never released or are bundles.
      Live: rows.length - 3 * each,
      Failed: each,
      'Not released': each,
      Local: each,
      Unlisted: each,
      // Beside them the one that was called longest ago.
      Quiet: each + 1,
    },
    ends: {
      Server: [nameOf(1007), nameOf(1008)],
      State: [firstOf((rest) => rest < 1 || rest > 4), firstOf((rest) => rest === 4)],
      'Last release': [nameOf(1011), nameOf(1012)],
      'Last call': [nameOf(1009), nameOf(1010)],
      Uses: [nameOf(1), nameOf(rows.length)],
    },
    at: (index) => nameOf(rows.length - index),
  };
}
