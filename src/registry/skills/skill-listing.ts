import type { SearchParams } from '#registry/search/search-params.ts';
import type { SkillListResponse } from '@smithery/api/resources/skills';
import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { offsetOf, paginationOf, type PageRequest, type Pagination } from '#registry/http/pagination.ts';
import { shuffled } from '#registry/search/shuffle.ts';
import { passesSkillFilters, type SkillFilters } from './skill-filters.ts';
import { searchSkills } from './skill-search.ts';
import { toListedSkill } from './skill-response.ts';

/** What `GET /skills` was asked for. */
export interface SkillListQuery extends PageRequest, SearchParams {
  fields: (keyof SkillListResponse)[] | undefined;
  filters: SkillFilters;
}

/** One page of the skills that a query asks for. `totalCount` is exact when browsing, at most `topK` when searching. */
export async function listSkills(
  db: Kysely<Database>,
  query: SkillListQuery,
): Promise<{ skills: SkillListResponse[]; pagination: Pagination }> {
  const { rids, totalCount } = await (query.q === undefined
    ? browse(db, query)
    : search(db, { ...query, q: query.q }));
  const rows =
    rids.length === 0 ? [] : await db.selectFrom('skills').selectAll().where('rid', 'in', rids).execute();
  const byRid = new Map(rows.map((row) => [row.rid, row]));
  const skills = rids.flatMap((rid) => byRid.get(rid) ?? []).map(toListedSkill);
  return { skills, pagination: paginationOf(query, totalCount) };
}

interface Listing {
  rids: number[];
  totalCount: number;
}

async function search(db: Kysely<Database>, query: SkillListQuery & { q: string }): Promise<Listing> {
  const found = await searchSkills(db, query);
  const offset = offsetOf(query);
  return {
    rids: found.slice(offset, offset + query.pageSize).map(({ rid }) => rid),
    totalCount: found.length,
  };
}

async function browse(db: Kysely<Database>, query: SkillListQuery): Promise<Listing> {
  const matching = db.selectFrom('skills').where((eb) => passesSkillFilters(eb, query.filters));
  const { count } = await matching
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  const page = matching.select('rid').limit(query.pageSize).offset(offsetOf(query));
  const ordered = query.seed === undefined ? page : page.orderBy(shuffled('skills.rid', query.seed));
  const rows = await ordered.orderBy('qualified_name').execute();
  return { rids: rows.map(({ rid }) => rid), totalCount: count };
}
