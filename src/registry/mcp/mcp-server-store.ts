import type { Kysely } from 'kysely';
import { formatQualifiedName, type QualifiedName } from '#contract/qualified-name.ts';
import type { ReleaseType } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';

/** A server as a caller reaches it. */
export interface McpServer {
  serverRid: number;
  qualifiedName: string;
  /** Its live release; null where none is. */
  live: { releaseId: string; type: ReleaseType; upstreamUrl: string | null } | null;
}

/** The server of this name with its live release, whoever owns it. */
export async function findMcpServer(
  db: Kysely<Database>,
  name: QualifiedName,
): Promise<McpServer | undefined> {
  const row = await db
    .selectFrom('servers')
    .leftJoin('releases', 'releases.id', 'servers.live_release_id')
    .select([
      'servers.rid',
      'servers.qualified_name',
      'releases.id',
      'releases.type',
      'releases.upstream_url',
    ])
    .where('servers.qualified_name', '=', formatQualifiedName(name))
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { rid, qualified_name, id, type, upstream_url } = row;
  return {
    serverRid: rid,
    qualifiedName: qualified_name,
    live: id === null || type === null ? null : { releaseId: id, type, upstreamUrl: upstream_url },
  };
}

/** The tools on a server's card, as JSON; null where it has none. */
export async function findToolsJson(db: Kysely<Database>, serverRid: number): Promise<string | null> {
  const row = await db.selectFrom('servers').select('tools').where('rid', '=', serverRid).executeTakeFirst();
  return row?.tools ?? null;
}
