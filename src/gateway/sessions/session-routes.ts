import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { gatewayPaths, PAGE_SECRET_HEADER } from '#contract/api-paths.ts';
import type { RegistryInfo } from '#contract/session.ts';
import { clientAddress, type TrustedProxies } from '#platform/client-address.ts';
import { hashToken } from '#platform/sealing.ts';
import type { GatewayEnv } from '#gateway/http/gateway-env.ts';
import { readJson } from '#gateway/http/request-shapes.ts';
import { Problem } from '#gateway/http/problem.ts';
import { namespacesCall, namespacesIn } from '#gateway/registry/namespace-names.ts';
import type { RegistryCalls, RegistryOutcome } from '#gateway/registry/registry-calls.ts';
import { registryProblem } from '#gateway/registry/registry-problem.ts';
import { isRecord } from '#gateway/registry/response-parsing.ts';
import type { ReadSessionInfo } from './session-info.ts';
import type { SessionAudit } from './session-audit.ts';
import { clearSessionCookies, isPageOverHttp, needsPlainCookie, readPageSecret } from './session-cookie.ts';
import type { KeyMint, Sessions } from './sessions.ts';
import type { SignInCodes } from './sign-in-codes.ts';
import type { SignInLimiter } from './sign-in-limiter.ts';

const MAX_BODY_BYTES = 4096;
// Longer than the session, so that it never ends first; short enough that a forgotten one is no danger.
const MINTED_KEY_MS = 9 * 3_600_000;

interface Options {
  sessions: Sessions;
  infoOf: ReadSessionInfo;
  calls: RegistryCalls;
  registry: RegistryInfo;
  mint: KeyMint | null;
  codes: SignInCodes;
  limiter: SignInLimiter;
  audit: SessionAudit;
  /** Null where no proxy stands before the gateway that is believed. */
  trustProxy: TrustedProxies | null;
  now: () => Date;
}

/** Signing in and out, and who is signed in. */
export function addSessionRoutes(app: Hono<GatewayEnv>, options: Options): void {
  const { sessions, infoOf, calls, registry, mint, codes, limiter, audit, trustProxy, now } = options;

  app.post(gatewayPaths.session(), async (c) => {
    const given = await readCredentials(c);
    if (needsPlainCookie(c)) requirePageSecret(c);
    const client = clientAddress(c.env.incoming, trustProxy);
    const credential = hashToken('code' in given ? given.code : given.apiKey);
    const signingIn = limiter.limited({ client, credential }, async () => {
      const { apiKey, minted } = await keyOf(given);
      const outcome = await calls.read(namespacesCall(apiKey));
      const namespaces = namespacesIn(outcome);
      if (namespaces === undefined) throw signInProblem(outcome, now());
      return sessions.start(c, { apiKey, minted, namespaces });
    });
    const session = await signingIn.catch(async (error: unknown) => {
      await audit.failed(c, error);
      throw error;
    });
    return c.json(await infoOf(session));
  });

  // For the page whose browser did not keep the cookie that signing in gave it: no credentials a second time.
  app.post(gatewayPaths.plainSession(), async (c) => {
    if (!isPageOverHttp(c)) {
      throw new Problem(
        400,
        'bad-request',
        'A plain cookie is only for a page over http, where a browser may keep no other. Nothing was done.',
      );
    }
    const session = await sessions.makePlain(c, requirePageSecret(c));
    if (session !== undefined) return c.json(await infoOf(session));
    throw new Problem(401, 'bad-credentials', 'This page has not just signed in. Sign in again to go on.');
  });

  app.get(gatewayPaths.registry(), (c) => c.json(registry));

  app.get(gatewayPaths.session(), sessions.signedIn, async (c) => {
    const session = c.get('session');
    const isAsked = c.req.query('refresh') !== undefined;
    return c.json(await infoOf(await sessions[isAsked ? 'refreshNamespaces' : 'upToDate'](session)));
  });

  app.delete(gatewayPaths.session(), sessions.signedIn, async (c) => {
    await sessions.signOut(c, c.get('session'));
    clearSessionCookies(c);
    // Not "cookies": browsers would clear those of every other program on this host as well.
    c.header('Clear-Site-Data', '"cache", "storage"');
    return c.body(null, 204);
  });

  async function keyOf(given: { apiKey: string } | { code: string }) {
    if ('apiKey' in given) return { apiKey: given.apiKey, minted: false };
    if (mint === null || !(await codes.redeem(given.code))) {
      throw new Problem(
        401,
        'bad-credentials',
        'This sign-in link was used before or is too old. The command `touchmark sign-in-link` prints a new one; or sign in with an API key.',
      );
    }
    return { apiKey: await mint.mintKey(new Date(now().getTime() + MINTED_KEY_MS)), minted: true };
  }
}

// What fits in a header, so that a pasted line break cannot become one.
const oneLine = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]{1,512}$/);
const credentials = z.union([z.object({ apiKey: oneLine }), z.object({ code: oneLine })]);

async function readCredentials(c: Context<GatewayEnv>): Promise<z.infer<typeof credentials>> {
  const body = await readJson(c, z.unknown(), MAX_BODY_BYTES);
  const given = credentials.safeParse(body);
  if (given.success) return given.data;
  throw new Problem(
    400,
    'bad-request',
    'Enter an API key: one line of up to 512 characters, without spaces.',
    { field: isRecord(body) && 'code' in body ? 'code' : 'apiKey' },
  );
}

// Without it a session with a plain cookie would be of no use.
function requirePageSecret(c: Context<GatewayEnv>): string {
  const secret = readPageSecret(c);
  if (secret !== undefined) return secret;
  throw new Problem(
    400,
    'bad-request',
    `Over http the header "${PAGE_SECRET_HEADER}" must name 256 random bits, base64url. Nothing was done.`,
  );
}

function signInProblem(outcome: RegistryOutcome, now: Date): Problem {
  if (outcome.kind === 'answered' && (outcome.status === 401 || outcome.status === 403)) {
    return new Problem(
      401,
      'bad-credentials',
      'The registry does not accept this API key. Check it and try again.',
    );
  }
  return registryProblem(outcome, now);
}
