import type { Context } from 'hono';
import type { AuditOrigin } from '#contract/activity.ts';
import type { Author } from '#registry/audit/author.ts';
import type { RegistryEnv } from '#registry/context.ts';
import type { Access } from './access.ts';

const CLI = 'Smithery CLI';

/** Who makes the changes that a request asks for, and from where. */
export function authorOf(access: Access, c: Context<RegistryEnv>): Author {
  const { holder, callable, byToken } = access;
  const { operationId = null, requestId = null, address = null, product = null } = c.env;
  const origin = originOf(access, c);
  return {
    actor: {
      kind: callable !== undefined ? 'client' : byToken ? 'token' : 'key',
      user: holder?.name ?? null,
      keyId: access.keyId,
      keyLabel: holder?.keyLabel ?? null,
    },
    userId: holder?.userId ?? access.userId,
    origin,
    product: origin === 'cli' ? CLI : product,
    address,
    requestId,
    operationId,
  };
}

function originOf({ callable }: Access, c: Context<RegistryEnv>): AuditOrigin {
  if (callable !== undefined) return 'client';
  if (c.env.origin === 'desk') return 'desk';
  return isCommandLine(c.req.header('User-Agent')) ? 'cli' : 'api';
}

/**
 * True for the official command line. It speaks through the official client, whose text is the name of a class and then `/JS`:
 * `Smithery/JS` in programs that use it as it comes; in the command line a bundler has made one or two letters of the name.
 */
function isCommandLine(userAgent = ''): boolean {
  return /^[\w$]{1,2}\/JS \d/.test(userAgent);
}
