import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import type { Scope } from '#registry/access/access.ts';
import { searchableTool } from '#registry/filing/tool-index.ts';
import { rankCandidates, type RankedServer } from '#registry/search/search-ranking.ts';
import {
  hasPosting,
  isRare,
  matchesTerm,
  matchTerms,
  SCAN_LIMIT,
  type TermMatcher,
} from '#registry/search/term-matchers.ts';
import { MAX_QUERY_TERMS, queryTerms } from '#registry/search/terms.ts';
import { toolWords } from '#registry/search/word-index.ts';
import { passesFilters } from '#registry/server-list/server-filters.ts';

// How many tools are tried, of the most used servers first, where every word of a query is common.
const WALK_LIMIT = 10_000;

/**
 * The tools that match every word of the query, of servers that the viewer sees in a list, best first, at most `topK`:
 * found as servers are, and ranked by their own names, titles and descriptions, then by their servers' use.
 */
export async function searchTools(
  db: Kysely<Database>,
  { q, topK, viewer }: { q: string; topK: number; viewer: Scope },
): Promise<RankedServer[]> {
  const terms = [...new Set(queryTerms(q))].slice(0, MAX_QUERY_TERMS);
  const matchers = await matchTerms(db, toolWords, terms);
  const [rarest, ...others] = matchers ?? [];
  if (matchers === undefined || rarest === undefined) return [];
  const found = await toolsLedBy(db, { rarest, others, viewer, limit: topK });
  if (!isRare(rarest)) found.push(...(await popularTools(db, { matchers, viewer, limit: topK })));
  const candidates = [...new Map(found.map((tool) => [tool.rid, tool])).values()].map(
    ({ use_count, ...tool }) => Object.assign(searchableTool(tool), { use_count }),
  );
  return rankCandidates(candidates, { terms, matchers }).slice(0, topK);
}

async function toolsLedBy(
  db: Kysely<Database>,
  {
    rarest,
    others,
    viewer,
    limit,
  }: { rarest: TermMatcher; others: readonly TermMatcher[]; viewer: Scope; limit: number },
) {
  const postings = db
    .selectFrom('tool_postings as postings')
    .select(['rid', 'weight'])
    .where(matchesTerm(rarest))
    .orderBy('term')
    .orderBy('weight')
    .orderBy('rid')
    .limit(isRare(rarest) ? SCAN_LIMIT : limit);
  const hits = db
    .selectFrom(postings.as('found'))
    .select((eb) => ['rid', eb.fn.min('weight').as('weight')])
    .groupBy('rid');
  return db
    .selectFrom(hits.as('hits'))
    .innerJoin('tools', 'tools.rid', 'hits.rid')
    .innerJoin('servers', 'servers.rid', 'tools.server_rid')
    .select(['tools.rid', 'tools.name', 'tools.title', 'tools.description', 'servers.use_count'])
    .where((eb) => passesFilters(eb, { viewer }))
    .where((eb) => eb.and(others.map((matcher) => hasPosting(toolWords, matcher, 'tools.rid'))))
    .orderBy('hits.weight')
    .orderBy('servers.use_count', 'desc')
    .orderBy('tools.rid')
    .limit(limit)
    .execute();
}

async function popularTools(
  db: Kysely<Database>,
  { matchers, viewer, limit }: { matchers: readonly TermMatcher[]; viewer: Scope; limit: number },
) {
  const popular = db
    .selectFrom('servers')
    .innerJoin('tools', 'tools.server_rid', 'servers.rid')
    .select([
      'tools.rid',
      'tools.name',
      'tools.title',
      'tools.description',
      'servers.use_count',
      'servers.qualified_name',
    ])
    .where((eb) => passesFilters(eb, { viewer }))
    .orderBy('servers.use_count', 'desc')
    .orderBy('servers.qualified_name')
    .limit(WALK_LIMIT);
  return db
    .selectFrom(popular.as('popular'))
    .select(['popular.rid', 'popular.name', 'popular.title', 'popular.description', 'popular.use_count'])
    .where((eb) => eb.and(matchers.map((matcher) => hasPosting(toolWords, matcher, 'popular.rid'))))
    .limit(limit)
    .execute();
}
