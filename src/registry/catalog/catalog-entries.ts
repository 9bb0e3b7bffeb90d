import { sql, type Expression, type ExpressionBuilder, type Kysely, type SqlBool } from 'kysely';
import type { Database } from '#database/schema.ts';
import type { Scope } from '#registry/access/access.ts';
import { passesFilters } from '#registry/server-list/server-filters.ts';
import type { CatalogFilters, CatalogPage } from './catalog-query.ts';

const ORDER = ['server_versions.catalog_name', 'server_versions.version'] as const;
const OF_VERSION = [
  'server_versions.rid',
  'server_versions.is_latest',
  'server_versions.published_at',
] as const;

/** Who reads the catalog, when, and under which host its names are. */
export interface Reader {
  viewer: Scope;
  now: Date;
  host: string;
}

export type ActiveEntry = Awaited<ReturnType<typeof activeEntries>>[number];
type DeletedEntry = Awaited<ReturnType<typeof deletedEntries>>[number];
/** A version of a server: of one that is there, or of a deleted one. */
export type CatalogEntry = ActiveEntry | DeletedEntry;

interface Selection extends CatalogFilters {
  /** Without the host. */
  name?: string;
  page?: Pick<CatalogPage, 'after' | 'limit'>;
}

/** One page of the versions that pass the filters and that the reader may see, by name and version, and whether more follow. */
export async function listEntries(
  db: Kysely<Database>,
  { limit, after, filters }: CatalogPage,
  reader: Reader,
): Promise<{ entries: CatalogEntry[]; hasMore: boolean }> {
  const selection = { ...filters, page: { after, limit: limit + 1 } };
  const found: CatalogEntry[] = await activeEntries(db, selection, reader);
  if (filters.includeDeleted === true) found.push(...(await deletedEntries(db, selection, reader)));
  found.sort(inOrder);
  return { entries: found.slice(0, limit), hasMore: found.length > limit };
}

/** The versions of one server, newest first, that the reader may see; of deleted ones of this name too, if wanted. */
export async function entriesOf(
  db: Kysely<Database>,
  selection: { name: string; version?: string; includeDeleted: boolean },
  reader: Reader,
): Promise<CatalogEntry[]> {
  const found: CatalogEntry[] = await activeEntries(db, selection, reader);
  if (selection.includeDeleted) found.push(...(await deletedEntries(db, selection, reader)));
  return found.sort((a, b) => b.published_at.localeCompare(a.published_at) || b.rid - a.rid);
}

async function activeEntries(db: Kysely<Database>, selection: Selection, { viewer, host }: Reader) {
  const { updatedSince, page } = selection;
  return db
    .selectFrom('server_versions')
    .innerJoin('servers', 'servers.rid', 'server_versions.server_rid')
    .leftJoin('releases', 'releases.id', 'server_versions.release_id')
    .leftJoin('icons', 'icons.server_rid', 'servers.rid')
    .select([...ORDER, ...OF_VERSION])
    .select([
      'servers.qualified_name',
      'servers.display_name',
      'servers.description',
      'servers.homepage',
      'servers.repository_url',
      'servers.icon_url',
      'servers.live_type',
      'servers.updated_at',
      'releases.bundle_hash',
      'releases.transport',
      'icons.server_rid as icon_rid',
    ])
    .where((eb) => passesFilters(eb, { viewer }))
    .where((eb) => isSelected(eb, selection, host))
    .$if(updatedSince !== undefined, (query) =>
      query.where((eb) =>
        eb.or([
          eb('servers.updated_at', '>', updatedSince ?? ''),
          eb('server_versions.published_at', '>', updatedSince ?? ''),
        ]),
      ),
    )
    .orderBy(ORDER[0])
    .orderBy(ORDER[1])
    .$if(page !== undefined, (query) => query.limit(page?.limit ?? 0))
    .execute();
}

async function deletedEntries(db: Kysely<Database>, selection: Selection, { viewer, now, host }: Reader) {
  const { updatedSince, page } = selection;
  const { ownerIds, namespaces } = viewer;
  return db
    .selectFrom('server_versions')
    .innerJoin('deleted_servers', 'deleted_servers.rid', 'server_versions.deleted_rid')
    .select([...ORDER, ...OF_VERSION])
    .select(['deleted_servers.display_name', 'deleted_servers.description', 'deleted_servers.deleted_at'])
    .where('deleted_servers.until', '>', now.toISOString())
    .where((eb) => eb.or([eb('was_listed', '=', 1), eb('owner_id', 'in', ownerIds)]))
    .$if(namespaces !== null, (query) => query.where('server_versions.namespace', 'in', namespaces))
    .where((eb) => isSelected(eb, selection, host))
    .$if(updatedSince !== undefined, (query) => query.where('deleted_at', '>', updatedSince ?? ''))
    .orderBy(ORDER[0])
    .orderBy(ORDER[1])
    .$if(page !== undefined, (query) => query.limit(page?.limit ?? 0))
    .execute();
}

/** True for versions that are asked for, whoever may see them. */
function isSelected(
  eb: ExpressionBuilder<Database, 'server_versions'>,
  { name, version, search, page }: Selection,
  host: string,
): Expression<SqlBool> {
  const conditions: Expression<SqlBool>[] = [];
  if (name !== undefined) conditions.push(eb('server_versions.catalog_name', '=', name));
  if (version === 'latest') conditions.push(eb('server_versions.is_latest', '=', 1));
  else if (version !== undefined) conditions.push(eb('server_versions.version', '=', version));
  if (search !== undefined) {
    const text = `%${search.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
    const named = sql<SqlBool>`lower(${`${host}/`} || ${eb.ref('server_versions.catalog_name')}) like ${text} escape '\\'`;
    conditions.push(named);
  }
  if (page?.after !== undefined) {
    const { name: lastName, version: lastVersion } = page.after;
    conditions.push(eb(eb.refTuple(...ORDER), '>', eb.tuple(lastName, lastVersion)));
  }
  return eb.and(conditions);
}

// As the columns are compared.
function inOrder(a: CatalogEntry, b: CatalogEntry): number {
  return compare(a.catalog_name, b.catalog_name) || compare(a.version, b.version);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
