import type { Kysely } from 'kysely';
import { MAX_CHOICES, type ConnectedClient, type ClientRequest } from '#contract/connected-clients.ts';
import { formatQualifiedName, parseQualifiedName } from '#contract/qualified-name.ts';
import { isForeignKeyViolation } from '#database/engine.ts';
import type { OAuthRequestRow } from '#database/oauth-tables.ts';
import type { Database } from '#database/schema.ts';
import { hashToken, randomToken } from '#platform/sealing.ts';
import type { Access } from '#registry/access/access.ts';
import { writeDown } from '#registry/audit/audit-log.ts';
import type { Author } from '#registry/audit/author.ts';
import { serverNotFound, wrongField } from '#registry/http/registry-error.ts';
import { isOwnedBy } from '#registry/servers/server-ownership.ts';
import { addGrant, clientName } from '#registry/grants/grant-tokens.ts';
import { redirectPlace } from './redirect-uri.ts';

// How long an owner may take to answer, signing in included.
const REQUEST_MS = 10 * 60_000;
// A key that ends within a day is that of a session, which ends with it; what it allowed is meant to last.
const SESSION_KEY_MS = 86_400_000;

type NewRequest = Omit<OAuthRequestRow, 'hash' | 'expires_at'>;

/** Keeps what a client asks for. Returns its id, which is good for ten minutes and one answer. */
export async function addRequest(db: Kysely<Database>, request: NewRequest, now: Date): Promise<string> {
  const id = randomToken();
  await db
    .insertInto('oauth_requests')
    .values({
      ...request,
      hash: hashToken(id),
      expires_at: new Date(now.getTime() + REQUEST_MS).toISOString(),
    })
    .execute();
  return id;
}

/** What a client asks for, for a person to judge; undefined where it was answered or is too old. */
export async function findRequest(
  db: Kysely<Database>,
  { id, access, now }: { id: string; access: Access; now: Date },
): Promise<ClientRequest | undefined> {
  const row = await db
    .selectFrom('oauth_requests')
    .innerJoin('oauth_clients', 'oauth_clients.id', 'oauth_requests.client_id')
    .select([
      'oauth_clients.id',
      'oauth_clients.kind',
      'oauth_clients.name',
      'oauth_requests.redirect_uri',
      'oauth_requests.server_name',
      'oauth_requests.expires_at',
    ])
    .where('oauth_requests.hash', '=', hashToken(id))
    .where('oauth_requests.expires_at', '>', now.toISOString())
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const user = await db
    .selectFrom('users')
    .select('name')
    .where('id', '=', access.userId)
    .executeTakeFirstOrThrow();
  const choices = row.server_name === null ? await ownServers(db, access) : [row.server_name];
  return {
    client: { name: row.name, verifiedHost: verifiedHost(row), redirectTo: redirectPlace(row.redirect_uri) },
    account: user.name,
    servers: choices,
    isChoice: row.server_name === null,
    expiresAt: row.expires_at,
  };
}

/** Where a browser goes on, once its owner has answered. */
export interface Answered {
  redirectUri: string;
  state: string | null;
  /** Null where it was denied. */
  code: string | null;
}

/**
 * Allows what a client asks for, to these servers. Undefined where it was answered before or is too old; throws, with the
 * request left as it was, where a server is none of those asked for, or is not there.
 */
export async function allowRequest(
  db: Kysely<Database>,
  {
    id,
    access,
    by,
    servers,
    now,
  }: { id: string; access: Access; by: Author; servers: readonly string[]; now: Date },
): Promise<Answered | undefined> {
  try {
    return await db.transaction().execute(async (trx) => {
      const request = await takeRequest(trx, id, now);
      if (request === undefined) return undefined;
      const wanted = request.server_name === null ? named(servers) : [request.server_name];
      const rows = await trx
        .selectFrom('servers')
        .select(['rid', 'qualified_name'])
        .where('qualified_name', 'in', wanted)
        .execute();
      if (rows.length !== wanted.length) throw serverNotFound();
      const code = await addGrant(trx, {
        userId: access.userId,
        keyId: outlivesSessions(access, now) ? access.keyId : null,
        clientId: request.client_id,
        redirectUri: request.redirect_uri,
        codeChallenge: request.code_challenge,
        servers: rows,
        now,
      });
      const names = rows.map(({ qualified_name }) => qualified_name).toSorted();
      await writeDown(trx, {
        action: 'client.allow',
        by,
        now,
        target: await clientName(trx, request.client_id),
        concerns: [access.userId],
        changes: [{ field: 'servers', before: null, after: names }],
      });
      return { redirectUri: request.redirect_uri, state: request.state, code };
    });
  } catch (error) {
    // Deleted in between.
    if (isForeignKeyViolation(error)) throw serverNotFound();
    throw error;
  }
}

