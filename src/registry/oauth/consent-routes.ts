import { z } from 'zod';
import {
  MAX_CHOICES,
  type ClientRedirect,
  type ClientRequest,
  type ConnectedClientList,
} from '#contract/connected-clients.ts';
import type { Access } from '#registry/access/access.ts';
import { requireCredential } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { RegistryError } from '#registry/http/registry-error.ts';
import { readBody } from '#registry/http/shapes.ts';
import { allowRequest, denyRequest, findRequest, listGrants, type Answered } from './consent-store.ts';
import { endGrant, isGrantOf } from '#registry/grants/grant-tokens.ts';
import { issuerOf } from './oauth-addresses.ts';

const answerShape = z.union([
  z.strictObject({ allow: z.literal(true), servers: z.array(z.string()).max(MAX_CHOICES) }),
  z.strictObject({ allow: z.literal(false) }),
]);

/** What owners do about clients that ask for access, and about those that have it. By key alone: no token gives access away. */
export function addConsentRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, now } = context;
  const signedIn = requireCredential(context);

  app.get('/oauth/requests/:requestId', signedIn, async (c) => {
    const { access } = c.var;
    const request = await findRequest(db, { id: c.req.param('requestId'), access, now: now() });
    if (request === undefined) throw requestOver();
    requireKey(access);
    return c.json(request satisfies ClientRequest);
  });

  app.post('/oauth/requests/:requestId', signedIn, async (c) => {
    const { access, by } = c.var;
    const id = c.req.param('requestId');
    if ((await findRequest(db, { id, access, now: now() })) === undefined) throw requestOver();
    requireKey(access);
    const answer = await readBody(c, answerShape);
    const answered = answer.allow
      ? await allowRequest(db, { id, access, by, servers: answer.servers, now: now() })
      : await denyRequest(db, { id, by, now: now() });
    if (answered === undefined) throw requestOver();
    return c.json({ redirectTo: redirectOf(answered, issuerOf(context)) } satisfies ClientRedirect);
  });

  app.get('/oauth/grants', signedIn, async (c) => {
    const { access } = c.var;
    requireKey(access);
    const clients = await listGrants(db, { userId: access.userId, now: now() });
    return c.json({ clients } satisfies ConnectedClientList);
  });

  app.delete('/oauth/grants/:grantId', signedIn, async (c) => {
    const { access, by } = c.var;
    const grant = { id: c.req.param('grantId'), userId: access.userId };
    if (!(await isGrantOf(db, grant))) throw clientNotFound();
    requireKey(access);
    if (!(await endGrant(db, { ...grant, by, now: now() }))) throw clientNotFound();
    return c.json({ success: true });
  });
}

function requireKey({ byToken }: Access): void {
  if (byToken) throw new RegistryError(403, 'Connected clients: use an API key, not a token');
}

function clientNotFound(): RegistryError {
  return new RegistryError(404, 'Connected client not found: its access may have ended already');
}

function requestOver(): RegistryError {
  return new RegistryError(
    404,
    'Request for access not found: it was answered, or is older than 10 minutes. Start anew in the client',
  );
}

// RFC 6749, 4.1.2 and 4.1.2.1; `iss` tells the client who answers (RFC 9207).
function redirectOf({ redirectUri, state, code }: Answered, issuer: string): string {
  const url = new URL(redirectUri);
  if (code === null) {
    url.searchParams.set('error', 'access_denied');
    url.searchParams.set('error_description', 'The owner denied it.');
  } else {
    url.searchParams.set('code', code);
  }
  if (state !== null) url.searchParams.set('state', state);
  url.searchParams.set('iss', issuer);
  return url.href;
}
