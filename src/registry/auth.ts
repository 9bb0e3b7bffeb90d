import type { MiddlewareHandler } from 'hono';
import { ApiError } from './api-error.ts';
import type { RegistryContext, RegistryEnv } from './context.ts';
import { findUserByKey } from './keys.ts';

const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="registry"' };

/** Lets a request pass that carries a valid key, and says whose it is; everything else is 401. */
export function requireKey({ db, now }: RegistryContext): MiddlewareHandler<RegistryEnv> {
  return async (c, next) => {
    const [, key] = /^Bearer +(\S+) *$/i.exec(c.req.header('Authorization') ?? '') ?? [];
    if (key === undefined) {
      throw new ApiError(401, 'API key missing: send it as "Authorization: Bearer tm_…"', CHALLENGE);
    }
    const userId = await findUserByKey(db, key, now());
    if (userId === undefined) {
      throw new ApiError(401, 'API key not valid: it is mistyped, expired or revoked', CHALLENGE);
    }
    c.set('userId', userId);
    await next();
  };
}
