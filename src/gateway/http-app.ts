import { Hono, type Context } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import type { Logger } from 'pino';
import { clientAddress, type TrustedProxies } from '#platform/client-address.ts';
import { CATALOG_PATH, OAUTH_METADATA_PATHS, REGISTRY_MOUNT } from '#contract/api-paths.ts';
import type { CallSource } from '#contract/call-source.ts';
import type { DeskLook } from '#contract/desk-look.ts';
import { storageProblem } from '#database/engine.ts';
import { compressedAnswers } from '#gateway/http/compressed-answers.ts';
import { crossSiteGuard } from '#gateway/http/cross-site-guard.ts';
import { senderOf } from '#gateway/http/desk-source.ts';
import { rawPath, type GatewayEnv } from '#gateway/http/gateway-env.ts';
import { Problem, problemResponse } from '#gateway/http/problem.ts';
import { requestLog, untrustedProxyWarning } from '#gateway/http/request-log.ts';
import { requestGuard } from '#gateway/http/request-guard.ts';
import { createStaticSite } from '#gateway/http/static-site.ts';

interface Options {
  hosts: readonly string[];
  siteFolder: string | null;
  registryApp?: (request: Request, source: CallSource) => Promise<Response>;
  /** How the pages tell this desk apart from others. */
  desk?: DeskLook;
  /** The proxies that are believed; where none is, the first request that one passed on is told of in the log. */
  trustProxy?: TrustedProxies | null;
  log: Logger;
}

/** An app with everything that stands around the routes: frame and guards before, errors and pages after. */
export function createHttpApp({
  hosts,
  siteFolder,
  desk,
  registryApp,
  trustProxy = null,
  log,
}: Options): Hono<GatewayEnv> {
  // Routed on the path as it was sent: `acme%2Fweather` stays one segment, and nothing is decoded twice.
  const app = new Hono<GatewayEnv>({ getPath: (_request, options) => routedPath(options?.env) });
  const site = siteFolder === null ? undefined : createStaticSite(siteFolder, desk);

  app.onError((error, c) => {
    const problem = error instanceof Problem ? error : (storageFailed(error) ?? unexpected(error));
    if (problem.cause !== undefined) {
      log.error({ reqId: c.get('requestId'), err: problem.cause }, problem.code);
    }
    return answer(c, problem);
  });

  app.notFound((c) => {
    const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
    const page = isRead ? site?.(c, c.req.path) : undefined;
    return page ?? answer(c, new Problem(404, 'not-found', 'There is nothing at this address.'));
  });

  app.use(requestLog(log));
  app.use(compressedAnswers());
  app.use(async (c, next) => {
    c.set('address', clientAddress(c.env.incoming, trustProxy));
    await next();
  });
  if (trustProxy === null) app.use(untrustedProxyWarning(log));
  app.use(requestGuard(hosts));
  if (registryApp !== undefined) {
    const passOn = async (c: Context<GatewayEnv>): Promise<Response> => {
      const target = c.env.incoming.url ?? '';
      const path = target.startsWith(`${REGISTRY_MOUNT}/`) ? target.slice(REGISTRY_MOUNT.length) : target;
      const response = await registryApp(inRegistryRoom(c.req.raw, path), senderOf(c));
      return endingWithItsBody(response, () => {
        log.warn({ reqId: c.get('requestId') }, 'answer broke off');
        c.env.outgoing.destroy();
      });
    };
    app.all(`${REGISTRY_MOUNT}/*`, passOn);
    // Editors look for it at the root of the address they are given.
    app.all(`${CATALOG_PATH}/*`, passOn);
    // Where clients of the registry's servers look for its authorization server: at the root, before the path.
    app.on(['GET', 'HEAD', 'OPTIONS'], OAUTH_METADATA_PATHS, passOn);
  }
  app.use('/api/*', crossSiteGuard(hosts));
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => {
        const headers = { Allow: methods.join(', ') };
        return answer(c, new Problem(405, 'method-not-allowed', `Use ${headers.Allow} here.`, { headers }));
      },
    }),
  );
  return app;
}

function answer(c: Context<GatewayEnv>, problem: Problem): Response {
  return problemResponse(problem, c.get('requestId'));
}

// Where the database fails outside of what a route expects of it.
function storageFailed(cause: unknown): Problem | undefined {
  if (storageProblem(cause) === undefined) return undefined;
  return new Problem(503, 'storage-failed', 'The database does not answer. Try again in a moment.', {
    cause,
    headers: { 'Retry-After': '5' },
  });
}

function unexpected(cause: unknown): Problem {
  return new Problem(500, 'internal', 'Something went wrong in Touchmark. Try again; the log tells more.', {
    cause,
  });
}

// A target that is no path is refused by the request guard, which runs whatever is routed.
function routedPath(env: GatewayEnv['Bindings'] | undefined): string {
  const target = env?.incoming.url ?? '';
  return target.startsWith('/') ? rawPath(target) : '/';
}

function inRegistryRoom(request: Request, target: string): Request {
  const { method, headers, body, signal } = request;
  return new Request(`http://registry.internal${target}`, {
    method,
    headers,
    signal,
    ...(body === null ? {} : { body, duplex: 'half' as const }),
  });
}

// Where a body breaks off, its connection has to: an answer that is not whole must not look whole. Left to the server's
// own handling, the failure would be printed beside the log.
function endingWithItsBody(response: Response, onBreak: () => void): Response {
  if (response.body === null) return response;
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch {
          onBreak();
          controller.close();
        }
      },
      cancel: async (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return new Response(body, response);
}
