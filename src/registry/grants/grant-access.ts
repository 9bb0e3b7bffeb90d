import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { hashToken } from '#platform/sealing.ts';

// How fresh `used_at` is kept: a write a call would cost more than it tells.
const USED_EVERY_MS = 60_000;

/** What a connected client may do. */
interface Grant {
  id: string;
  /** Who allowed it. */
  userId: string;
  /** The names of the servers that it may call. */
  callable: string[];
  /** When the token ends. */
  expiresAt: Date;
}

/**
 * What this access token of a connected client stands for: its servers are those that are still there under the name they
 * had. Undefined where it is no valid token, or not any more.
 */
export async function findGrant(db: Kysely<Database>, token: string, now: Date): Promise<Grant | undefined> {
  const at = now.toISOString();
  const grant = await db
    .selectFrom('oauth_tokens')
    .innerJoin('oauth_grants', 'oauth_grants.id', 'oauth_tokens.grant_id')
    .innerJoin('users', 'users.id', 'oauth_grants.user_id')
    .leftJoin('api_keys', 'api_keys.id', 'oauth_grants.key_id')
    .select([
      'oauth_grants.id',
      'oauth_grants.user_id',
      'oauth_grants.used_at',
      'oauth_tokens.expires_at',
      'api_keys.expires_at as key_ends',
    ])
    .where('oauth_tokens.hash', '=', hashToken(token))
    .where('oauth_tokens.kind', '=', 'access')
    .where('oauth_tokens.expires_at', '>', at)
    .where('users.disabled_at', 'is', null)
    .executeTakeFirst();
  if (grant === undefined || (grant.key_ends !== null && grant.key_ends <= at)) return undefined;
  const servers = await db
    .selectFrom('oauth_grant_servers')
    .innerJoin('servers', (join) =>
      join
        .onRef('servers.rid', '=', 'oauth_grant_servers.server_rid')
        .onRef('servers.qualified_name', '=', 'oauth_grant_servers.qualified_name'),
    )
    .select('servers.qualified_name')
    .where('oauth_grant_servers.grant_id', '=', grant.id)
    .execute();
  if (grant.used_at === null || now.getTime() - Date.parse(grant.used_at) >= USED_EVERY_MS) {
    await db
      .updateTable('oauth_grants')
      .set({ used_at: at })
      .where('id', '=', grant.id)
      .execute()
      // A database that cannot be written to now must not end a client's calls.
      .catch(() => {});
  }
  return {
    id: grant.id,
    userId: grant.user_id,
    callable: servers.map(({ qualified_name }) => qualified_name),
    expiresAt: new Date(grant.expires_at),
  };
}
