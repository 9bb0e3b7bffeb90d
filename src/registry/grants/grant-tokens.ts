import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { CallSource } from '#contract/call-source.ts';
import { isForeignKeyViolation } from '#database/engine.ts';
import type { OAuthTokenRow } from '#database/oauth-tables.ts';
import type { Database } from '#database/schema.ts';
import { writeDown } from '#registry/audit/audit-log.ts';
import { REGISTRY_ITSELF, type Author } from '#registry/audit/author.ts';
import { hashToken, randomToken } from '#platform/sealing.ts';

/** How long a code is good, in milliseconds. */
const CODE_MS = 60_000;
/** How long an access token is good, in seconds. */
export const ACCESS_SECONDS = 3600;
/** After how long without use a client's access ends, in milliseconds. */
const REFRESH_MS = 30 * 86_400_000;

const IN_TWO_HANDS = 'One of its tokens was shown a second time, so it is in two hands.';
const ACCESS_PREFIX = 'tmo_';
const REFRESH_PREFIX = 'tmr_';

/** True for what is meant as a connected client's access token, valid or not. */
export function looksLikeGrantToken(credential: string): boolean {
  return credential.startsWith(ACCESS_PREFIX);
}

/** The tokens of a grant, told once. */
export interface IssuedTokens {
  access: string;
  refresh: string;
}

/** What an owner allows. */
interface NewGrant {
  userId: string;
  keyId: string | null;
  clientId: string;
  redirectUri: string;
  codeChallenge: string;
  servers: readonly { rid: number; qualified_name: string }[];
  now: Date;
}

/** Writes a grant down, within a transaction of the caller's. Returns its code, which is good once and for a minute. */
export async function addGrant(
  trx: Kysely<Database>,
  { userId, keyId, clientId, redirectUri, codeChallenge, servers, now }: NewGrant,
): Promise<string> {
  const id = randomUUID();
  const at = now.toISOString();
  await trx
    .insertInto('oauth_grants')
    .values({
      id,
      user_id: userId,
      key_id: keyId,
      client_id: clientId,
      redirect_uri: redirectUri,
      created_at: at,
    })
    .execute();
  await trx
    .insertInto('oauth_grant_servers')
    .values(servers.map(({ rid, qualified_name }) => ({ grant_id: id, server_rid: rid, qualified_name })))
    .execute();
  await trx.updateTable('oauth_clients').set({ used_at: at }).where('id', '=', clientId).execute();
  const code = randomToken();
  await addToken(trx, { token: code, kind: 'code', grantId: id, codeChallenge, ms: CODE_MS, now });
  return code;
}

/** A token that a client shows. */
interface Shown {
  token: string;
  kind: 'code' | 'refresh';
  clientId: string;
  now: Date;
}

/** What is known of a code or refresh token of this client that is still good. */
export interface GoodToken {
  grantId: string;
  codeChallenge: string | null;
  redirectUri: string;
}

/**
 * A code or refresh token that this client may exchange; undefined where it is none, or not any more. One that was
 * exchanged before is in two hands: everything that came of it ends.
 */
export async function findGoodToken(
  db: Kysely<Database>,
  { token, kind, clientId, now }: Shown,
): Promise<GoodToken | undefined> {
  const row = await db
    .selectFrom('oauth_tokens')
    .innerJoin('oauth_grants', 'oauth_grants.id', 'oauth_tokens.grant_id')
    .innerJoin('users', 'users.id', 'oauth_grants.user_id')
    .leftJoin('api_keys', 'api_keys.id', 'oauth_grants.key_id')
    .select([
      'oauth_tokens.grant_id',
      'oauth_tokens.code_challenge',
      'oauth_tokens.used_at',
      'oauth_tokens.expires_at',
      'oauth_grants.redirect_uri',
      'users.disabled_at',
      'api_keys.expires_at as key_ends',
    ])
    .where('oauth_tokens.hash', '=', hashToken(token))
    .where('oauth_tokens.kind', '=', kind)
    .where('oauth_grants.client_id', '=', clientId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (row.used_at !== null) {
    await endGrant(db, { id: row.grant_id, by: REGISTRY_ITSELF, note: IN_TWO_HANDS, now });
    return undefined;
  }
  const at = now.toISOString();
  const isOver =
    row.expires_at <= at || row.disabled_at !== null || (row.key_ends !== null && row.key_ends <= at);
  if (isOver) return undefined;
  return { grantId: row.grant_id, codeChallenge: row.code_challenge, redirectUri: row.redirect_uri };
}

/** Exchanges a code or refresh token, which is good once. Undefined where another was quicker; the grant ends then. */
export async function exchangeToken(db: Kysely<Database>, shown: Shown): Promise<IssuedTokens | undefined> {
  const { token, now } = shown;
  const good = await findGoodToken(db, shown);
  if (good === undefined) return undefined;
  const { grantId } = good;
  const issued = { access: ACCESS_PREFIX + randomToken(), refresh: REFRESH_PREFIX + randomToken() };
  const exchanging = db.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('oauth_tokens')
      .set({ used_at: now.toISOString() })
      .where('hash', '=', hashToken(token))
      .where('used_at', 'is', null)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) return false;
    const ms = ACCESS_SECONDS * 1000;
    await addToken(trx, { token: issued.access, kind: 'access', grantId, ms, now });
    await addToken(trx, { token: issued.refresh, kind: 'refresh', grantId, ms: REFRESH_MS, now });
    return true;
  });
  const isFirst = await exchanging.catch((error: unknown) => {
    // Its owner ended it in between.
    if (isForeignKeyViolation(error)) return false;
    throw error;
  });
  if (isFirst) return issued;
  await endGrant(db, { id: grantId, by: REGISTRY_ITSELF, note: IN_TWO_HANDS, now });
  return undefined;
}

