import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { generateKey, hashKey, isWellFormedKey } from './key-format.ts';

const FIRST_USER = 'owner';

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
      .values({ id: randomUUID(), name: FIRST_USER, created_at: now.toISOString() })
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

/** Makes a key for a user and returns it; only its hash is stored, so this is the one time it can be seen. */
export async function mintKey(
  db: Kysely<Database>,
  { userId, label, expiresAt, now }: { userId: string; label: string; expiresAt: Date | null; now: Date },
): Promise<string> {
  const apiKey = generateKey();
  await db
    .insertInto('api_keys')
    .values({
      id: randomUUID(),
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

/** The user whose valid key this is, or undefined. */
export async function findUserByKey(
  db: Kysely<Database>,
  apiKey: string,
  now: Date,
): Promise<string | undefined> {
  if (!isWellFormedKey(apiKey)) return undefined;
  const key = await db
    .selectFrom('api_keys')
    .select(['user_id', 'expires_at'])
    .where('hash', '=', hashKey(apiKey))
    .executeTakeFirst();
  if (key === undefined || (key.expires_at !== null && key.expires_at <= now.toISOString())) return undefined;
  return key.user_id;
}
