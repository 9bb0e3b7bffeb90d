import type { ServerCreateParams, ServerUpdateParams } from '@smithery/api/resources/servers/servers';
import type { Kysely, Selectable, Updateable } from 'kysely';
import { nameKey } from '#contract/name-order.ts';
import { formatQualifiedName, type QualifiedName } from '#contract/qualified-name.ts';
import type { ServerRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import type { Scope } from '#registry/access/access.ts';
import type { Author } from '#registry/audit/author.ts';
import { changedFields } from '#registry/audit/field-changes.ts';
import { writeServerChange } from '#registry/audit/server-audit.ts';
import { refuseGoneNamespace } from '#registry/names/owned-namespace.ts';
import { takeName } from '#registry/names/name-holds.ts';
import { addToSearchIndex, updateSearchIndex } from '#registry/search/search-index.ts';
import { checkServerQuota } from '#registry/quotas/quota-checks.ts';
import type { Quotas } from '#registry/quotas/quota-kinds.ts';
import { parseRepository } from './repository-url.ts';
import { lockServer } from './server-lock.ts';
import { isOwnedBy } from './server-ownership.ts';

/** The server of this name, whoever owns it. */
export async function findServer(db: Kysely<Database>, name: QualifiedName) {
  return db
    .selectFrom('servers')
    .leftJoin('icons', 'icons.server_rid', 'servers.rid')
    .leftJoin('releases', 'releases.id', 'servers.live_release_id')
    .selectAll('servers')
    .select(['icons.server_rid as icon_rid', 'releases.bundle_hash', 'releases.signer', 'releases.transport'])
    .where('qualified_name', '=', formatQualifiedName(name))
    .executeTakeFirst();
}

/** The row number of the server of this name within this scope; undefined for another's and for none. */
export async function findOwnedServer(
  db: Kysely<Database>,
  name: QualifiedName,
  scope: Scope,
): Promise<number | undefined> {
  const server = await db
    .selectFrom('servers')
    .select('rid')
    .where('qualified_name', '=', formatQualifiedName(name))
    .where((eb) => isOwnedBy(eb, scope))
    .executeTakeFirst();
  return server?.rid;
}

/**
 * Makes a server in a namespace that exists, or finds the one that is there and leaves it as it is. Returns its row.
 * Throws a 403 where the name is held for somebody out of this scope, or the owner has as many as they may.
 */
export async function createServer(
  db: Kysely<Database>,
  {
    name,
    scope,
    by,
    fields,
    id,
    now,
    quotas,
  }: {
    name: QualifiedName;
    scope: Scope;
    by: Author;
    fields: ServerCreateParams;
    id: string;
    now: Date;
    quotas: Quotas;
  },
): Promise<Selectable<ServerRow>> {
  const creating = db.transaction().execute(async (trx) => {
    const inserted = await trx
      .insertInto('servers')
      .values(newServerRow(name, { fields, id, now }))
      .onConflict((conflict) => conflict.column('qualified_name').doNothing())
      .returningAll()
      .executeTakeFirst();
    if (inserted !== undefined) {
      const held = { kind: 'server', name: inserted.qualified_name } as const;
      await takeName(trx, held, { ownerIds: scope.ownerIds, now });
      await checkServerQuota(trx, { namespace: inserted.namespace, defaults: quotas });
      await addToSearchIndex(trx, [inserted]);
      const { rid, display_name, description } = inserted;
      const changes = changedFields({}, { displayName: display_name, description: description || null });
      await writeServerChange(trx, rid, { action: 'server.create', by, now, changes });
      return inserted;
    }
    return trx
      .selectFrom('servers')
      .selectAll()
      .where('qualified_name', '=', formatQualifiedName(name))
      .executeTakeFirstOrThrow();
  });
  return creating.catch(refuseGoneNamespace);
}

function newServerRow(
  name: QualifiedName,
  { fields, id, now }: { fields: ServerCreateParams; id: string; now: Date },
) {
  const displayName = fields.displayName ?? (name.server === '' ? name.namespace : name.server);
  return {
    id,
    namespace: name.namespace,
    slug: name.server,
    qualified_name: formatQualifiedName(name),
    display_name: displayName,
    name_key: nameKey(displayName),
    description: fields.description ?? '',
    owns_display_name: Number(fields.displayName !== undefined),
    owns_description: Number((fields.description ?? '') !== ''),
    unlisted: 0,
    verified: 0,
    managed: 0,
    use_count: 0,
    created_at: now.toISOString(),
    updated_at: now.toISOString(),
  };
}

/** Changes a server within this scope. Returns false where there is none of that name, or it is another's. */
export async function updateServer(
  db: Kysely<Database>,
  {
    name,
    scope,
    by,
    fields,
    now,
  }: { name: QualifiedName; scope: Scope; by: Author; fields: ServerUpdateParams; now: Date },
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const isTheirs = await lockServer(trx, (eb) =>
      eb.and([eb('servers.qualified_name', '=', formatQualifiedName(name)), isOwnedBy(eb, scope)]),
    );
    if (!isTheirs) return false;
    const before = await fieldsOf(trx, name);
    if (fields.iconUrl !== undefined) await dropFilledIcon(trx, name, scope);
    const updated = await trx
      .updateTable('servers')
      .set({ ...columnsOf(fields), updated_at: now.toISOString() })
      .where('qualified_name', '=', formatQualifiedName(name))
      .where((eb) => isOwnedBy(eb, scope))
      .returning(['rid', 'qualified_name', 'display_name', 'description'])
      .executeTakeFirst();
    if (updated === undefined) return false;
    if (fields.displayName !== undefined || fields.description !== undefined) {
      await updateSearchIndex(trx, updated);
    }
    const changes = changedFields(before, fields);
    await writeServerChange(trx, updated.rid, { action: 'server.update', by, now, changes });
    return true;
  });
}

