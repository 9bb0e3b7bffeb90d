import type { Context } from 'hono';
import { MOVED_TO_HEADER } from '#contract/api-paths.ts';
import { encodeQualifiedName, formatQualifiedName, type QualifiedName } from '#contract/qualified-name.ts';
import type { Scope } from '#registry/access/access.ts';
import { RegistryError, serverNotFound } from '#registry/http/registry-error.ts';
import type { RegistryContext, RegistryEnv } from '#registry/context.ts';
import { qualifiedNameOf } from '#registry/http/request-path.ts';
import { findMovedName } from '#registry/names/name-holds.ts';
import type { OwnedServer } from './server-lock.ts';
import { isOwnedBy } from './server-ownership.ts';
import { findOwnedServer, findServer } from './server-store.ts';

type Directory = Pick<RegistryContext, 'db' | 'now'>;

/** The server in the path, where it is the caller's. Throws the same 404 for another's and for none. */
export async function requireOwnedServer(c: Context<RegistryEnv>, context: Directory): Promise<OwnedServer> {
  const name = qualifiedNameOf(c);
  if (name === undefined) throw serverNotFound();
  const rid = await findOwnedServer(context.db, name, c.var.access);
  if (rid === undefined) throw await serverNotFoundAt(context, name, c.var.access);
  return { rid, qualifiedName: formatQualifiedName(name) };
}

/** The server in the path, where it is the caller's. Throws a 404 for none, which says where it went, a 403 for another's. */
export async function requireChangeableServer(
  c: Context<RegistryEnv>,
  context: Directory,
): Promise<OwnedServer> {
  const name = qualifiedNameOf(c);
  if (name === undefined) throw serverNotFound();
  const rid = await findOwnedServer(context.db, name, c.var.access);
  if (rid !== undefined) return { rid, qualifiedName: formatQualifiedName(name) };
  if ((await findServer(context.db, name)) === undefined) {
    throw await serverNotFoundAt(context, name, c.var.access);
  }
  throw new RegistryError(403, 'Server belongs to another user');
}

/**
 * The 404 for a name without a server. Where one of that name was transferred, it says where to, to those who could
 * find it there themselves: everybody if it is listed, its owner otherwise.
 */
export async function serverNotFoundAt(
  { db, now }: Pick<RegistryContext, 'db' | 'now'>,
  name: QualifiedName,
  viewer: Scope,
): Promise<RegistryError> {
  const moved = await findMovedName(db, formatQualifiedName(name), now());
  if (moved === undefined) return serverNotFound();
  const visible = await db
    .selectFrom('servers')
    .select('servers.rid')
    .where('qualified_name', '=', moved)
    .where((eb) => eb.or([eb('servers.unlisted', '!=', 1), isOwnedBy(eb, viewer)]))
    .executeTakeFirst();
  if (visible === undefined) return serverNotFound();
  return new RegistryError(404, `Server not found: it was transferred and is "${moved}" now`, {
    headers: { [MOVED_TO_HEADER]: encodeQualifiedName(moved) },
  });
}
