import type { Kysely } from 'kysely';
import type { FieldChange, RegistryTombstone } from '#contract/activity.ts';
import type { Database } from '#database/schema.ts';
import { isOwnedBy } from '#registry/servers/server-ownership.ts';
import { toEntry, visibleRows, type AuditViewer } from './audit-list.ts';

/** What is known of the last server that had this name and lost it, for who owned it; undefined where nothing is, or it is another's. */
export async function findTombstone(
  db: Kysely<Database>,
  viewer: AuditViewer,
  { qualifiedName, now }: { qualifiedName: string; now: Date },
): Promise<RegistryTombstone | undefined> {
  const entry = await endOf(db, viewer, qualifiedName);
  const remembered = await rememberedServer(db, viewer, { qualifiedName, now });
  const { server, end } = lastOf(remembered, entry);
  if (server === undefined && end === undefined) return undefined;
  const changes = end === undefined ? [] : (JSON.parse(end.changes) as FieldChange[]);
  const name: unknown = changes.find(({ field }) => field === 'displayName')?.before;

  return {
    qualifiedName,
    id: server?.id ?? end?.target_id ?? null,
    displayName: server?.display_name ?? (typeof name === 'string' ? name : null),
    entry: end === undefined ? null : toEntry(end),
    went: end === undefined || end.went === null ? null : (JSON.parse(end.went) as Record<string, number>),
    heldUntil: server?.held_until ?? null,
    movedTo: await visibleName(db, viewer, server?.moved_to ?? null),
  };
}

/** Both where they are of one server; where two had the name, what is known of the later one. */
function lastOf<Server extends { id: string; deleted_at: string }, End extends EndEntry>(
  server: Server | undefined,
  end: End | undefined,
): { server?: Server | undefined; end?: End | undefined } {
  if (server === undefined || end === undefined || server.id === end.target_id) return { server, end };
  return end.at < server.deleted_at ? { server } : { end };
}

type EndEntry = { target_id: string | null; at: string };

async function endOf(db: Kysely<Database>, viewer: AuditViewer, qualifiedName: string) {
  const found = await Promise.all(
    visibleRows(db, viewer).map(async (rows) =>
      rows
        .where('audit_entries.target', '=', qualifiedName)
        .where('audit_entries.action', 'in', ['server.delete', 'server.transfer'])
        .orderBy('audit_entries.id', 'desc')
        .limit(1)
        .executeTakeFirst(),
    ),
  );
  return found.filter((row) => row !== undefined).toSorted((a, b) => (a.id < b.id ? 1 : -1))[0];
}

async function rememberedServer(
  db: Kysely<Database>,
  { ownerIds, namespaces, isAdmin }: AuditViewer,
  { qualifiedName, now }: { qualifiedName: string; now: Date },
) {
  if (namespaces !== null && !namespaces.includes(qualifiedName.split('/')[0] ?? '')) return undefined;
  return (
    db
      .selectFrom('deleted_servers')
      // Not where its owner has taken the name again.
      .leftJoin('name_holds', (join) =>
        join
          .onRef('name_holds.name', '=', 'deleted_servers.qualified_name')
          .onRef('name_holds.owner_id', '=', 'deleted_servers.owner_id')
          .on('name_holds.kind', '=', 'server')
          .on('name_holds.until', '>', now.toISOString()),
      )
      .select([
        'id',
        'display_name',
        'deleted_at',
        'deleted_servers.moved_to',
        'name_holds.until as held_until',
      ])
      .where('qualified_name', '=', qualifiedName)
      .$if(!isAdmin, (query) => query.where('deleted_servers.owner_id', 'in', ownerIds))
      .orderBy('deleted_at', 'desc')
      .orderBy('deleted_servers.rid', 'desc')
      .limit(1)
      .executeTakeFirst()
  );
}

// Where it went is told to those who could find it there themselves.
async function visibleName(
  db: Kysely<Database>,
  viewer: AuditViewer,
  qualifiedName: string | null,
): Promise<string | null> {
  if (qualifiedName === null || viewer.isAdmin) return qualifiedName;
  const server = await db
    .selectFrom('servers')
    .select('qualified_name')
    .where('qualified_name', '=', qualifiedName)
    .where((eb) => eb.or([eb('servers.unlisted', '!=', 1), isOwnedBy(eb, viewer)]))
    .executeTakeFirst();
  return server?.qualified_name ?? null;
}
