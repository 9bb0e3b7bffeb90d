import type { Kysely, Selectable } from 'kysely';
import { formatQualifiedName, type QualifiedName } from '#contract/qualified-name.ts';
import type { IconRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import type { Scope } from '#registry/access/access.ts';
import type { Author } from '#registry/audit/author.ts';
import { writeServerChange } from '#registry/audit/server-audit.ts';
import { lockOwnedServer, type OwnedServer } from '#registry/servers/server-lock.ts';

/** The icon that is stored for the server of this name. */
export async function findIcon(
  db: Kysely<Database>,
  name: QualifiedName,
): Promise<Selectable<IconRow> | undefined> {
  return db
    .selectFrom('icons')
    .innerJoin('servers', 'servers.rid', 'icons.server_rid')
    .selectAll('icons')
    .where('servers.qualified_name', '=', formatQualifiedName(name))
    .executeTakeFirst();
}

interface IconChange {
  server: OwnedServer;
  scope: Scope;
  by: Author;
  now: Date;
}

/** Stores a server's icon in the place of the one before. Throws a 404 where the server is not theirs any more. */
export async function setIcon(
  db: Kysely<Database>,
  { server, scope, by, image, now }: IconChange & { image: Omit<IconRow, 'server_rid'> },
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await lockOwnedServer(trx, server, scope);
    const before = await toldIcon(trx, server.rid);
    await putIcon(trx, server.rid, image);
    await ownIcon(trx, server.rid);
    const changes = [{ field: 'icon', before, after: tellIcon(image) }];
    await writeServerChange(trx, server.rid, { action: 'icon.set', by, now, changes });
  });
}

/** Stores an icon in the place of the one before. Belongs into a transaction that holds the server's lock. */
export async function putIcon(
  trx: Kysely<Database>,
  rid: number,
  image: Omit<IconRow, 'server_rid'>,
): Promise<void> {
  await trx
    .insertInto('icons')
    .values({ server_rid: rid, ...image })
    .onConflict((conflict) => conflict.column('server_rid').doUpdateSet(image))
    .execute();
}

// From now on no release changes it.
async function ownIcon(trx: Kysely<Database>, rid: number): Promise<void> {
  await trx.updateTable('servers').set({ owns_icon: 1 }).where('rid', '=', rid).execute();
}

/** Forgets a server's icon. Returns false where it has none. */
export async function deleteIcon(
  db: Kysely<Database>,
  { server, scope, by, now }: IconChange,
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    await lockOwnedServer(trx, server, scope);
    const deleted = await trx
      .deleteFrom('icons')
      .where('server_rid', '=', server.rid)
      .returning(['content_type', 'hash'])
      .executeTakeFirst();
    if (deleted === undefined) return false;
    await ownIcon(trx, server.rid);
    const changes = [{ field: 'icon', before: tellIcon(deleted), after: null }];
    await writeServerChange(trx, server.rid, { action: 'icon.delete', by, now, changes });
    return true;
  });
}

/** What is told of the image stored for a server, where there is one; null otherwise. */
export async function toldIcon(trx: Kysely<Database>, rid: number) {
  const icon = await trx
    .selectFrom('icons')
    .select(['content_type', 'hash'])
    .where('server_rid', '=', rid)
    .executeTakeFirst();
  return icon === undefined ? null : tellIcon(icon);
}

function tellIcon({ content_type: contentType, hash: sha256 }: Pick<IconRow, 'content_type' | 'hash'>) {
  return { contentType, sha256 };
}
