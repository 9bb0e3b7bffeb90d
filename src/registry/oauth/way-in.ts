import type { Context, MiddlewareHandler } from 'hono';
import { shownCredential } from '#registry/access/shown-credential.ts';
import type { RegistryContext, RegistryEnv } from '#registry/context.ts';
import { RegistryError } from '#registry/http/registry-error.ts';
import { MCP_SCOPE, originOf, resourceMetadataUrl } from './oauth-addresses.ts';

/**
 * Around the gate of MCP calls: a refusal says, in the header that MCP clients look at, where they find whom to ask for
 * access (RFC 9728, 5.1), the same for every name.
 */
export function tellWayIn(
  gate: MiddlewareHandler<RegistryEnv>,
  context: Pick<RegistryContext, 'publicUrl'>,
): MiddlewareHandler<RegistryEnv> {
  return async (c, next) => {
    try {
      return await gate(c, next);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      const challenge = challengeOf(c, error, context);
      if (challenge !== undefined) error.headers['WWW-Authenticate'] = challenge;
      throw error;
    }
  };
}

function challengeOf(
  c: Context,
  { status }: RegistryError,
  context: Pick<RegistryContext, 'publicUrl'>,
): string | undefined {
  const hasCredential = shownCredential(c.req.raw.headers) !== undefined;
  const error = status === 403 ? 'insufficient_scope' : hasCredential ? 'invalid_token' : undefined;
  if (status !== 401 && status !== 403) return undefined;
  // As it was sent: a client compares the metadata's address with its own.
  const segment = new URL(c.req.url).pathname.split('/')[2] ?? null;
  const parts = [
    ...(error === undefined ? [] : [`error="${error}"`]),
    `scope="${MCP_SCOPE}"`,
    `resource_metadata="${resourceMetadataUrl(originOf(c, context), segment)}"`,
  ];
  return `Bearer ${parts.join(', ')}`;
}
