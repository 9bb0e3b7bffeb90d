import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { KEY_HEADER } from '#registry/access/shown-credential.ts';

const METHODS = ['GET', 'OPTIONS'];
const HEADERS = ['Authorization', 'Content-Type', KEY_HEADER];
const MAX_AGE_S = 600;

/** Opens the catalog to any origin, as Copilot wants it of a registry: each answer has the headers of a preflight. */
export function openToEditors(): MiddlewareHandler {
  const open = cors({ origin: '*', allowMethods: METHODS, allowHeaders: HEADERS, maxAge: MAX_AGE_S });
  return async (c, next) => {
    c.res.headers.set('Access-Control-Allow-Methods', METHODS.join(', '));
    c.res.headers.set('Access-Control-Allow-Headers', HEADERS.join(', '));
    return open(c, next);
  };
}
