import type { Kysely } from 'kysely';
import type { OAuthClientRow } from '#database/oauth-tables.ts';
import type { Database } from '#database/schema.ts';

// Unauthenticated programs write here: so many that no owner ever allowed anything are kept, the newest.
const MAX_UNUSED = 5000;

/** A client as it is kept. */
export interface OAuthClient extends Pick<OAuthClientRow, 'id' | 'kind' | 'name'> {
  redirectUris: string[];
  createdAt: Date;
}

/** The client of this id; undefined where none is known. */
export async function findClient(db: Kysely<Database>, id: string): Promise<OAuthClient | undefined> {
  const row = await db.selectFrom('oauth_clients').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    redirectUris: JSON.parse(row.redirect_uris) as string[],
    createdAt: new Date(row.created_at),
  };
}

/** Keeps a client, in place of what was known of it. */
export async function keepClient(
  db: Kysely<Database>,
  { id, kind, name, redirectUris, createdAt }: OAuthClient,
): Promise<void> {
  const told = { name, redirect_uris: JSON.stringify(redirectUris), created_at: createdAt.toISOString() };
  await db
    .insertInto('oauth_clients')
    .values({ id, kind, ...told })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(told))
    .execute();
}

/** Forgets clients that no owner allowed anything and that are older than this, and the oldest of too many. */
export async function forgetUnusedClients(
  db: Kysely<Database>,
  { neverUsedSince, notUsedSince }: { neverUsedSince: Date; notUsedSince: Date },
): Promise<void> {
  const newest = await db
    .selectFrom('oauth_clients')
    .select('created_at')
    .where('used_at', 'is', null)
    .orderBy('created_at', 'desc')
    .offset(MAX_UNUSED)
    .limit(1)
    .executeTakeFirst();
  const since = neverUsedSince.toISOString();
  const least = newest !== undefined && newest.created_at > since ? newest.created_at : since;
  await db
    .deleteFrom('oauth_clients')
    .where((e) =>
      e.or([
        e.and([e('used_at', 'is', null), e('created_at', '<=', least)]),
        e('used_at', '<=', notUsedSince.toISOString()),
      ]),
    )
    .where((e) =>
      e.not(
        e.exists(
          e
            .selectFrom('oauth_grants')
            .select('id')
            .whereRef('oauth_grants.client_id', '=', 'oauth_clients.id'),
        ),
      ),
    )
    .execute();
}
