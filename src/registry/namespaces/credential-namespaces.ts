import type { RegistryContext } from '#registry/context.ts';
import { accessOf } from '#registry/access/authentication.ts';
import { RegistryError } from '#registry/http/registry-error.ts';
import { namespacesOf } from './namespace-store.ts';

/**
 * The namespaces that a key or service token has now, by name, and since when they are their owner's; undefined where it
 * is not accepted. Rejects where the database fails.
 */
export async function namespacesOfCredential(
  context: Pick<RegistryContext, 'db' | 'now' | 'tokenKey'>,
  credential: string,
): Promise<{ name: string; since: string }[] | undefined> {
  try {
    return await namespacesOf(context.db, await accessOf(credential, context));
  } catch (error) {
    if (error instanceof RegistryError && error.status === 401) return undefined;
    throw error;
  }
}
