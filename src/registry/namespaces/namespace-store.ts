import type { Kysely } from 'kysely';
import type { NamespaceRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { offsetOf, type PageRequest } from '#registry/pagination.ts';

/** The namespace of this name, whoever owns it. */
export async function findNamespace(db: Kysely<Database>, name: string): Promise<NamespaceRow | undefined> {
  return db.selectFrom('namespaces').selectAll().where('name', '=', name).executeTakeFirst();
}

/** Makes a namespace for this user, or finds the one that is there: look at its owner. */
export async function createNamespace(
  db: Kysely<Database>,
  { name, ownerId, now }: { name: string; ownerId: string; now: Date },
): Promise<NamespaceRow> {
  await db
    .insertInto('namespaces')
    .values({ name, owner_id: ownerId, created_at: now.toISOString() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return db.selectFrom('namespaces').selectAll().where('name', '=', name).executeTakeFirstOrThrow();
}

/** The names of all of a user's namespaces, sorted. */
export async function namespacesOf(db: Kysely<Database>, ownerId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('namespaces')
    .select('name')
    .where('owner_id', '=', ownerId)
    .orderBy('name')
    .execute();
  return rows.map(({ name }) => name);
}

export interface NamespaceSearch extends PageRequest {
  /** What names begin with. */
  prefix: string | undefined;
  ownerId: string | undefined;
  /** Whether they hold a listed server. */
  hasServers: boolean | undefined;
  /** This registry keeps no skills: true matches nothing, false everything. */
  hasSkills: boolean | undefined;
}

/** One page of everybody's namespaces, sorted by name, and how many there are. */
export async function searchNamespaces(
  db: Kysely<Database>,
  search: NamespaceSearch,
): Promise<{ names: string[]; totalCount: number }> {
  if (search.hasSkills === true) return { names: [], totalCount: 0 };
  const matching = matchingNamespaces(db, search);
  const { count } = await matching
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  const rows = await matching
    .select('name')
    .orderBy('name')
    .limit(search.pageSize)
    .offset(offsetOf(search))
    .execute();
  return { names: rows.map(({ name }) => name), totalCount: count };
}

function matchingNamespaces(db: Kysely<Database>, { prefix, ownerId, hasServers }: NamespaceSearch) {
  let query = db.selectFrom('namespaces');
  if (prefix !== undefined) {
    query = query.where('name', '>=', prefix).where('name', '<', `${prefix}\u{10FFFF}`);
  }
  if (ownerId !== undefined) query = query.where('owner_id', '=', ownerId);
  if (hasServers !== undefined) {
    query = query.where((eb) => {
      const listed = eb.exists(
        eb
          .selectFrom('servers')
          .select('servers.rid')
          .whereRef('servers.namespace', '=', 'namespaces.name')
          .where('servers.unlisted', '=', 0),
      );
      return hasServers ? listed : eb.not(listed);
    });
  }
  return query;
}
