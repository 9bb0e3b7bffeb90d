import type { Context } from 'hono';
import type { Kysely } from 'kysely';
import { formatQualifiedName } from '#contract/qualified-name.ts';
import type { Database } from '#database/schema.ts';
import { RegistryError, serverNotFound } from '#registry/http/registry-error.ts';
import type { RegistryEnv } from '#registry/context.ts';
import { findNamespace } from '#registry/names/owned-namespace.ts';
import { qualifiedNameOf } from '#registry/http/request-path.ts';
import type { OwnedServer } from '#registry/servers/server-lock.ts';
import { findOwnedServer } from '#registry/servers/server-store.ts';

/**
 * The server in the path, where it is the caller's. Throws a 404 otherwise, whose text tells a missing namespace from
 * a missing server: clients then offer to make the one that is missing.
 */
export async function requireReleasableServer(
  c: Context<RegistryEnv>,
  db: Kysely<Database>,
): Promise<OwnedServer> {
  const name = qualifiedNameOf(c);
  if (name === undefined) throw serverNotFound();
  const rid = await findOwnedServer(db, name, c.var.access);
  if (rid !== undefined) return { rid, qualifiedName: formatQualifiedName(name) };
  if ((await findNamespace(db, name.namespace)) === undefined) {
    throw new RegistryError(404, 'Namespace not found: create it first');
  }
  throw serverNotFound();
}
