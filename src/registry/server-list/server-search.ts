import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { passesFilters, type ServerFilters } from './server-filters.ts';
import { hitsOf, rankedSearch, WALK_LIMIT } from '#registry/search/ranked-search.ts';
import type { Candidate, RankedServer } from '#registry/search/search-ranking.ts';
import { hasPosting, type TermMatcher } from '#registry/search/term-matchers.ts';
import { serverWords } from '#registry/search/word-index.ts';

/** The servers that pass the filters and match every word of the query, best first, at most `topK`. */
export async function searchServers(
  db: Kysely<Database>,
  { q, filters, topK }: { q: string; filters: ServerFilters; topK: number },
): Promise<RankedServer[]> {
  const ask = { filters, limit: topK };
  return rankedSearch(db, {
    words: serverWords,
    q,
    topK,
    ledBy: async (rarest, others) => candidatesLedBy(db, { ...ask, rarest, others }),
    walked: async (matchers) => popularCandidates(db, { ...ask, matchers }),
  });
}

async function candidatesLedBy(
  db: Kysely<Database>,
  {
    rarest,
    others,
    filters,
    limit,
  }: { rarest: TermMatcher; others: readonly TermMatcher[]; filters: ServerFilters; limit: number },
): Promise<Candidate[]> {
  return db
    .selectFrom(hitsOf(db, serverWords, { matcher: rarest, limit }).as('hits'))
    .innerJoin('servers', 'servers.rid', 'hits.rid')
    .select(['servers.rid', 'servers.qualified_name', 'servers.display_name', 'servers.use_count'])
    .where((eb) => passesFilters(eb, filters))
    .where((eb) => eb.and(others.map((matcher) => hasPosting(serverWords, matcher, 'servers.rid'))))
    .orderBy('hits.weight')
    .orderBy('servers.use_count', 'desc')
    .orderBy('servers.qualified_name')
    .limit(limit)
    .execute();
}

// The most used first.
async function popularCandidates(
  db: Kysely<Database>,
  { matchers, filters, limit }: { matchers: readonly TermMatcher[]; filters: ServerFilters; limit: number },
): Promise<Candidate[]> {
  const popular = db
    .selectFrom('servers')
    .select(['servers.rid', 'qualified_name', 'use_count'])
    .where((eb) => passesFilters(eb, filters))
    .orderBy('use_count', 'desc')
    .orderBy('qualified_name')
    .limit(WALK_LIMIT);
  // Both engines hand the walk through row by row, so it ends with the last candidate that is needed; sorting here
  // once more would make them finish it first.
  const matching = db
    .selectFrom(popular.as('popular'))
    .select(['popular.rid', 'popular.use_count'])
    .where((eb) => eb.and(matchers.map((matcher) => hasPosting(serverWords, matcher, 'popular.rid'))))
    .limit(limit);
  return db
    .selectFrom(matching.as('matching'))
    .innerJoin('servers', 'servers.rid', 'matching.rid')
    .select(['servers.rid', 'servers.qualified_name', 'servers.display_name', 'servers.use_count'])
    .execute();
}
