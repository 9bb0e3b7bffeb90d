import type { Kysely } from 'kysely';
import type { NameHoldRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import type { Scope } from '#registry/access/access.ts';
import { RegistryError } from '#registry/http/registry-error.ts';

/** A name and what it names: the same text may name a namespace and a server. */
export type Name = Pick<NameHoldRow, 'kind' | 'name'>;

const WORDS = { namespace: 'Namespace', server: 'Server', subdomain: 'Subdomain' } as const;

/** The refusal of a name that is held for somebody else. */
class NameHeld extends RegistryError {
  constructor({ kind, name, until }: Omit<NameHoldRow, 'moved_to'>) {
    super(
      403,
      `${WORDS[kind]} name "${name}" is held for its former owner: choose another, or wait until it becomes free on ${until}`,
    );
  }
}

/**
 * Keeps names for their former owner. Does nothing where holds last no time at all. Belongs into the transaction
 * that gives the names up.
 */
export async function holdNames(
  trx: Kysely<Database>,
  names: readonly (Name & { movedTo?: string })[],
  { ownerId, now, holdMs }: { ownerId: string; now: Date; holdMs: number },
): Promise<void> {
  if (holdMs <= 0 || names.length === 0) return;
  const until = new Date(now.getTime() + holdMs).toISOString();
  await trx
    .insertInto('name_holds')
    .values(
      names.map(({ kind, name, movedTo }) => ({
        kind,
        name,
        owner_id: ownerId,
        until,
        moved_to: movedTo ?? null,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['kind', 'name']).doUpdateSet((eb) => ({
        owner_id: eb.ref('excluded.owner_id'),
        until: eb.ref('excluded.until'),
        moved_to: eb.ref('excluded.moved_to'),
      })),
    )
    .execute();
}

/**
 * Ends the hold of a name that was taken just now, in the same transaction. Throws a 403 that says when it becomes
 * free where it is held for somebody out of this scope: the transaction then takes back what it did.
 */
export async function takeName(
  trx: Kysely<Database>,
  { kind, name }: Name,
  { ownerIds, now }: Pick<Scope, 'ownerIds'> & { now: Date },
): Promise<void> {
  // Looked at after the name was taken: whoever gave it up at this moment has written the hold by now.
  const hold = await trx
    .selectFrom('name_holds')
    .select(['kind', 'name', 'owner_id', 'until'])
    .where('kind', '=', kind)
    .where('name', '=', name)
    .executeTakeFirst();
  if (hold === undefined) return;
  if (hold.until > now.toISOString() && !ownerIds.includes(hold.owner_id)) throw new NameHeld(hold);
  await trx.deleteFrom('name_holds').where('kind', '=', kind).where('name', '=', name).execute();
}

/** Lets every note that leads to a server lead to its new name, or nowhere once it is deleted. */
export async function redirectNotes(
  trx: Kysely<Database>,
  { from, to }: { from: string; to: string | null },
): Promise<void> {
  await trx.updateTable('name_holds').set({ moved_to: to }).where('moved_to', '=', from).execute();
}

/** The qualified name that the server once of this name has now; undefined where it was not transferred. */
export async function findMovedName(
  db: Kysely<Database>,
  qualifiedName: string,
  now: Date,
): Promise<string | undefined> {
  const hold = await db
    .selectFrom('name_holds')
    .select('moved_to')
    .where('kind', '=', 'server')
    .where('name', '=', qualifiedName)
    .where('until', '>', now.toISOString())
    .executeTakeFirst();
  return hold?.moved_to ?? undefined;
}

/** Forgets the holds that ended. */
export async function forgetEndedHolds(db: Kysely<Database>, now: Date): Promise<void> {
  await db.deleteFrom('name_holds').where('until', '<=', now.toISOString()).execute();
}
