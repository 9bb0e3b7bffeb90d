import type { Context } from 'hono';
import type { Kysely } from 'kysely';
import { formatQualifiedName } from '#contract/qualified-name.ts';
import type { Database } from '#database/schema.ts';
import { serverNotFound } from '#registry/api-error.ts';
import type { RegistryEnv } from '#registry/context.ts';
import { qualifiedNameOf } from '#registry/request-path.ts';
import { findOwnedServer } from './server-store.ts';

/** The server in the path, where it is the caller's. Throws the same 404 for another's and for none. */
export async function requireOwnedServer(
  c: Context<RegistryEnv>,
  db: Kysely<Database>,
): Promise<{ rid: number; qualifiedName: string }> {
  const name = qualifiedNameOf(c);
  const rid = name && (await findOwnedServer(db, name, c.var.userId));
  if (name === undefined || rid === undefined) throw serverNotFound();
  return { rid, qualifiedName: formatQualifiedName(name) };
}
