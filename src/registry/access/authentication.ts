import type { Context, MiddlewareHandler } from 'hono';
import { NOBODY, type Access, type Permission, type Resource } from './access.ts';
import { RegistryError } from '#registry/http/registry-error.ts';
import type { RegistryContext, RegistryEnv } from '#registry/context.ts';
import { findAccess, findAccessOfKey } from './key-access.ts';
import { qualifiedNameOf } from '#registry/http/request-path.ts';
import { authorOf } from './request-author.ts';
import { shownCredential } from './shown-credential.ts';
import { narrowAccess } from './token-access.ts';
import { looksLikeToken, readToken } from './token-format.ts';
import { refusalOf, type Ask } from './token-limits.ts';
import { formatQualifiedName } from '#contract/qualified-name.ts';
import { findGrant } from '#registry/grants/grant-access.ts';
import { looksLikeGrantToken } from '#registry/grants/grant-tokens.ts';

type Keys = Pick<RegistryContext, 'db' | 'now' | 'tokenKey'>;
type Gate = Keys & Pick<RegistryContext, 'traffic' | 'keyUses'>;

/**
 * Lets a request pass whose key or service token may do this kind of thing to this kind of thing, and says whose it is.
 * 401 without a valid one, 403 where a service token is too narrow.
 */
export function requireAccess(
  gate: Gate,
  resource: Resource,
  permission: Permission,
): MiddlewareHandler<RegistryEnv> {
  return async (c, next) => {
    const access = await readAccess(c, gate);
    await gate.traffic.countRequest(access.userId);
    gate.keyUses.note(access.keyId);
    const ask = { resource, permission, namespace: namespaceIn(c) };
    const refusal = clientRefusal(c, access, ask) ?? refusalOf(access, ask);
    if (refusal !== undefined) throw new RegistryError(403, refusal);
    c.set('access', access);
    c.set('by', authorOf(access, { ...c.env }, c.req.header('User-Agent')));
    await next();
  };
}

/** Lets a request pass with any valid key or service token: what it may do is left to the handler. 401 otherwise. */
export function requireCredential(gate: Gate): MiddlewareHandler<RegistryEnv> {
  return async (c, next) => {
    const access = await readAccess(c, gate);
    await gate.traffic.countRequest(access.userId);
    gate.keyUses.note(access.keyId);
    const refusal = clientRefusal(c, access, null);
    if (refusal !== undefined) throw new RegistryError(403, refusal);
    c.set('access', access);
    c.set('by', authorOf(access, { ...c.env }, c.req.header('User-Agent')));
    await next();
  };
}

async function readAccess(c: Context, gate: Gate): Promise<Access> {
  const credential = shownCredential(c.req.raw.headers);
  if (credential === undefined) {
    throw unauthorized('API key missing: send it as "Authorization: Bearer tm_…" or "X-Touchmark-Key: tm_…"');
  }
  return looksLikeGrantToken(credential) ? accessOfClient(credential, gate) : accessOf(credential, gate);
}

async function accessOfClient(token: string, { db, now }: Keys): Promise<Access> {
  const grant = await findGrant(db, token, now());
  if (grant === undefined) {
    throw unauthorized('Access token not valid: it expired, or the access of this client was ended');
  }
  const { id, userId, callable, expiresAt } = grant;
  // It owns nothing: what it may do is told by `callable` alone.
  return { ...NOBODY, userId, keyId: id, byToken: true, callable, expiresAt };
}

// A connected client may call the servers that its owner allowed it, and nothing else. `ask` is null where a route asks for
// no right in particular.
function clientRefusal(c: Context, { callable }: Access, ask: Ask | null): string | undefined {
  if (callable === undefined) return undefined;
  const name =
    c.req.path.startsWith('/mcp/') && ask?.permission === 'execute' ? qualifiedNameOf(c) : undefined;
  if (name !== undefined && callable.includes(formatQualifiedName(name))) return undefined;
  return 'Access token: its owner allowed this client MCP calls of other servers, and nothing else';
}

/** What a key or service token gives access to. Throws a 401 where it is not valid. */
export async function accessOf(credential: string, gate: Keys): Promise<Access> {
  if (looksLikeToken(credential)) return accessOfToken(credential, gate);
  const access = await findAccess(gate.db, credential, gate.now());
  if (access === undefined) throw unauthorized('API key not valid: it is mistyped, expired or revoked');
  return access;
}

async function accessOfToken(token: string, { db, now, tokenKey }: Keys): Promise<Access> {
  const claims = await readToken(token, tokenKey);
  if (claims === undefined)
    throw unauthorized('Service token not valid: it is mistyped, or of another registry');
  if (claims.expiresAt <= now()) {
    throw unauthorized(
      `Service token expired at ${claims.expiresAt.toISOString()}: make another with POST /tokens`,
    );
  }
  const maker = await findAccessOfKey(db, claims.keyId, now());
  const access = maker && narrowAccess(maker, claims);
  if (access === undefined) {
    throw unauthorized('Service token ended: the API key it was made with is not valid for this any more');
  }
  return access;
}

function unauthorized(text: string): RegistryError {
  return new RegistryError(401, text, { headers: { 'WWW-Authenticate': 'Bearer realm="registry"' } });
}

// As `Ask.namespace`. The names of the parameters are those that routes give them.
function namespaceIn(c: Context): string | null {
  if (c.req.param('qualifiedName') !== undefined) return qualifiedNameOf(c)?.namespace ?? '';
  return c.req.param('namespace') ?? c.req.param('name') ?? null;
}
