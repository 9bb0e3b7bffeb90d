import { sql, type Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import type { FieldChange } from '#contract/activity.ts';
import { writeDown } from '#registry/audit/audit-log.ts';
import { OPERATOR, type Author } from '#registry/audit/author.ts';
import { DEFAULT_QUOTAS, type QuotaKind, type Quotas } from './quota-kinds.ts';

/** What an owner may have: as everybody, but for what was set for them. */
export async function findQuotas(
  db: Kysely<Database>,
  ownerId: string,
  defaults: Quotas = DEFAULT_QUOTAS,
): Promise<Quotas> {
  const rows = await db
    .selectFrom('owner_quotas')
    .select(['kind', 'amount'])
    .where('owner_id', '=', ownerId)
    .execute();
  return { ...defaults, ...Object.fromEntries(rows.map(({ kind, amount }) => [kind, amount])) };
}

/** Sets what an owner may have; null gives them again what everybody has. */
export async function setQuotas(
  db: Kysely<Database>,
  {
    ownerId,
    changes,
    by = OPERATOR,
    now,
  }: { ownerId: string; changes: Partial<Record<QuotaKind, number | null>>; by?: Author; now: Date },
): Promise<void> {
  if (Object.keys(changes).length === 0) return;
  await db.transaction().execute(async (trx) => {
    const told: FieldChange[] = [];
    for (const [kind, amount] of Object.entries(changes) as [QuotaKind, number | null][]) {
      const before = await trx
        .deleteFrom('owner_quotas')
        .where('owner_id', '=', ownerId)
        .where('kind', '=', kind)
        .returning('amount')
        .executeTakeFirst();
      if ((before?.amount ?? null) !== amount) {
        told.push({ field: `quota.${kind}`, before: before?.amount ?? null, after: amount });
      }
      if (amount === null) continue;
      await trx.insertInto('owner_quotas').values({ owner_id: ownerId, kind, amount }).execute();
    }
    if (told.length === 0) return;
    const { name: target } = await trx
      .selectFrom('users')
      .select('name')
      .where('id', '=', ownerId)
      .executeTakeFirstOrThrow();
    const concerns = [ownerId];
    await writeDown(trx, { action: 'user.change', by, now, target, concerns, changes: told });
  });
}

/** How many servers an owner has, in all their namespaces. */
export async function countServers(db: Kysely<Database>, ownerId: string): Promise<number> {
  const { count } = await db
    .selectFrom('servers')
    .innerJoin('namespaces', 'namespaces.name', 'servers.namespace')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('namespaces.owner_id', '=', ownerId)
    .executeTakeFirstOrThrow();
  return count;
}

/** What the bundles weigh that are kept of an owner's releases and skills, in bytes, one that is kept twice twice. */
export async function sumBundles(db: Kysely<Database>, ownerId: string): Promise<number> {
  const releases = await db
    .selectFrom('releases')
    .innerJoin('servers', 'servers.rid', 'releases.server_rid')
    .innerJoin('namespaces', 'namespaces.name', 'servers.namespace')
    .select(sql<number>`coalesce(sum(releases.bundle_size), 0)`.as('bytes'))
    .where('namespaces.owner_id', '=', ownerId)
    .where('releases.bundle_hash', 'is not', null)
    .executeTakeFirstOrThrow();
  const skills = await db
    .selectFrom('skills')
    .innerJoin('namespaces', 'namespaces.name', 'skills.namespace')
    .select(sql<number>`coalesce(sum(skills.bundle_size), 0)`.as('bytes'))
    .where('namespaces.owner_id', '=', ownerId)
    .where('skills.bundle_hash', 'is not', null)
    .executeTakeFirstOrThrow();
  return releases.bytes + skills.bytes;
}
