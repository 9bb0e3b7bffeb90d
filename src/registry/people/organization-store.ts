import type { Kysely } from 'kysely';
import type { OrganizationMemberRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { writeDown } from '#registry/audit/audit-log.ts';
import { OPERATOR, type Author } from '#registry/audit/author.ts';
import { insertOwner, findEnabledOwner, findOwner, PeopleError, type Owner } from './people-store.ts';

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
  {
    id,
    name,
    admin,
    by = OPERATOR,
    now,
  }: { id: string; name: string; admin: string | null; by?: Author; now: Date },
): Promise<Organization> {
  return db.transaction().execute(async (trx) => {
    await insertOwner(trx, { id, name, kind: 'organization', now });
    const first =
      admin === null ? null : await setMember(trx, { organization: name, user: admin, role: 'admin', now });
    await writeDown(trx, {
      action: 'organization.create',
      by,
      now,
      target: name,
      concerns: first === null ? [id] : [id, first.user.id],
      changes: admin === null ? [] : [{ field: 'admin', before: null, after: admin }],
    });
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
  {
    by = OPERATOR,
    ...member
  }: { organization: string; user: string; role: Role | null; by?: Author; now: Date },
): Promise<Organization> {
  return db.transaction().execute(async (trx) => {
    const { role, now } = member;
    const changed = await (role === null ? removeMember(trx, member) : setMember(trx, { ...member, role }));
    if (changed.before !== role) {
      await writeDown(trx, {
        action: role === null ? 'member.remove' : 'member.add',
        by,
        now,
        target: member.organization,
        concerns: [changed.organizationId, changed.user.id],
        changes: [{ field: member.user, before: changed.before, after: role }],
      });
    }
    return findOrganization(trx, member.organization);
  });
}

/** Whom a change of members concerns, and what they were before; null: no member. */
interface ChangedMember {
  organizationId: string;
  user: Owner;
  before: Role | null;
}

async function setMember(
  db: Kysely<Database>,
  { organization, user, role, now }: { organization: string; user: string; role: Role; now: Date },
): Promise<ChangedMember> {
  const { id: organizationId } = await findOrganization(db, organization);
  const found = await findEnabledOwner(db, user);
  if (found.kind !== 'user') throw new PeopleError(`${user} is an organization: only users can be members.`);
  const before = await roleOf(db, { organizationId, userId: found.id });
  await db
    .insertInto('organization_members')
    .values({ organization_id: organizationId, user_id: found.id, role, created_at: now.toISOString() })
    .onConflict((conflict) => conflict.columns(['organization_id', 'user_id']).doUpdateSet({ role }))
    .execute();
  return { organizationId, user: found, before };
}

async function removeMember(
  db: Kysely<Database>,
  { organization, user }: { organization: string; user: string },
): Promise<ChangedMember> {
  const { id: organizationId } = await findOrganization(db, organization);
  const found = await findOwner(db, user);
  const userId = found.id;
  const removed = await db
    .deleteFrom('organization_members')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .returning('role')
    .executeTakeFirst();
  if (removed === undefined) throw new PeopleError(`${user} is no member of ${organization}.`);
  return { organizationId, user: found, before: removed.role };
}

async function roleOf(
  db: Kysely<Database>,
  { organizationId, userId }: { organizationId: string; userId: string },
): Promise<Role | null> {
  const member = await db
    .selectFrom('organization_members')
    .select('role')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return member?.role ?? null;
}

async function findOrganization(db: Kysely<Database>, name: string): Promise<Organization> {
  const [organization] = await listOrganizations(db, name);
  if (organization === undefined) {
    throw new PeopleError(`There is no organization ${JSON.stringify(name)}. See: touchmark org list`);
  }
  return organization;
}
