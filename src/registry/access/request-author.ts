import type { AuditOrigin } from '#contract/activity.ts';
import type { CallSource } from '#contract/call-source.ts';
import type { Author } from '#registry/audit/author.ts';
import type { Access } from './access.ts';

const CLI = 'Smithery CLI';

/** Who makes the changes that a request asks for, and from where; `userAgent` is its header. */
export function authorOf(access: Access, source: CallSource, userAgent?: string): Author {
  const { holder, callable, byToken } = access;
  const { operationId = null, requestId = null, address = null, product = null } = source;
  const origin = originOf(access, source, userAgent);
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

function originOf({ callable }: Access, { origin }: CallSource, userAgent?: string): AuditOrigin {
  if (callable !== undefined) return 'client';
  if (origin === 'desk') return 'desk';
  return isCommandLine(userAgent) ? 'cli' : 'api';
}

/**
 * True for the official command line. It speaks through the official client, whose text is the name of a class and then `/JS`:
 * `Smithery/JS` in programs that use it as it comes; in the command line a bundler has made one or two letters of the name.
 */
function isCommandLine(userAgent = ''): boolean {
  return /^[\w$]{1,2}\/JS \d/.test(userAgent);
}
