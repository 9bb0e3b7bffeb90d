import type { Kysely, Selectable } from 'kysely';
import { formatQualifiedName, type QualifiedName } from '#contract/qualified-name.ts';
import type { DomainRow, IconRow, SecretRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';

/** The names of a server's secrets, sorted. */
export async function listSecrets(db: Kysely<Database>, serverRid: number): Promise<Selectable<SecretRow>[]> {
  return db.selectFrom('secrets').selectAll().where('server_rid', '=', serverRid).orderBy('name').execute();
}

/** A server's domains: none, or the managed one. */
export async function listDomains(db: Kysely<Database>, serverRid: number): Promise<Selectable<DomainRow>[]> {
  return db.selectFrom('domains').selectAll().where('server_rid', '=', serverRid).execute();
}

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
