import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';

const MAX_AGE_S = 600;

/**
 * Lets pages of any origin send these methods and read what is answered, refusals included. Only for what is asked with a
 * credential in a header, or with none: a browser keeps its cookies back here, and none may count. A page may send any
 * header it likes, since servers that are called may have headers of their own.
 */
export function openToAnyOrigin(...methods: string[]): MiddlewareHandler {
  const open = cors({ origin: '*', allowMethods: methods, exposeHeaders: ['*'], maxAge: MAX_AGE_S });
  return async (c, next) => {
    const { method } = c.req;
    const isPreflight = method === 'OPTIONS' && c.req.header('Access-Control-Request-Method') !== undefined;
    return isPreflight || methods.includes(method) ? open(c, next) : next();
  };
}
