import type { Context } from 'hono';
import { cors } from 'hono/cors';
import { REGISTRY_MOUNT } from '#contract/api-paths.ts';
import { createRateLimiter, type RateLimiter } from '#platform/rate-limiter.ts';
import type { RegistryApp, RegistryContext, RegistryEnv } from '#registry/context.ts';
import { RegistryError } from '#registry/http/registry-error.ts';
import {
  CONSENT_PAGE,
  MCP_SCOPE,
  issuerOf,
  mcpPath,
  originOf,
  RESOURCE_METADATA,
} from './oauth-addresses.ts';
import type { OAuthHandlers } from './oauth-handlers.ts';

// A program registers once and is allowed now and then: these are far above what people need.
const REGISTRATIONS = { perClient: 10, inAll: 60 };
const AUTHORIZATIONS = { perClient: 30, inAll: 600 };
// A code or refresh token has 256 random bits: only the work of the answers is limited.
const EXCHANGES = { perClient: 120, inAll: 6000 };

/**
 * The authorization server of the MCP servers here (OAuth 2.1): who it is, and where clients register, send their owner,
 * and exchange what they brought. An owner answers by the routes beside these.
 */
export function addOAuthRoutes(app: RegistryApp, context: RegistryContext): void {
  const issuer = issuerOf(context);
  const endpoint = (name: string): string => `${issuer}${REGISTRY_MOUNT}/oauth/${name}`;
  // RFC 8414, 2; `iss` is RFC 9207's; documents about clients are draft-ietf-oauth-client-id-metadata-document's.
  const metadata = {
    issuer,
    authorization_endpoint: endpoint('authorize'),
    token_endpoint: endpoint('token'),
    registration_endpoint: endpoint('register'),
    revocation_endpoint: endpoint('revoke'),
    scopes_supported: [MCP_SCOPE],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_methods_supported: ['none'],
    revocation_endpoint_auth_methods_supported: ['none'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: true,
  };
  const resource = (c: Context, segment: string | null) => ({
    resource: originOf(c, context) + mcpPath(segment),
    authorization_servers: [issuer],
    scopes_supported: [MCP_SCOPE],
    bearer_methods_supported: ['header'],
    resource_name: 'Touchmark',
  });

  app.use('/.well-known/*', cors());
  app.get('/.well-known/oauth-authorization-server', (c) => c.json(metadata));
  // Where some clients look; nobody is identified here, so there is nothing of OpenID in it.
  app.get('/.well-known/openid-configuration', (c) => c.json(metadata));
  app.get(RESOURCE_METADATA, (c) => c.json(resource(c, null)));
  app.get(RESOURCE_METADATA + mcpPath(null), (c) => c.json(resource(c, null)));
  // The same for every name: whether there is such a server is told to those with access.
  app.get(`${RESOURCE_METADATA}${mcpPath(null)}/:segment`, (c) =>
    c.json(resource(c, new URL(c.req.url).pathname.split('/').at(-1) ?? null)),
  );

  // With the first request, since they are large and many a desk has none.
  let opened: Promise<OAuthHandlers> | undefined;
  const answer = async (c: Context<RegistryEnv>): Promise<Response> => {
    opened ??= import('./oauth-handlers.ts').then(({ createOAuthHandlers }) => createOAuthHandlers(context));
    return (await opened)(c.req.raw, { ...c.env });
  };
  const limits = { register: REGISTRATIONS, authorize: AUTHORIZATIONS, token: EXCHANGES, revoke: EXCHANGES };
  for (const [name, { perClient, inAll }] of Object.entries(limits)) {
    const limiters = [
      createRateLimiter(perClient, context.now),
      createRateLimiter(inAll, context.now),
    ] as const;
    app.all(`/oauth/${name}`, async (c) => {
      // A browser is sent there; what it would post is in no address, and lost where it is sent on.
      if (name === 'authorize' && c.req.method !== 'GET') {
        throw new RegistryError(405, 'Method not allowed', { headers: { Allow: 'GET' } });
      }
      const wait = c.req.method === 'OPTIONS' ? 0 : waitOf(c, limiters);
      const answered = wait > 0 ? tooMany(wait) : await answer(c);
      if (name !== 'authorize') return answered;
      return answered.status >= 400 ? problemPage(c, answered, issuer) : toldApart(c, answered, issuer);
    });
  }
}

function waitOf(c: Context<RegistryEnv>, [perClient, inAll]: readonly [RateLimiter, RateLimiter]): number {
  const wait = perClient.take(c.env.address ?? '');
  return wait > 0 ? wait : inAll.take('');
}

function tooMany(seconds: number): Response {
  return Response.json(
    {
      error: 'temporarily_unavailable',
      error_description: `Too many requests. Try again in ${seconds} s.`,
    },
    { status: 429, headers: { 'Retry-After': String(seconds) } },
  );
}

// What a client is told of its mistakes: who tells it (RFC 9207), and for which request (RFC 6749, 4.1.2.1), which the
// handler leaves out where the request could not be read.
function toldApart(c: Context, answered: Response, issuer: string): Response {
  const target = new URL(answered.headers.get('Location') ?? issuer);
  if (!target.searchParams.has('error')) return answered;
  const state = c.req.query('state');
  if (state !== undefined) target.searchParams.set('state', state);
  target.searchParams.set('iss', issuer);
  return c.redirect(target.href, 303);
}

// A person's browser was sent here: the page says what is wrong, by the code alone.
async function problemPage(c: Context, answered: Response, issuer: string): Promise<Response> {
  if (!/\btext\/html\b/i.test(c.req.header('Accept') ?? '')) return answered;
  const { error } = (await answered.json()) as { error: string };
  return c.redirect(`${issuer}${CONSENT_PAGE}?problem=${encodeURIComponent(error)}`, 303);
}
