import type { Kysely, Selectable } from 'kysely';
import { formatQualifiedName, type QualifiedName } from '#contract/qualified-name.ts';
import { isForeignKeyViolation } from '#database/engine.ts';
import type { IconRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { serverNotFound } from '#registry/http/registry-error.ts';

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

/** Stores a server's icon in the place of the one before. Throws a 404 where the server was deleted meanwhile. */
export async function setIcon(db: Kysely<Database>, icon: IconRow): Promise<void> {
  const { server_rid: _, ...image } = icon;
  try {
    await db
      .insertInto('icons')
      .values(icon)
      .onConflict((conflict) => conflict.column('server_rid').doUpdateSet(image))
      .execute();
  } catch (error) {
    throw isForeignKeyViolation(error) ? serverNotFound() : error;
  }
}

/** Forgets a server's icon. Returns false where it has none. */
export async function deleteIcon(db: Kysely<Database>, serverRid: number): Promise<boolean> {
  const deleted = await db
    .deleteFrom('icons')
    .where('server_rid', '=', serverRid)
    .returning('server_rid')
    .executeTakeFirst();
  return deleted !== undefined;
}
