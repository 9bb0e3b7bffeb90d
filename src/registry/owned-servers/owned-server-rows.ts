import type { Kysely } from 'kysely';
import type { LatestRelease, LiveRelease, OwnedServer, ServerCalls } from '#contract/owned-servers.ts';
import { isFailedStatus, ownedServerState } from '#contract/server-filters.ts';
import type { Database } from '#database/schema.ts';
import { links } from '#registry/http/links.ts';
import { readServerCalls } from './server-calls.ts';
import { newestRelease } from './server-facts.ts';

interface Told {
  publicUrl: string;
  now: Date;
}

/** What is told of these servers, in the same order; those that are gone meanwhile are left out. */
export async function readOwnedServers(
  db: Kysely<Database>,
  rids: readonly number[],
  { publicUrl, now }: Told,
): Promise<OwnedServer[]> {
  if (rids.length === 0) return [];
  const [rows, tools, callsOf] = await Promise.all([
    selectRows(db, rids),
    toolNamesOf(db, rids),
    readServerCalls(db, rids, now),
  ]);
  const reasons = await reasonsOf(db, rows);
  const byRid = new Map(rows.map((row) => [row.rid, row]));
  return rids.flatMap((rid) => {
    const row = byRid.get(rid);
    if (row === undefined) return [];
    return [
      toOwnedServer(row, {
        reason: reasons.get(row.latest_id ?? '') ?? null,
        tools: tools.get(rid) ?? [],
        calls: callsOf(row),
        publicUrl,
        now,
      }),
    ];
  });
}

type Row = Awaited<ReturnType<typeof selectRows>>[number];

async function selectRows(db: Kysely<Database>, rids: readonly number[]) {
  return db
    .selectFrom('servers')
    .leftJoin('releases as latest', (join) =>
      join.on((eb) => eb('latest.id', '=', newestRelease(eb).select('releases.id'))),
    )
    .leftJoin('releases as live', 'live.id', 'servers.live_release_id')
    .leftJoin('icons', 'icons.server_rid', 'servers.rid')
    .leftJoin('domains', 'domains.server_rid', 'servers.rid')
    .leftJoin('uncounted_servers', 'uncounted_servers.server_rid', 'servers.rid')
    .select([
      'servers.rid',
      'servers.id',
      'servers.namespace',
      'servers.qualified_name',
      'servers.display_name',
      'servers.description',
      'servers.icon_url',
      'servers.unlisted',
      'servers.use_count',
      'servers.live_type',
      'servers.live_release_id',
      'servers.created_at',
      'servers.updated_at',
      'servers.last_call_at',
      'latest.id as latest_id',
      'latest.status as latest_status',
      'latest.created_at as latest_at',
      'live.updated_at as live_at',
      'icons.server_rid as icon_rid',
      'domains.hostname',
      'uncounted_servers.until_at as uncounted_until',
    ])
    .where('servers.rid', 'in', rids)
    .execute();
}

async function toolNamesOf(db: Kysely<Database>, rids: readonly number[]): Promise<Map<number, string[]>> {
  const rows = await db
    .selectFrom('tools')
    .select(['server_rid', 'name'])
    .where('server_rid', 'in', rids)
    .orderBy('server_rid')
    .orderBy('rid')
    .execute();
  const names = new Map<number, string[]>();
  for (const { server_rid, name } of rows) {
    const known = names.get(server_rid);
    if (known === undefined) names.set(server_rid, [name]);
    else known.push(name);
  }
  return names;
}

// The last line of a release that came to grief says why, as does that of one that waits for its owner.
async function reasonsOf(db: Kysely<Database>, rows: readonly Row[]): Promise<Map<string, string>> {
  const stopped = rows.flatMap(({ latest_id, latest_status }) =>
    latest_id !== null && latest_status !== null && hasReason(latest_status) ? [latest_id] : [],
  );
  if (stopped.length === 0) return new Map();
  const lines = await db
    .selectFrom('release_logs')
    .select(['release_id', 'message'])
    .where('release_id', 'in', stopped)
    .where((eb) =>
      eb(
        'seq',
        '=',
        eb
          .selectFrom('release_logs as others')
          .select((max) => max.fn.max('others.seq').as('seq'))
          .whereRef('others.release_id', '=', 'release_logs.release_id'),
      ),
    )
    .execute();
  return new Map(lines.map(({ release_id, message }) => [release_id, message]));
}

function hasReason(status: string): boolean {
  return status === 'AUTH_REQUIRED' || isFailedStatus(status);
}

function toOwnedServer(
  row: Row,
  {
    reason,
    tools,
    calls,
    publicUrl,
    now,
  }: Told & { reason: string | null; tools: string[]; calls: ServerCalls },
): OwnedServer {
  return {
    id: row.id,
    qualifiedName: row.qualified_name,
    namespace: row.namespace,
    displayName: row.display_name,
    description: row.description,
    iconUrl: row.icon_rid === null ? row.icon_url : links.icon(publicUrl, row.qualified_name),
    state: ownedServerState(row.latest_status, row.live_type),
    isUnlisted: row.unlisted === 1,
    createdAt: row.created_at,
    uses: row.use_count,
    latestRelease: latestOf(row, reason),
    liveRelease: liveOf(row),
    calls,
    tools,
    domains: row.hostname === null ? [] : [row.hostname],
    asOf: now.toISOString(),
  };
}

function latestOf({ latest_id, latest_status, latest_at }: Row, reason: string | null): LatestRelease | null {
  if (latest_id === null || latest_status === null || latest_at === null) return null;
  return { id: latest_id, status: latest_status, at: latest_at, reason };
}

// One that an older version released may be live without a release that is remembered.
function liveOf({ live_type, live_release_id, live_at, updated_at }: Row): LiveRelease | null {
  if (live_type === null) return null;
  return { id: live_release_id ?? '', type: live_type, at: live_at ?? updated_at };
}
