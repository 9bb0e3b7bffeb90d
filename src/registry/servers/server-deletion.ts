import type { Kysely } from 'kysely';
import { formatQualifiedName, type QualifiedName } from '#contract/qualified-name.ts';
import type { Database } from '#database/schema.ts';
import type { Scope } from '#registry/access/access.ts';
import { holdNames, redirectNotes, type Name } from '#registry/names/name-holds.ts';
import { forgetWords, termsOf } from '#registry/search/search-index.ts';
import { isOwnedBy } from './server-ownership.ts';

/**
 * Deletes a server within this scope and everything that belongs to it, or nothing at all, and holds its names. Returns
 * false where there is none of that name, or it is another's: the two cannot be told apart.
 */
export async function deleteServer(
  db: Kysely<Database>,
  { name, scope, now, holdMs }: { name: QualifiedName; scope: Scope; now: Date; holdMs: number },
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const names = await findOwnedNames(trx, name, scope);
    if (names === undefined) return false;
    const { rid, qualified_name, owner_id, subdomain } = names;
    const terms = await termsOf(trx, rid);
    // Releases and their logs, secrets, domain, icon, calls and search words go by cascade.
    const deleted = await trx
      .deleteFrom('servers')
      .where('rid', '=', rid)
      .where((eb) => isOwnedBy(eb, scope))
      .returning('rid')
      .executeTakeFirst();
    if (deleted === undefined) return false;
    await forgetWords(trx, terms);
    await redirectNotes(trx, { from: qualified_name, to: null });
    const given: Name[] = [{ kind: 'server', name: qualified_name }];
    if (subdomain !== null) given.push({ kind: 'subdomain', name: subdomain });
    await holdNames(trx, given, { ownerId: owner_id, now, holdMs });
    return true;
  });
}

async function findOwnedNames(trx: Kysely<Database>, name: QualifiedName, scope: Scope) {
  return trx
    .selectFrom('servers')
    .innerJoin('namespaces', 'namespaces.name', 'servers.namespace')
    .leftJoin('domains', 'domains.server_rid', 'servers.rid')
    .select(['servers.rid', 'servers.qualified_name', 'namespaces.owner_id', 'domains.subdomain'])
    .where('servers.qualified_name', '=', formatQualifiedName(name))
    .where((eb) => isOwnedBy(eb, scope))
    .executeTakeFirst();
}
