import type { ServerCreateParams, ServerUpdateParams } from '@smithery/api/resources/servers/servers';
import type { Kysely, Selectable, Updateable } from 'kysely';
import { formatQualifiedName, type QualifiedName } from '#contract/qualified-name.ts';
import type { ServerRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { addToSearchIndex, forgetWords, termsOf, updateSearchIndex } from '#registry/search/search-index.ts';
import { parseRepository } from './repository-url.ts';
import { isOwnedBy } from './server-filters.ts';

/** The server of this name, whoever owns it. */
export async function findServer(db: Kysely<Database>, name: QualifiedName) {
  return db
    .selectFrom('servers')
    .leftJoin('icons', 'icons.server_rid', 'servers.rid')
    .selectAll('servers')
    .select('icons.server_rid as icon_rid')
    .where('qualified_name', '=', formatQualifiedName(name))
    .executeTakeFirst();
}

/** The row number of this user's server of this name; undefined for another's and for none. */
export async function findOwnedServer(
  db: Kysely<Database>,
  name: QualifiedName,
  userId: string,
): Promise<number | undefined> {
  const server = await db
    .selectFrom('servers')
    .select('rid')
    .where('qualified_name', '=', formatQualifiedName(name))
    .where((eb) => isOwnedBy(eb, userId))
    .executeTakeFirst();
  return server?.rid;
}

/**
 * Makes a server in a namespace that exists, or finds the one that is there and leaves it as it is. Returns its row.
 */
export async function createServer(
  db: Kysely<Database>,
  { name, fields, id, now }: { name: QualifiedName; fields: ServerCreateParams; id: string; now: Date },
): Promise<Selectable<ServerRow>> {
  return db.transaction().execute(async (trx) => {
    const inserted = await trx
      .insertInto('servers')
      .values(newServerRow(name, { fields, id, now }))
      .onConflict((conflict) => conflict.column('qualified_name').doNothing())
      .returningAll()
      .executeTakeFirst();
    if (inserted !== undefined) {
      await addToSearchIndex(trx, [inserted]);
      return inserted;
    }
    return trx
      .selectFrom('servers')
      .selectAll()
      .where('qualified_name', '=', formatQualifiedName(name))
      .executeTakeFirstOrThrow();
  });
}

function newServerRow(
  name: QualifiedName,
  { fields, id, now }: { fields: ServerCreateParams; id: string; now: Date },
) {
  return {
    id,
    namespace: name.namespace,
    slug: name.server,
    qualified_name: formatQualifiedName(name),
    display_name: fields.displayName ?? (name.server === '' ? name.namespace : name.server),
    description: fields.description ?? '',
    unlisted: 0,
    verified: 0,
    managed: 0,
    use_count: 0,
    created_at: now.toISOString(),
    updated_at: now.toISOString(),
  };
}

/** Changes this user's server. Returns false where there is none of that name, or it is another's. */
export async function updateServer(
  db: Kysely<Database>,
  {
    name,
    userId,
    fields,
    now,
  }: { name: QualifiedName; userId: string; fields: ServerUpdateParams; now: Date },
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const updated = await trx
      .updateTable('servers')
      .set({ ...columnsOf(fields), updated_at: now.toISOString() })
      .where('qualified_name', '=', formatQualifiedName(name))
      .where((eb) => isOwnedBy(eb, userId))
      .returning(['rid', 'qualified_name', 'display_name', 'description'])
      .executeTakeFirst();
    if (updated === undefined) return false;
    if (fields.displayName !== undefined || fields.description !== undefined) {
      await updateSearchIndex(trx, updated);
    }
    return true;
  });
}

function columnsOf(fields: ServerUpdateParams): Updateable<ServerRow> {
  const columns: Updateable<ServerRow> = {};
  if (fields.displayName !== undefined) columns.display_name = fields.displayName;
  if (fields.description !== undefined) columns.description = fields.description;
  if (fields.homepage !== undefined) columns.homepage = fields.homepage;
  if (fields.backlinkUrl !== undefined) columns.backlink_url = fields.backlinkUrl;
  if (fields.license !== undefined) columns.license = fields.license;
  if (fields.iconUrl !== undefined) columns.icon_url = fields.iconUrl;
  if (fields.unlisted !== undefined) columns.unlisted = Number(fields.unlisted);
  if (fields.repositoryUrl !== undefined) {
    const repository = parseRepository(fields.repositoryUrl);
    columns.repository_url = fields.repositoryUrl;
    columns.repo_owner = repository?.owner ?? null;
    columns.repo_name = repository?.name ?? null;
  }
  return columns;
}

/**
 * Deletes this user's server and everything that belongs to it, or nothing at all. Returns false where there is none
 * of that name, or it is another's: the two cannot be told apart.
 */
export async function deleteServer(
  db: Kysely<Database>,
  { name, userId }: { name: QualifiedName; userId: string },
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const rid = await findOwnedServer(trx, name, userId);
    if (rid === undefined) return false;
    const terms = await termsOf(trx, rid);
    // Releases and their logs, secrets, domain, icon, calls and search words go by cascade.
    const deleted = await trx
      .deleteFrom('servers')
      .where('rid', '=', rid)
      .where((eb) => isOwnedBy(eb, userId))
      .returning('rid')
      .executeTakeFirst();
    if (deleted === undefined) return false;
    await forgetWords(trx, terms);
    return true;
  });
}
