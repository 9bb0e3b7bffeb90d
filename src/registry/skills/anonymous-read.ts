import type { MiddlewareHandler } from 'hono';
import type { Access } from '#registry/access/access.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import { KEY_HEADER } from '#registry/access/shown-credential.ts';
import type { RegistryContext, RegistryEnv } from '#registry/context.ts';

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
 * Lets requests without a key read skills as nobody, who sees what is listed: the official command line looks for skills
 * without one, or with an empty one. A key that is sent must be valid.
 */
export function allowAnonymousRead(context: RegistryContext): MiddlewareHandler<RegistryEnv> {
  const withKey = requireAccess(context, 'skills', 'read');
  return async (c, next) => {
    const shown = c.req.header(KEY_HEADER) ?? c.req.header('Authorization') ?? '';
    const isWithoutKey = /^(Bearer *)?$/i.test(shown);
    if (!isWithoutKey) return withKey(c, next);
    c.set('access', NOBODY);
    return next();
  };
}
