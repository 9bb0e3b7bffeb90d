import type { Kysely } from 'kysely';
import type { NamespaceRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import type { Reach } from '#registry/access/access.ts';
import { ApiError } from '#registry/http/registry-error.ts';
import { findNamespace } from './namespace-store.ts';

/** The namespace of this name, where it is the caller's. Throws a 404 for none, a 403 for another's. */
export async function requireOwnedNamespace(
  db: Kysely<Database>,
  name: string,
  { ownerIds, namespaces }: Reach,
): Promise<NamespaceRow> {
  const namespace = await findNamespace(db, name);
  if (namespace === undefined) throw new ApiError(404, 'Namespace not found');
  if (!ownerIds.includes(namespace.owner_id)) throw new ApiError(403, 'Namespace belongs to another user');
  if (namespaces !== null && !namespaces.includes(name)) {
    throw new ApiError(
      403,
      `Your token is not for the namespace "${name}": use a key, or a token made for it`,
    );
  }
  return namespace;
}
