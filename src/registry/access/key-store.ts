import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { FieldChange } from '#contract/activity.ts';
import type { ApiKeyRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { writeDown } from '#registry/audit/audit-log.ts';
import { OPERATOR, REGISTRY_ITSELF, type Author } from '#registry/audit/author.ts';
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
      const userId = inserted.id;
      const by = REGISTRY_ITSELF;
      await writeDown(trx, { action: 'user.create', by, now, target: FIRST_USER, concerns: [userId] });
      const apiKey = await addKey(trx, { userId, label: 'First key', expiresAt: null, now, by });
      return { userId, apiKey };
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
  /** Who runs the desk, unless another is named. */
  by?: Author;
}

/** Makes a key for a user and returns it; only its hash is stored, so this is the one time it can be seen. */
export async function mintKey(db: Kysely<Database>, key: NewKey): Promise<string> {
  return db.transaction().execute(async (trx) => addKey(trx, key));
}

/** As `mintKey`, for a session: that is written down itself, with the id of this key. */
export async function mintSessionKey(db: Kysely<Database>, key: Omit<NewKey, 'by'>): Promise<string> {
  return insertKey(db, { ...key, id: randomUUID() });
}

async function addKey(
  trx: Kysely<Database>,
  { id = randomUUID(), by = OPERATOR, ...key }: NewKey,
): Promise<string> {
  const apiKey = await insertKey(trx, { ...key, id });
  const { userId, label, expiresAt, now } = key;
  const owner = await trx
    .selectFrom('users')
    .select('name')
    .where('id', '=', userId)
    .executeTakeFirstOrThrow();
  const changes = [
    { field: 'key', before: null, after: { id, label } },
    { field: 'expiresAt', before: null, after: expiresAt?.toISOString() ?? null },
  ];
  await writeDown(trx, { action: 'key.create', by, now, target: owner.name, concerns: [userId], changes });
  return apiKey;
}

async function insertKey(
  db: Kysely<Database>,
  { id, userId, label, expiresAt, now }: Omit<NewKey, 'id'> & { id: string },
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

/** Ends the key of a session, which is written down itself, at once, leaving nothing of it. Does nothing for one that is unknown. */
export async function revokeKey(db: Kysely<Database>, apiKey: string): Promise<void> {
  await db.deleteFrom('api_keys').where('hash', '=', hashKey(apiKey)).execute();
}

/** What may be shown of a key. */
export interface ListedKey extends Pick<
  ApiKeyRow,
  'id' | 'label' | 'created_at' | 'expires_at' | 'last_used_at'
> {
  /** The name of the user or organization whose key it is. */
  user: string;
  userId: string;
}

/** The keys of this user, or of everybody, in the order in which they were made. */
export async function listKeys(db: Kysely<Database>, userId?: string): Promise<ListedKey[]> {
  const query = db
    .selectFrom('api_keys')
    .innerJoin('users', 'users.id', 'api_keys.user_id')
    .select(['api_keys.id', 'label', 'users.name as user', 'api_keys.user_id as userId'])
    .select(['api_keys.created_at', 'expires_at', 'last_used_at'])
    .orderBy('api_keys.created_at')
    .orderBy('api_keys.id');
  return (userId === undefined ? query : query.where('user_id', '=', userId)).execute();
}

/** Ends the key of this id at once, where it is this user's or nobody is named. Returns what it was. */
export async function endKey(
  db: Kysely<Database>,
  { id, userId, by = OPERATOR, now }: { id: string; userId?: string; by?: Author; now: Date },
): Promise<ListedKey | undefined> {
  return db.transaction().execute(async (trx) => {
    const key = (await listKeys(trx, userId)).find((listed) => listed.id === id);
    if (key === undefined) return undefined;
    const clients = await countClients(trx, id);
    await trx.deleteFrom('api_keys').where('id', '=', id).execute();
    const changes: FieldChange[] = [{ field: 'key', before: { id, label: key.label }, after: null }];
    // They go by cascade.
    if (clients > 0) changes.push({ field: 'clients', before: clients, after: 0 });
    const concerns = [key.userId];
    await writeDown(trx, { action: 'key.delete', by, now, target: key.user, concerns, changes });
    return key;
  });
}

async function countClients(trx: Kysely<Database>, keyId: string): Promise<number> {
  const { count } = await trx
    .selectFrom('oauth_grants')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('key_id', '=', keyId)
    .executeTakeFirstOrThrow();
  return count;
}