// As an owner changes them.
async function fieldsOf(trx: Kysely<Database>, name: QualifiedName): Promise<ServerUpdateParams> {
  const server = await trx
    .selectFrom('servers')
    .select([
      'display_name',
      'description',
      'homepage',
      'repository_url',
      'backlink_url',
      'license',
      'icon_url',
    ])
    .select('unlisted')
    .where('qualified_name', '=', formatQualifiedName(name))
    .executeTakeFirstOrThrow();
  return {
    displayName: server.display_name,
    description: server.description,
    homepage: server.homepage,
    repositoryUrl: server.repository_url,
    backlinkUrl: server.backlink_url,
    license: server.license,
    iconUrl: server.icon_url,
    unlisted: server.unlisted === 1,
  };
}

// An image that a release brought goes before a URL, and must not go before the one that its owner sets.
async function dropFilledIcon(trx: Kysely<Database>, name: QualifiedName, scope: Scope): Promise<void> {
  await trx
    .deleteFrom('icons')
    .where('server_rid', 'in', (eb) =>
      eb
        .selectFrom('servers')
        .select('rid')
        .where('qualified_name', '=', formatQualifiedName(name))
        .where('owns_icon', '=', 0)
        .where((server) => isOwnedBy(server, scope)),
    )
    .execute();
}

function columnsOf(fields: ServerUpdateParams): Updateable<ServerRow> {
  const columns: Updateable<ServerRow> = {};
  if (fields.displayName !== undefined) {
    columns.display_name = fields.displayName;
    columns.name_key = nameKey(fields.displayName);
    columns.owns_display_name = 1;
  }
  if (fields.description !== undefined) {
    columns.description = fields.description;
    columns.owns_description = 1;
  }
  if (fields.homepage !== undefined) {
    columns.homepage = fields.homepage;
    columns.owns_homepage = 1;
  }
  if (fields.backlinkUrl !== undefined) columns.backlink_url = fields.backlinkUrl;
  if (fields.license !== undefined) columns.license = fields.license;
  if (fields.iconUrl !== undefined) {
    columns.icon_url = fields.iconUrl;
    columns.owns_icon = 1;
  }
  if (fields.unlisted !== undefined) columns.unlisted = Number(fields.unlisted);
  if (fields.repositoryUrl !== undefined) {
    const repository = parseRepository(fields.repositoryUrl);
    columns.repository_url = fields.repositoryUrl;
    columns.repo_owner = repository?.owner ?? null;
    columns.repo_name = repository?.name ?? null;
  }
  return columns;
}
