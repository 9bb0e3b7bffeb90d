import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { ApiKeyRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { generateKey, hashKey } from './key-format.ts';

/** The user of the desk itself, for whom its sign-in links are made. */
export const FIRST_USER = 'owner';

/**
 * The registry's first user. Where there is none yet, it is made together with its first key, which is returned
 * this one time; otherwise `apiKey` is null.
 */
export async function ensureOwner(
  db: Kysely<Database>,
  now: Date,
): Promise<{ userId: string; apiKey: string | null }> {
  return db.transaction().execute(async (trx) => {
    const inserted = await trx
      .insertInto('users')
      .values({ id: randomUUID(), name: FIRST_USER, created_at: now.toISOString(), is_admin: 1 })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    if (inserted !== undefined) {
      const apiKey = await mintKey(trx, { userId: inserted.id, label: 'First key', expiresAt: null, now });
      return { userId: inserted.id, apiKey };
    }
    const owner = await trx
      .selectFrom('users')
      .select('id')
      .where('name', '=', FIRST_USER)
      .executeTakeFirstOrThrow();
    return { userId: owner.id, apiKey: null };
  });
}

/** A key as it is to be. */
export interface NewKey {
  /** A fresh UUID where it is left out. */
  id?: string;
  userId: string;
  label: string;
  expiresAt: Date | null;
  now: Date;
}

/** Makes a key for a user and returns it; only its hash is stored, so this is the one time it can be seen. */
export async function mintKey(
  db: Kysely<Database>,
  { id = randomUUID(), userId, label, expiresAt, now }: NewKey,
): Promise<string> {
  const apiKey = generateKey();
  await db
    .insertInto('api_keys')
    .values({
      id,
      user_id: userId,
      hash: hashKey(apiKey),
      label,
      created_at: now.toISOString(),
      expires_at: expiresAt?.toISOString() ?? null,
    })
    .execute();
  return apiKey;
}

/** Ends a key at once, leaving nothing of it. Does nothing for one that is unknown. */
export async function revokeKey(db: Kysely<Database>, apiKey: string): Promise<void> {
  await db.deleteFrom('api_keys').where('hash', '=', hashKey(apiKey)).execute();
}

/** What may be shown of a key. */
export interface ListedKey extends Pick<ApiKeyRow, 'id' | 'label' | 'created_at' | 'expires_at'> {
  /** The name of the user or organization whose key it is. */
  user: string;
}

/** The keys of this user, or of everybody, in the order in which they were made. */
export async function listKeys(db: Kysely<Database>, userId?: string): Promise<ListedKey[]> {
  const query = db
    .selectFrom('api_keys')
    .innerJoin('users', 'users.id', 'api_keys.user_id')
    .select(['api_keys.id', 'label', 'users.name as user', 'api_keys.created_at', 'expires_at'])
    .orderBy('api_keys.created_at')
    .orderBy('api_keys.id');
  return (userId === undefined ? query : query.where('user_id', '=', userId)).execute();
}

/** Ends the key of this id at once, where it is this user's or nobody is named. Returns what it was. */
export async function endKey(
  db: Kysely<Database>,
  { id, userId }: { id: string; userId?: string },
): Promise<ListedKey | undefined> {
  return db.transaction().execute(async (trx) => {
    const key = (await listKeys(trx, userId)).find((listed) => listed.id === id);
    if (key !== undefined) await trx.deleteFrom('api_keys').where('id', '=', id).execute();
    return key;
  });
}
