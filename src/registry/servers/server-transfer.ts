import type { Kysely } from 'kysely';
import { formatQualifiedName, type QualifiedName } from '#contract/qualified-name.ts';
import { isUniqueViolation } from '#database/engine.ts';
import type { Database } from '#database/schema.ts';
import type { Scope } from '#registry/access/access.ts';
import { writeDown } from '#registry/audit/audit-log.ts';
import type { Author } from '#registry/audit/author.ts';
import { moveVersions } from '#registry/filing/server-versions.ts';
import { refuseGoneNamespace } from '#registry/names/owned-namespace.ts';
import { holdNames, redirectNotes, takeName } from '#registry/names/name-holds.ts';
import { checkServerQuota } from '#registry/quotas/quota-checks.ts';
import type { Quotas } from '#registry/quotas/quota-kinds.ts';
import { updateSearchIndex } from '#registry/search/search-index.ts';
import { followTransfer, rememberServer } from './deleted-servers.ts';
import { isOwnedBy } from './server-ownership.ts';

interface Transfer {
  from: QualifiedName;
  /** In a namespace that exists; whether it is the caller's is checked before. */
  to: QualifiedName;
  scope: Scope;
  by: Author;
  now: Date;
  holdMs: number;
  quotas: Quotas;
}

/**
 * Gives a server within this scope another name, with everything that belongs to it, and holds and remembers the
 * old name with a note of the new one: all of it or nothing. Returns what became of it. Throws a 403 where the new name is held for
 * somebody else, or its owner has as many servers as they may.
 */
export async function transferServer(
  db: Kysely<Database>,
  { from, to, scope, by, now, holdMs, quotas }: Transfer,
): Promise<'moved' | 'missing' | 'taken'> {
  const [old, qualified_name] = [formatQualifiedName(from), formatQualifiedName(to)];
  try {
    return await db.transaction().execute(async (trx) => {
      const owner = await ownerOf(trx, from.namespace);
      const moved = await trx
        .updateTable('servers')
        .set({ namespace: to.namespace, slug: to.server, qualified_name, updated_at: now.toISOString() })
        .where('qualified_name', '=', old)
        .where((eb) => isOwnedBy(eb, scope))
        .returning([
          'rid',
          'id',
          'qualified_name',
          'display_name',
          'description',
          'unlisted',
          'live_release_id',
          'last_number',
        ])
        .executeTakeFirst();
      if (owner === undefined || moved === undefined) return 'missing';
      await takeName(trx, { kind: 'server', name: qualified_name }, { ownerIds: scope.ownerIds, now });
      await redirectNotes(trx, { from: old, to: qualified_name });
      await holdNames(trx, [{ kind: 'server', name: old, movedTo: qualified_name }], {
        ownerId: owner.owner_id,
        now,
        holdMs,
      });
      if (from.namespace !== to.namespace) {
        await checkServerQuota(trx, { namespace: to.namespace, defaults: quotas });
      }
      await followTransfer(trx, { id: moved.id, qualifiedName: qualified_name });
      const remembered = {
        qualifiedName: old,
        ownerId: owner.owner_id,
        movedTo: qualified_name,
        now,
        holdMs,
      };
      const deletedRid = await rememberServer(trx, moved, remembered);
      await moveVersions(trx, { serverRid: moved.rid, to: qualified_name, deletedRid });
      await updateSearchIndex(trx, moved);
      const newOwner = await ownerOf(trx, to.namespace);
      await writeDown(trx, {
        action: 'server.transfer',
        by,
        now,
        target: old,
        targetId: moved.id,
        namespace: from.namespace,
        concerns: [owner.owner_id, newOwner?.owner_id ?? owner.owner_id],
        changes: [{ field: 'qualifiedName', before: old, after: qualified_name }],
      });
      return 'moved';
    });
  } catch (error) {
    if (isUniqueViolation(error)) return 'taken';
    return refuseGoneNamespace(error);
  }
}

async function ownerOf(trx: Kysely<Database>, namespace: string) {
  return trx.selectFrom('namespaces').select('owner_id').where('name', '=', namespace).executeTakeFirst();
}
