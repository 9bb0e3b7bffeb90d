import type { Kysely, Selectable } from 'kysely';
import type { UserRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { FIRST_USER } from '#registry/access/key-store.ts';
import { writeDown } from '#registry/audit/audit-log.ts';
import { OPERATOR, type Author } from '#registry/audit/author.ts';
import { ownerNameProblem } from '#registry/names/name-rules.ts';

/** Why a change to people cannot be made: one line for the person who asked. */
export class PeopleError extends Error {
  override name = 'PeopleError';
}

/** A user or an organization. */
export type Owner = Selectable<UserRow>;

interface NewOwner {
  id: string;
  name: string;
  kind: Owner['kind'];
  now: Date;
}

/** Makes a user. Throws PeopleError where the name is taken or none. */
export async function addUser(
  db: Kysely<Database>,
  { by = OPERATOR, ...user }: Omit<NewOwner, 'kind'> & { by?: Author },
): Promise<Owner> {
  return db.transaction().execute(async (trx) => {
    const added = await insertOwner(trx, { ...user, kind: 'user' });
    const { name: target, now } = user;
    await writeDown(trx, { action: 'user.create', by, now, target, concerns: [added.id] });
    return added;
  });
}

/** Makes a user or an organization, within a transaction that writes it down. Throws PeopleError as `addUser`. */
export async function insertOwner(db: Kysely<Database>, { id, name, kind, now }: NewOwner): Promise<Owner> {
  const problem = ownerNameProblem(name);
  if (problem !== undefined) throw new PeopleError(`${problem}.`);
  const added = await db
    .insertInto('users')
    .values({ id, name, kind, created_at: now.toISOString() })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (added !== undefined) return added;
  const taken = await findOwner(db, name);
  throw new PeopleError(`The name ${name} is taken by ${aKindOf(taken)}. Choose another.`);
}

/** The user or organization of this name. Throws PeopleError where there is none. */
export async function findOwner(db: Kysely<Database>, name: string): Promise<Owner> {
  const owner = await db.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst();
  if (owner === undefined) {
    throw new PeopleError(
      `There is no user ${JSON.stringify(name)}. See: touchmark user list, touchmark org list`,
    );
  }
  return owner;
}

/** As `findOwner`, where nothing may be done for one that is disabled. */
export async function findEnabledOwner(db: Kysely<Database>, name: string): Promise<Owner> {
  const owner = await findOwner(db, name);
  if (owner.disabled_at !== null) throw new PeopleError(`${name} is disabled since ${owner.disabled_at}.`);
  return owner;
}

/** What a user or organization holds. */
export interface Holdings {
  /** Not expired. */
  keys: number;
  namespaces: number;
}

/** Every user, by name, with what they hold now. */
export async function listUsers(db: Kysely<Database>, now: Date): Promise<(Owner & Holdings)[]> {
  return ownersWithHoldings(db, now).where('kind', '=', 'user').orderBy('name').execute();
}

/**
 * Ends every key of a user or organization, and the service tokens made with them, at once; what they own stays.
 * Throws PeopleError where there is none, or it is the desk's own user.
 */
export async function disableOwner(
  db: Kysely<Database>,
  { name, by = OPERATOR, now }: { name: string; by?: Author; now: Date },
): Promise<Owner & Holdings> {
  if (name === FIRST_USER) {
    throw new PeopleError(
      `The user ${name} cannot be disabled: sign-in links are made for it. Revoke its keys: touchmark key list ${name}`,
    );
  }
  return db.transaction().execute(async (trx) => {
    const owner = await findEnabledOwner(trx, name);
    const disabled_at = now.toISOString();
    await trx.updateTable('users').set({ disabled_at }).where('id', '=', owner.id).execute();
    const changes = [{ field: 'disabled', before: false, after: true }];
    const concerns = [owner.id];
    await writeDown(trx, { action: 'user.change', by, now, target: name, concerns, changes });
    return ownersWithHoldings(trx, now).where('users.id', '=', owner.id).executeTakeFirstOrThrow();
  });
}

/** Lets a user see what everybody did, or no more. Throws PeopleError where there is no such user. */
export async function setAdmin(
  db: Kysely<Database>,
  { name, isAdmin, by = OPERATOR, now }: { name: string; isAdmin: boolean; by?: Author; now: Date },
): Promise<Owner> {
  return db.transaction().execute(async (trx) => {
    const owner = await (isAdmin ? findEnabledOwner : findOwner)(trx, name);
    if (owner.kind !== 'user')
      throw new PeopleError(`${name} is an organization: only users can be administrators.`);
    const is_admin = Number(isAdmin);
    if (owner.is_admin === is_admin) return owner;
    await trx.updateTable('users').set({ is_admin }).where('id', '=', owner.id).execute();
    const changes = [{ field: 'admin', before: owner.is_admin === 1, after: isAdmin }];
    await writeDown(trx, { action: 'user.change', by, now, target: name, concerns: [owner.id], changes });
    return { ...owner, is_admin };
  });
}

function ownersWithHoldings(db: Kysely<Database>, now: Date) {
  return db
    .selectFrom('users')
    .selectAll('users')
    .select((eb) => [
      eb
        .selectFrom('api_keys')
        .select((of) => of.fn.countAll<number>().as('count'))
        .whereRef('api_keys.user_id', '=', 'users.id')
        .where((of) => of.or([of('expires_at', 'is', null), of('expires_at', '>', now.toISOString())]))
        .$asScalar()
        .$notNull()
        .as('keys'),
      eb
        .selectFrom('namespaces')
        .select((of) => of.fn.countAll<number>().as('count'))
        .whereRef('namespaces.owner_id', '=', 'users.id')
        .$asScalar()
        .$notNull()
        .as('namespaces'),
    ]);
}

function aKindOf({ kind, disabled_at: disabledAt }: Owner): string {
  const noun = kind === 'user' ? 'user' : 'organization';
  return disabledAt === null ? `${kind === 'user' ? 'a' : 'an'} ${noun}` : `a disabled ${noun}`;
}
