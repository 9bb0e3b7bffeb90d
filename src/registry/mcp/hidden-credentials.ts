import { accessOf } from '#registry/access/authentication.ts';
import { KEY_HEADER, shownCredential } from '#registry/access/shown-credential.ts';
import type { RegistryContext } from '#registry/context.ts';
import { RegistryError } from '#registry/http/registry-error.ts';

/**
 * The credentials of this registry in a request that was let in, which no server may see: the one it was let in with, and
 * one that was left in `Authorization` beside `X-Touchmark-Key`.
 */
export async function hiddenCredentials(
  received: Headers,
  gate: Pick<RegistryContext, 'db' | 'now' | 'tokenKey'>,
): Promise<string[]> {
  const shown = shownCredential(received);
  const rest = new Headers(received);
  rest.delete(KEY_HEADER);
  const beside = shownCredential(rest);
  const hidden = shown === undefined ? [] : [shown];
  if (beside === undefined || beside === shown) return hidden;
  return (await isOfThisRegistry(beside, gate)) ? [...hidden, beside] : hidden;
}

// What does not look like a key or a token is told without a look into the database.
async function isOfThisRegistry(
  credential: string,
  gate: Parameters<typeof hiddenCredentials>[1],
): Promise<boolean> {
  try {
    await accessOf(credential, gate);
    return true;
  } catch (error) {
    if (error instanceof RegistryError) return false;
    throw error;
  }
}
