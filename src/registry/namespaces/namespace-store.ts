import type { Kysely } from 'kysely';
import { isForeignKeyViolation } from '#database/engine.ts';
import type { NamespaceRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import type { Scope } from '#registry/access/access.ts';
import { writeDown } from '#registry/audit/audit-log.ts';
import type { Author } from '#registry/audit/author.ts';
import { RegistryError } from '#registry/http/registry-error.ts';
import { holdNames, takeName } from '#registry/names/name-holds.ts';
import { deleteSkillsOf } from '#registry/skills/skill-store.ts';

/**
 * Makes a namespace for this owner, or finds the one that is there: look at its owner. Throws a 403 where the name is
 * held for somebody out of this scope.
 */
export async function createNamespace(
  db: Kysely<Database>,
  {
    name,
    ownerId,
    scope,
    by,
    now,
  }: { name: string; ownerId: string; scope: Pick<Scope, 'ownerIds'>; by: Author; now: Date },
): Promise<NamespaceRow & { isNew: boolean }> {
  return db.transaction().execute(async (trx) => {
    const inserted = await trx
      .insertInto('namespaces')
      .values({ name, owner_id: ownerId, created_at: now.toISOString() })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst();
    if (inserted !== undefined) {
      await takeName(trx, { kind: 'namespace', name }, { ownerIds: scope.ownerIds, now });
      const concerns = [ownerId];
      await writeDown(trx, { action: 'namespace.create', by, now, target: name, namespace: name, concerns });
      return { ...inserted, isNew: true };
    }
    const found = await trx
      .selectFrom('namespaces')
      .selectAll()
      .where('name', '=', name)
      .executeTakeFirstOrThrow();
    return { ...found, isNew: false };
  });
}

/**
 * Deletes a namespace of this owner, with its skills, and holds its name. Returns false, and leaves all as it is, where
 * there is a server in it. Throws a 404 where it is gone.
 */
export async function deleteNamespace(
  db: Kysely<Database>,
  {
    name,
    ownerId,
    by,
    now,
    holdMs,
  }: { name: string; ownerId: string; by: Author; now: Date; holdMs: number },
): Promise<boolean> {
  try {
    return await db.transaction().execute(async (trx) => {
      const server = await trx
        .selectFrom('servers')
        .select('rid')
        .where('namespace', '=', name)
        .limit(1)
        .executeTakeFirst();
      if (server !== undefined) return false;
      const skills = await deleteSkillsOf(trx, name);
      const deleted = await trx
        .deleteFrom('namespaces')
        .where('name', '=', name)
        .where('owner_id', '=', ownerId)
        .returning('name')
        .executeTakeFirst();
      if (deleted === undefined) throw new RegistryError(404, 'Namespace not found');
      await holdNames(trx, [{ kind: 'namespace', name }], { ownerId, now, holdMs });
      await writeDown(trx, {
        action: 'namespace.delete',
        by,
        now,
        target: name,
        namespace: name,
        concerns: [ownerId],
        changes: skills === 0 ? [] : [{ field: 'skills', before: skills, after: 0 }],
      });
      return true;
    });
  } catch (error) {
    // A server was made in it at this very moment.
    if (isForeignKeyViolation(error)) return false;
    throw error;
  }
}

/** All namespaces within this scope, by name, and since when they are their owner's. */
export async function namespacesOf(
  db: Kysely<Database>,
  { ownerIds, namespaces }: Scope,
): Promise<{ name: string; since: string }[]> {
  let query = db
    .selectFrom('namespaces')
    .select(['name', 'created_at as since'])
    .where('owner_id', 'in', ownerIds);
  if (namespaces !== null) query = query.where('name', 'in', namespaces);
  return query.orderBy('name').execute();
}
