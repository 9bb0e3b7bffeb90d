import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import type { Access } from './access.ts';
import { hashKey, isWellFormedKey } from './key-format.ts';

/** What this key gives access to, or undefined where it is no valid key of anybody who may use one. */
export async function findAccess(
  db: Kysely<Database>,
  apiKey: string,
  now: Date,
): Promise<Access | undefined> {
  if (!isWellFormedKey(apiKey)) return undefined;
  return accessOf(db, { column: 'api_keys.hash', value: hashKey(apiKey) }, now);
}

/** What the key of this id gives access to, or undefined where it is not valid any more. */
export async function findAccessOfKey(
  db: Kysely<Database>,
  keyId: string,
  now: Date,
): Promise<Access | undefined> {
  return accessOf(db, { column: 'api_keys.id', value: keyId }, now);
}

async function accessOf(
  db: Kysely<Database>,
  key: { column: 'api_keys.hash' | 'api_keys.id'; value: string },
  now: Date,
): Promise<Access | undefined> {
  // One row for each organization of the key's user, or one without any.
  const rows = await db
    .selectFrom('api_keys')
    .innerJoin('users', 'users.id', 'api_keys.user_id')
    .leftJoin('organization_members', 'organization_members.user_id', 'users.id')
    .leftJoin('users as organizations', (join) =>
      join
        .onRef('organizations.id', '=', 'organization_members.organization_id')
        .on('organizations.disabled_at', 'is', null),
    )
    .select([
      'api_keys.id',
      'api_keys.user_id',
      'api_keys.expires_at',
      'api_keys.label',
      'users.name',
      'users.is_admin',
      'organizations.id as organization_id',
      'organization_members.role',
    ])
    .where(key.column, '=', key.value)
    .where('users.disabled_at', 'is', null)
    .execute();
  const [found] = rows;
  if (found === undefined || (found.expires_at !== null && found.expires_at <= now.toISOString())) {
    return undefined;
  }
  const organizations = rows.flatMap(({ organization_id: id, role }) => (id === null ? [] : [{ id, role }]));
  return {
    userId: found.user_id,
    keyId: found.id,
    holder: { userId: found.user_id, name: found.name, keyLabel: found.label },
    isAdmin: found.is_admin === 1,
    ownerIds: [found.user_id, ...organizations.map(({ id }) => id)],
    adminOf: organizations.filter(({ role }) => role === 'admin').map(({ id }) => id),
    namespaces: null,
    organizationId: null,
    byToken: false,
    policy: [],
    expiresAt: found.expires_at === null ? null : new Date(found.expires_at),
  };
}
