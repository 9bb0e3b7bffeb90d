import type { Kysely } from 'kysely';
import type { OrganizationMemberRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { addOwner, findEnabledOwner, findOwner, PeopleError } from './people-store.ts';

type Role = OrganizationMemberRow['role'];

/** An organization and who belongs to it. */
export interface Organization {
  id: string;
  name: string;
  created_at: string;
  disabled_at: string | null;
  members: { user: string; role: Role }[];
}

/** Makes an organization, with its first admin where one is named. Throws PeopleError where that cannot be. */
export async function addOrganization(
  db: Kysely<Database>,
  { id, name, admin, now }: { id: string; name: string; admin: string | null; now: Date },
): Promise<Organization> {
  return db.transaction().execute(async (trx) => {
    await addOwner(trx, { id, name, kind: 'organization', now });
    if (admin !== null) await setMember(trx, { organization: name, user: admin, role: 'admin', now });
    return findOrganization(trx, name);
  });
}

/** Every organization, by name, or the one of this name alone. */
export async function listOrganizations(db: Kysely<Database>, name?: string): Promise<Organization[]> {
  const all = db
    .selectFrom('users')
    .select(['id', 'name', 'created_at', 'disabled_at'])
    .where('kind', '=', 'organization')
    .orderBy('name');
  const organizations = await (name === undefined ? all : all.where('name', '=', name)).execute();
  const members = await db
    .selectFrom('organization_members')
    .innerJoin('users', 'users.id', 'organization_members.user_id')
    .select(['organization_id', 'users.name as user', 'role'])
    .orderBy('users.name')
    .execute();
  return organizations.map((organization) => {
    const own = members.filter(({ organization_id }) => organization_id === organization.id);
    return Object.assign(organization, { members: own.map(({ user, role }) => ({ user, role })) });
  });
}

/**
 * Gives a user this role in an organization, or takes them out of it where `role` is null. Throws PeopleError where
 * there is no such user or organization, or nobody to take out.
 */
export async function changeMember(
  db: Kysely<Database>,
  member: { organization: string; user: string; role: Role | null; now: Date },
): Promise<Organization> {
  return db.transaction().execute(async (trx) => {
    if (member.role === null) await removeMember(trx, member);
    else await setMember(trx, { ...member, role: member.role });
    return findOrganization(trx, member.organization);
  });
}

async function setMember(
  db: Kysely<Database>,
  { organization, user, role, now }: { organization: string; user: string; role: Role; now: Date },
): Promise<void> {
  const { id: organizationId } = await findOrganization(db, organization);
  const found = await findEnabledOwner(db, user);
  if (found.kind !== 'user') throw new PeopleError(`${user} is an organization: only users can be members.`);
  await db
    .insertInto('organization_members')
    .values({ organization_id: organizationId, user_id: found.id, role, created_at: now.toISOString() })
    .onConflict((conflict) => conflict.columns(['organization_id', 'user_id']).doUpdateSet({ role }))
    .execute();
}

async function removeMember(
  db: Kysely<Database>,
  { organization, user }: { organization: string; user: string },
): Promise<void> {
  const { id: organizationId } = await findOrganization(db, organization);
  const { id: userId } = await findOwner(db, user);
  const removed = await db
    .deleteFrom('organization_members')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .returning('user_id')
    .executeTakeFirst();
  if (removed === undefined) throw new PeopleError(`${user} is no member of ${organization}.`);
}

async function findOrganization(db: Kysely<Database>, name: string): Promise<Organization> {
  const [organization] = await listOrganizations(db, name);
  if (organization === undefined) {
    throw new PeopleError(`There is no organization ${JSON.stringify(name)}. See: touchmark org list`);
  }
  return organization;
}
