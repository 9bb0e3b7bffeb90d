import type { ServerListResponse } from '@smithery/api/resources/servers/servers';
import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { links } from '#registry/http/links.ts';

/** A server's place in a list; `score` is null where nothing was searched for. */
export interface ListedServer {
  rid: number;
  score: number | null;
}

/** The list's entries of these servers, in the same order; servers that are gone meanwhile are left out. */
export async function summariesOf(
  db: Kysely<Database>,
  listed: readonly ListedServer[],
  publicUrl: string,
): Promise<ServerListResponse[]> {
  if (listed.length === 0) return [];
  const rows = await selectSummaryRows(
    db,
    listed.map(({ rid }) => rid),
  );
  const byRid = new Map(rows.map((row) => [row.rid, row]));
  return listed.flatMap(({ rid, score }) => {
    const row = byRid.get(rid);
    return row === undefined ? [] : [toSummary(row, score, publicUrl)];
  });
}

type SummaryRow = Awaited<ReturnType<typeof selectSummaryRows>>[number];

async function selectSummaryRows(db: Kysely<Database>, rids: readonly number[]) {
  return db
    .selectFrom('servers')
    .innerJoin('namespaces', 'namespaces.name', 'servers.namespace')
    .leftJoin('icons', 'icons.server_rid', 'servers.rid')
    .select([
      'servers.rid',
      'servers.id',
      'servers.namespace',
      'servers.slug',
      'servers.qualified_name',
      'servers.display_name',
      'servers.description',
      'servers.homepage',
      'servers.icon_url',
      'servers.verified',
      'servers.managed',
      'servers.use_count',
      'servers.remote',
      'servers.live_type',
      'servers.created_at',
      'namespaces.owner_id',
      'icons.server_rid as icon_rid',
    ])
    .where('servers.rid', 'in', rids)
    .execute();
}

function toSummary(row: SummaryRow, score: number | null, publicUrl: string): ServerListResponse {
  return {
    id: row.id,
    qualifiedName: row.qualified_name,
    namespace: row.namespace,
    slug: row.slug === '' ? null : row.slug,
    displayName: row.display_name,
    description: row.description,
    iconUrl: row.icon_rid === null ? row.icon_url : links.icon(publicUrl, row.qualified_name),
    verified: row.verified === 1,
    useCount: row.use_count,
    remote: row.remote === null ? null : row.remote === 1,
    isDeployed: row.live_type === 'hosted_shttp' || row.live_type === 'external_shttp',
    createdAt: row.created_at,
    homepage: row.homepage ?? links.page(publicUrl, row.qualified_name),
    bySmithery: row.managed === 1,
    owner: row.owner_id,
    score,
  };
}
