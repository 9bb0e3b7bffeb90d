import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { offsetOf, type PageRequest } from '#registry/http/pagination.ts';

export interface NamespaceSearch extends PageRequest {
  /** The only namespaces that the asker may see; null: all. */
  names: readonly string[] | null;
  /** What names begin with. */
  prefix?: string | undefined;
  ownerId?: string | undefined;
  /** Whether they hold a listed server. */
  hasServers?: boolean | undefined;
  /** Whether they hold a listed skill. */
  hasSkills?: boolean | undefined;
}

/** One page of everybody's namespaces, sorted by name, and how many there are. */
export async function searchNamespaces(
  db: Kysely<Database>,
  search: NamespaceSearch,
): Promise<{ names: string[]; totalCount: number }> {
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

function matchingNamespaces(
  db: Kysely<Database>,
  { names, prefix, ownerId, hasServers, hasSkills }: NamespaceSearch,
) {
  let query = db.selectFrom('namespaces');
  if (names !== null) query = query.where('name', 'in', names);
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
  if (hasSkills !== undefined) {
    query = query.where((eb) => {
      const listed = eb.exists(
        eb
          .selectFrom('skills')
          .select('skills.rid')
          .whereRef('skills.namespace', '=', 'namespaces.name')
          .where('skills.listed', '=', 1),
      );
      return hasSkills ? listed : eb.not(listed);
    });
  }
  return query;
}
