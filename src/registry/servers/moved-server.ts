import { formatQualifiedName, type QualifiedName } from '#contract/qualified-name.ts';
import type { Reach } from '#registry/access/access.ts';
import { ApiError, serverNotFound } from '#registry/http/registry-error.ts';
import type { RegistryContext } from '#registry/context.ts';
import { findMovedName } from '#registry/names/name-holds.ts';
import { isOwnedBy } from './server-filters.ts';

/**
 * The 404 for a name without a server. Where one of that name was transferred, it says where to, to those who could
 * find it there themselves: everybody if it is listed, its owner otherwise.
 */
export async function serverNotFoundAt(
  { db, now }: Pick<RegistryContext, 'db' | 'now'>,
  name: QualifiedName,
  viewer: Reach,
): Promise<ApiError> {
  const moved = await findMovedName(db, formatQualifiedName(name), now());
  if (moved === undefined) return serverNotFound();
  const visible = await db
    .selectFrom('servers')
    .select('servers.rid')
    .where('qualified_name', '=', moved)
    .where((eb) => eb.or([eb('servers.unlisted', '!=', 1), isOwnedBy(eb, viewer)]))
    .executeTakeFirst();
  if (visible === undefined) return serverNotFound();
  return new ApiError(404, `Server not found: it was transferred and is "${moved}" now`);
}
