import type { Kysely } from 'kysely';
import { formatQualifiedName, type QualifiedName } from '#contract/qualified-name.ts';
import type { ReleaseType, UpstreamTransport } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import type { HeaderTemplates } from '#registry/secrets/header-templates.ts';

/** A server as a caller reaches it. */
export interface McpServer {
  serverRid: number;
  serverId: string;
  qualifiedName: string;
  /** Its live release; null where none is. */
  live: {
    releaseId: string;
    type: ReleaseType;
    /** Where it is called; null where it is called elsewhere. */
    upstreamUrl: string | null;
    transport: UpstreamTransport;
    /** What the owner lets each call carry. */
    headerTemplates: HeaderTemplates | null;
  } | null;
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
      'servers.id as server_id',
      'servers.qualified_name',
      'releases.id',
      'releases.type',
      'releases.upstream_url',
      'releases.upstream_headers',
      'releases.called_url',
      'releases.transport',
    ])
    .where('servers.qualified_name', '=', formatQualifiedName(name))
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { rid, server_id, qualified_name, id, type, upstream_url, called_url, transport, upstream_headers } =
    row;
  const headerTemplates =
    upstream_headers === null ? null : (JSON.parse(upstream_headers) as HeaderTemplates);
  return {
    serverRid: rid,
    serverId: server_id,
    qualifiedName: qualified_name,
    live:
      id === null || type === null
        ? null
        : {
            releaseId: id,
            type,
            upstreamUrl: called_url ?? upstream_url,
            transport: transport ?? 'streamable',
            headerTemplates,
          },
  };
}

/** The tools on a server's card, as JSON; null where it has none. */
export async function findToolsJson(db: Kysely<Database>, serverRid: number): Promise<string | null> {
  const row = await db.selectFrom('servers').select('tools').where('rid', '=', serverRid).executeTakeFirst();
  return row?.tools ?? null;
}
