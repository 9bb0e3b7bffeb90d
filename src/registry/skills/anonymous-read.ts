import type { MiddlewareHandler } from 'hono';
import { NOBODY } from '#registry/access/access.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryContext, RegistryEnv } from '#registry/context.ts';

/**
 * Lets requests without a key read skills as nobody, who sees what is listed: the official command line looks for skills
 * without one, or with an empty one. A key that is sent must be valid.
 */
export function allowAnonymousRead(context: RegistryContext): MiddlewareHandler<RegistryEnv> {
  const withKey = requireAccess(context, 'skills', 'read');
  return async (c, next) => {
    const isWithoutKey = /^(Bearer *)?$/i.test(c.req.header('Authorization') ?? '');
    if (!isWithoutKey) return withKey(c, next);
    c.set('access', NOBODY);
    return next();
  };
}