/** Denies what a client asks for. Undefined where it was answered before or is too old. */
export async function denyRequest(
  db: Kysely<Database>,
  { id, by, now }: { id: string; by: Author; now: Date },
): Promise<Answered | undefined> {
  return db.transaction().execute(async (trx) => {
    const request = await takeRequest(trx, id, now);
    if (request === undefined) return undefined;
    const target = await clientName(trx, request.client_id);
    await writeDown(trx, { action: 'client.allow', by, now, target, concerns: [], outcome: 'refused' });
    return { redirectUri: request.redirect_uri, state: request.state, code: null };
  });
}

/** The clients that may call servers for this user now, the newest first. */
export async function listGrants(
  db: Kysely<Database>,
  { userId, now }: { userId: string; now: Date },
): Promise<ConnectedClient[]> {
  const at = now.toISOString();
  const grants = await db
    .selectFrom('oauth_grants')
    .innerJoin('oauth_clients', 'oauth_clients.id', 'oauth_grants.client_id')
    .select([
      'oauth_grants.id as grant_id',
      'oauth_clients.id',
      'oauth_clients.kind',
      'oauth_clients.name',
      'oauth_grants.redirect_uri',
      'oauth_grants.created_at',
      'oauth_grants.used_at',
    ])
    .where('oauth_grants.user_id', '=', userId)
    .where((e) =>
      e.exists(
        e
          .selectFrom('oauth_tokens')
          .select('hash')
          .whereRef('oauth_tokens.grant_id', '=', 'oauth_grants.id')
          .where('oauth_tokens.expires_at', '>', at)
          .where('oauth_tokens.used_at', 'is', null),
      ),
    )
    .orderBy('oauth_grants.created_at', 'desc')
    .orderBy('oauth_grants.id')
    .execute();
  const servers = await db
    .selectFrom('oauth_grant_servers')
    .innerJoin('oauth_grants', 'oauth_grants.id', 'oauth_grant_servers.grant_id')
    .innerJoin('servers', (join) =>
      join
        .onRef('servers.rid', '=', 'oauth_grant_servers.server_rid')
        .onRef('servers.qualified_name', '=', 'oauth_grant_servers.qualified_name'),
    )
    .select(['oauth_grant_servers.grant_id', 'servers.qualified_name'])
    .where('oauth_grants.user_id', '=', userId)
    .orderBy('servers.qualified_name')
    .execute();
  return grants.map((row) => ({
    id: row.grant_id,
    client: { name: row.name, verifiedHost: verifiedHost(row), redirectTo: redirectPlace(row.redirect_uri) },
    servers: servers
      .filter(({ grant_id }) => grant_id === row.grant_id)
      .map(({ qualified_name }) => qualified_name),
    allowedAt: row.created_at,
    usedAt: row.used_at,
  }));
}

async function takeRequest(db: Kysely<Database>, id: string, now: Date) {
  return db
    .deleteFrom('oauth_requests')
    .where('hash', '=', hashToken(id))
    .where('expires_at', '>', now.toISOString())
    .returningAll()
    .executeTakeFirst();
}

async function ownServers(db: Kysely<Database>, access: Access): Promise<string[]> {
  const rows = await db
    .selectFrom('servers')
    .select('qualified_name')
    .where((eb) => isOwnedBy(eb, access))
    .orderBy('qualified_name')
    .limit(MAX_CHOICES)
    .execute();
  return rows.map(({ qualified_name }) => qualified_name);
}

function named(servers: readonly string[]): string[] {
  const names = servers.map(parseQualifiedName);
  if (names.length === 0 || names.includes(undefined)) {
    throw wrongField('servers', 'must name at least one server');
  }
  return [...new Set(names.flatMap((name) => (name === undefined ? [] : [formatQualifiedName(name)])))];
}

function outlivesSessions({ expiresAt }: Access, now: Date): boolean {
  return expiresAt === null || expiresAt.getTime() - now.getTime() > SESSION_KEY_MS;
}

// Whoever has the document of this id on that host.
function verifiedHost({ id, kind }: { id: string; kind: 'registered' | 'document' }): string | null {
  return kind === 'document' ? new URL(id).host : null;
}
