import { AsyncLocalStorage } from 'node:async_hooks';
import { authorizationHandler } from '@modelcontextprotocol/sdk/server/auth/handlers/authorize.js';
import { clientRegistrationHandler } from '@modelcontextprotocol/sdk/server/auth/handlers/register.js';
import { revocationHandler } from '@modelcontextprotocol/sdk/server/auth/handlers/revoke.js';
import { tokenHandler } from '@modelcontextprotocol/sdk/server/auth/handlers/token.js';
import express, { type ErrorRequestHandler } from 'express';
import { inject } from 'light-my-request';
import type { CallSource } from '#contract/call-source.ts';
import type { RegistryContext } from '#registry/context.ts';
import { createOAuthProvider } from './oauth-provider.ts';

/** Answers a request of the OAuth protocol. */
export type OAuthHandlers = (request: Request, source: CallSource) => Promise<Response>;

const HOP = new Set(['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding']);

/**
 * The MCP SDK's own handlers of authorization, token, registration and revocation. They are made for Express: what they
 * are asked is handed to them without a socket in between.
 */
export function createOAuthHandlers(context: RegistryContext): OAuthHandlers {
  // The handlers pass on nothing of the request but what the protocol knows.
  const sources = new AsyncLocalStorage<CallSource>();
  const { asking, exchanging } = createOAuthProvider(context, () => sources.getStore() ?? {});
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // Limits are kept where the client's address is known.
  const rateLimit = false as const;
  app.use('/oauth/authorize', authorizationHandler({ provider: asking, rateLimit }));
  app.use('/oauth/token', tokenHandler({ provider: exchanging, rateLimit }));
  app.use('/oauth/revoke', revocationHandler({ provider: exchanging, rateLimit }));
  app.use(
    '/oauth/register',
    clientRegistrationHandler({
      clientsStore: exchanging.clientsStore,
      clientIdGeneration: false,
      rateLimit,
    }),
  );
  app.use(bodyProblem);
  return async (request, source) => {
    const { pathname, search } = new URL(request.url);
    const payload = Buffer.from(await request.arrayBuffer());
    // Within the function that runs: it is sent once it is waited for.
    const answer = await sources.run(source, async () =>
      inject(app, {
        method: request.method as 'POST',
        url: pathname + search,
        headers: Object.fromEntries(request.headers),
        payload,
      }),
    );
    const headers = new Headers();
    for (const [name, value] of Object.entries(answer.headers)) {
      if (!HOP.has(name)) for (const each of [value ?? []].flat()) headers.append(name, String(each));
    }
    const hasBody = answer.rawPayload.length > 0;
    return new Response(hasBody ? new Uint8Array(answer.rawPayload) : null, {
      status: answer.statusCode,
      headers,
    });
  };
}

// A body that could not be read. Express knows an error handler by its four arguments.
const bodyProblem: ErrorRequestHandler = (error: { status?: number }, _request, response, _next) => {
  const status = error.status ?? 500;
  response.status(status).json({
    error: status < 500 ? 'invalid_request' : 'server_error',
    error_description: 'The body could not be read.',
  });
};
