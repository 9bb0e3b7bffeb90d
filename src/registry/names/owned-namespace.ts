import type { Kysely } from 'kysely';
import { isForeignKeyViolation } from '#database/engine.ts';
import type { NamespaceRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import type { Scope } from '#registry/access/access.ts';
import { RegistryError } from '#registry/http/registry-error.ts';

/** The namespace of this name, whoever owns it. */
export async function findNamespace(db: Kysely<Database>, name: string): Promise<NamespaceRow | undefined> {
  return db.selectFrom('namespaces').selectAll().where('name', '=', name).executeTakeFirst();
}

/** The namespace of this name, where it is the caller's. Throws a 404 for none, a 403 for another's. */
export async function requireOwnedNamespace(
  db: Kysely<Database>,
  name: string,
  { ownerIds, namespaces }: Scope,
): Promise<NamespaceRow> {
  const namespace = await findNamespace(db, name);
  if (namespace === undefined) throw new RegistryError(404, 'Namespace not found');
  if (!ownerIds.includes(namespace.owner_id))
    throw new RegistryError(403, 'Namespace belongs to another user');
  if (namespaces !== null && !namespaces.includes(name)) {
    throw new RegistryError(
      403,
      `Your token is not for the namespace "${name}": use a key, or a token made for it`,
    );
  }
  return namespace;
}

/** Throws a 404 where a write failed because its namespace was deleted meanwhile, and the error itself otherwise. */
export function refuseGoneNamespace(error: unknown): never {
  if (isForeignKeyViolation(error)) throw new RegistryError(404, 'Namespace not found');
  throw error;
}
