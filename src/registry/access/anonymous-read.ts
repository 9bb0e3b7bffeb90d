import type { MiddlewareHandler } from 'hono';
import type { RegistryContext, RegistryEnv } from '#registry/context.ts';
import type { Access, Resource } from './access.ts';
import { requireAccess } from './authentication.ts';
import { KEY_HEADER } from './shown-credential.ts';

// No id is empty, so nothing belongs to them.
const NOBODY: Access = {
  userId: '',
  keyId: '',
  ownerIds: [''],
  namespaces: null,
  adminOf: [],
  organizationId: null,
  byToken: false,
  policy: [],
  expiresAt: null,
};

/**
 * Lets requests without a key, or with an empty one, read things of this kind as nobody, who sees what is listed. A key
 * that is sent must be valid.
 */
export function allowAnonymousRead(
  context: RegistryContext,
  resource: Resource,
): MiddlewareHandler<RegistryEnv> {
  const withKey = requireAccess(context, resource, 'read');
  return async (c, next) => {
    const shown = c.req.header(KEY_HEADER) ?? c.req.header('Authorization') ?? '';
    const isWithoutKey = /^(Bearer *)?$/i.test(shown);
    if (!isWithoutKey) return withKey(c, next);
    c.set('access', NOBODY);
    return next();
  };
}