/** Ends what this token of the client stands for: an access token alone, a refresh token with its whole grant (RFC 7009). */
export async function revokeToken(
  db: Kysely<Database>,
  { token, clientId, source, now }: { token: string; clientId: string; source: CallSource; now: Date },
): Promise<void> {
  const row = await db
    .selectFrom('oauth_tokens')
    .innerJoin('oauth_grants', 'oauth_grants.id', 'oauth_tokens.grant_id')
    .innerJoin('oauth_clients', 'oauth_clients.id', 'oauth_grants.client_id')
    .innerJoin('users', 'users.id', 'oauth_grants.user_id')
    .select(['oauth_tokens.kind', 'oauth_tokens.grant_id', 'oauth_clients.name as client'])
    .select(['users.name as user', 'users.id as user_id'])
    .where('oauth_tokens.hash', '=', hashToken(token))
    .where('oauth_grants.client_id', '=', clientId)
    .executeTakeFirst();
  if (row === undefined) return;
  if (row.kind !== 'access') {
    const actor = { kind: 'client' as const, user: row.user, keyId: row.grant_id, keyLabel: row.client };
    const { product = null, address = null, requestId = null } = source;
    const place = { origin: 'client' as const, product, address, requestId };
    const by: Author = { ...REGISTRY_ITSELF, ...place, actor, userId: row.user_id };
    return void (await endGrant(db, { id: row.grant_id, by, now }));
  }
  await db.deleteFrom('oauth_tokens').where('hash', '=', hashToken(token)).execute();
}

/** True where there is such a grant of this user. */
export async function isGrantOf(
  db: Kysely<Database>,
  { id, userId }: { id: string; userId: string },
): Promise<boolean> {
  const row = await db
    .selectFrom('oauth_grants')
    .select('id')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return row !== undefined;
}

/** Ends a grant with all its tokens at once, where it is this user's or nobody is named. False where there was none. */
export async function endGrant(
  db: Kysely<Database>,
  {
    id,
    userId,
    by,
    note = null,
    now,
  }: { id: string; userId?: string; by: Author; note?: string | null; now: Date },
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const ended = await trx
      .deleteFrom('oauth_grants')
      .where('id', '=', id)
      .$if(userId !== undefined, (grant) => grant.where('user_id', '=', userId ?? ''))
      .returning(['client_id', 'user_id'])
      .executeTakeFirst();
    if (ended === undefined) return false;
    await writeClientEnd(trx, { ...ended, by, note, now });
    return true;
  });
}

/** Writes down that a client's access ended, within the transaction that ends it. */
export async function writeClientEnd(
  trx: Kysely<Database>,
  {
    client_id: clientId,
    user_id: userId,
    by,
    note,
    now,
  }: { client_id: string; user_id: string; by: Author; note: string | null; now: Date },
): Promise<void> {
  const target = await clientName(trx, clientId);
  await writeDown(trx, { action: 'client.end', by, now, target, concerns: [userId], note });
}

/** A client as its owner knows it: its own name, or its id where it has none. */
export async function clientName(trx: Kysely<Database>, clientId: string): Promise<string> {
  const client = await trx
    .selectFrom('oauth_clients')
    .select('name')
    .where('id', '=', clientId)
    .executeTakeFirst();
  return client?.name ?? clientId;
}

async function addToken(
  trx: Kysely<Database>,
  {
    token,
    kind,
    grantId,
    codeChallenge = null,
    ms,
    now,
  }: {
    token: string;
    kind: OAuthTokenRow['kind'];
    grantId: string;
    codeChallenge?: string | null;
    ms: number;
    now: Date;
  },
): Promise<void> {
  await trx
    .insertInto('oauth_tokens')
    .values({
      hash: hashToken(token),
      kind,
      grant_id: grantId,
      code_challenge: codeChallenge,
      expires_at: new Date(now.getTime() + ms).toISOString(),
    })
    .execute();
}
