import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { Logger } from 'pino';
import { REGISTRY_MOUNT, REQUEST_ID_HEADER } from '#contract/api-paths.ts';
import { isForwarded } from '#platform/client-address.ts';
import { rawPath, type GatewayEnv } from './gateway-env.ts';
import { Problem, problemResponse } from './problem.ts';
import { secure } from './security-headers.ts';

/** Around every request: an id of our own making, security headers on whatever is answered, one line in the log. */
export function requestLog(log: Logger): MiddlewareHandler<GatewayEnv> {
  return async (c, next) => {
    const started = performance.now();
    const requestId = randomUUID();
    c.set('requestId', requestId);
    await next();
    frame(c.res, requestId);
    // Answered before all of its body had come: nobody waits for the rest, to find where the next request begins.
    if (!c.env.incoming.complete) c.res.headers.set('Connection', 'close');
    const { status } = c.res;
    log[status >= 500 ? 'error' : 'info'](
      {
        reqId: requestId,
        method: c.req.method,
        path: printable(rawPath(c.env.incoming.url ?? '')),
        status,
        ms: Math.round((performance.now() - started) * 10) / 10,
        user: c.get('user'),
      },
      'request',
    );
  };
}

/** Tells once, in the log, that a proxy passes requests on whose word on their clients is not taken. */
export function untrustedProxyWarning(log: Logger): MiddlewareHandler<GatewayEnv> {
  let isTold = false;
  return async (c, next) => {
    if (!isTold && isForwarded(c.env.incoming)) {
      isTold = true;
      log.warn(
        'Requests come through a proxy that is not trusted: all its clients share one limit of attempts to sign in. ' +
          'Name it with --trust-proxy.',
      );
    }
    await next();
  };
}

/** For a request that could not even be parsed: 400, with the headers of every answer. */
export function malformedRequest(): Response {
  const requestId = randomUUID();
  const problem = new Problem(400, 'bad-request', 'The request is malformed. Nothing was done.');
  return frame(problemResponse(problem, requestId), requestId);
}

/** For a request that came while too many waited: 503, with the headers of every answer there. */
export function busyRequest(target: string): Response {
  const requestId = randomUUID();
  const problem = new Problem(
    503,
    'busy',
    'Touchmark has more to do than it can at this moment. This request was not taken; try again in a second.',
    {
      headers: {
        'Retry-After': '1',
        // Pages elsewhere may read what the registry answers.
        ...(target.startsWith(`${REGISTRY_MOUNT}/`) ? { 'Access-Control-Allow-Origin': '*' } : {}),
      },
    },
  );
  return frame(problemResponse(problem, requestId), requestId);
}

function frame(response: Response, requestId: string): Response {
  secure(response.headers);
  response.headers.set(REQUEST_ID_HEADER, requestId);
  return response;
}

// A path that was refused may hold any byte; in a terminal some of them are commands.
function printable(path: string): string {
  return path.replace(
    /[^\x21-\x7e]/g,
    (c) => `%${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
