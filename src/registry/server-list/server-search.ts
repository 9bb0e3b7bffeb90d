import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { passesFilters, type ServerFilters } from './server-filters.ts';
import { rankCandidates, type Candidate, type RankedServer } from '#registry/search/search-ranking.ts';
import {
  hasPosting,
  isRare,
  matchesTerm,
  matchTerms,
  SCAN_LIMIT,
  type TermMatcher,
} from '#registry/search/term-matchers.ts';
import { MAX_QUERY_TERMS, queryTerms } from '#registry/search/terms.ts';
import { serverWords } from '#registry/search/word-index.ts';

// How many servers are tried, most used first, where every word of a query is common.
const WALK_LIMIT = 10_000;

/** The servers that match every word of the query, best first, at most `topK`. */
export async function searchServers(
  db: Kysely<Database>,
  { q, filters, topK }: { q: string; filters: ServerFilters; topK: number },
): Promise<RankedServer[]> {
  const terms = [...new Set(queryTerms(q))].slice(0, MAX_QUERY_TERMS);
  const matchers = await matchTerms(db, serverWords, terms);
  if (matchers === undefined) return [];
  const candidates = await findCandidates(db, { matchers, filters, limit: topK });
  return rankCandidates(candidates, { terms, matchers }).slice(0, topK);
}

/**
 * The servers that pass the filters and match every word, at most `limit` from each way into the index.
 *
 * `matchers` are sorted, rarest first. A rare word leads: all of its postings are tried, so the answer is complete.
 * Where even the rarest is common, its first postings (whole words and names come first) are joined by the most
 * used servers that match, found by walking down the servers in order of use.
 */
async function findCandidates(
  db: Kysely<Database>,
  { matchers, filters, limit }: { matchers: readonly TermMatcher[]; filters: ServerFilters; limit: number },
): Promise<Candidate[]> {
  const [rarest, ...others] = matchers;
  if (rarest === undefined) return [];
  const led = await candidatesLedBy(db, { rarest, others, filters, limit });
  if (isRare(rarest)) return led;
  const popular = await popularCandidates(db, { matchers, filters, limit });
  return [...new Map([...led, ...popular].map((candidate) => [candidate.rid, candidate])).values()];
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
  const postings = db
    .selectFrom('search_postings as postings')
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
