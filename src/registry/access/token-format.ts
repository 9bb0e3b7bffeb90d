import { sign, verify } from 'hono/jwt';
import { z } from 'zod';
import { PERMISSIONS, RESOURCES, type TokenLimit } from './access.ts';

const PREFIX = 'tmt_';
// Far above what a policy of the largest size makes of a token.
const MAX_LENGTH = 10_000;
const ALGORITHM = 'HS256';

/** What a service token says, signed by the registry and kept nowhere. */
export interface TokenClaims {
  /** The key that it was made with, be it through other tokens. */
  keyId: string;
  /** The one organization it acts for; null: its maker and their organizations. */
  organizationId: string | null;
  policy: TokenLimit[];
  /** A whole second. */
  expiresAt: Date;
}

/** True for what is meant as a service token, valid or not. */
export function looksLikeToken(credential: string): boolean {
  return credential.startsWith(PREFIX);
}

/** The claims as a token: `tmt_` and a JSON Web Token. `tokenKey` has 32 bytes. */
export async function signToken(claims: TokenClaims, tokenKey: Uint8Array, now: Date): Promise<string> {
  const payload = {
    iat: Math.floor(now.getTime() / 1000),
    exp: Math.floor(claims.expiresAt.getTime() / 1000),
    key: claims.keyId,
    org: claims.organizationId,
    policy: claims.policy,
  } satisfies z.input<typeof payloadShape>;
  return PREFIX + (await sign(payload, await importKey(tokenKey), ALGORITHM));
}

/** What a token says, expired or not; undefined where it was not signed with this key, or altered. */
export async function readToken(token: string, tokenKey: Uint8Array): Promise<TokenClaims | undefined> {
  if (!looksLikeToken(token) || token.length > MAX_LENGTH) return undefined;
  const payload = payloadShape.safeParse(await verified(token.slice(PREFIX.length), tokenKey));
  if (!payload.success) return undefined;
  const { key, org, policy, exp } = payload.data;
  return { keyId: key, organizationId: org, policy, expiresAt: new Date(exp * 1000) };
}

async function verified(jwt: string, tokenKey: Uint8Array): Promise<unknown> {
  const key = await importKey(tokenKey);
  // Times are compared by whoever knows the registry's clock.
  return verify(jwt, key, { alg: ALGORITHM, exp: false, iat: false, nbf: false }).catch(() => undefined);
}

async function importKey(tokenKey: Uint8Array): Promise<CryptoKey> {
  const usages: KeyUsage[] = ['sign', 'verify'];
  return crypto.subtle.importKey(
    'raw',
    new Uint8Array(tokenKey),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    usages,
  );
}

const payloadShape = z.strictObject({
  iat: z.int(),
  exp: z.int(),
  key: z.string(),
  org: z.string().nullable(),
  policy: z.array(
    z.strictObject({
      namespaces: z.array(z.string()).optional(),
      resources: z.array(z.enum(RESOURCES)).optional(),
      operations: z.array(z.enum(PERMISSIONS)).optional(),
      rpcReqMatch: z.record(z.string(), z.string()).optional(),
    }),
  ),
});
