import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { rankCandidates, type Candidate, type RankedServer } from './search-ranking.ts';
import { isRare, matchesTerm, matchTerms, SCAN_LIMIT, type TermMatcher } from './term-matchers.ts';
import { MAX_QUERY_TERMS, queryTerms } from './terms.ts';
import type { WordIndex } from './word-index.ts';

/** How many things are tried, in an order of their own, where every word of a query is common. */
export const WALK_LIMIT = 10_000;

/** How one kind of things is searched. Each way finds at most `topK` that match every word. */
interface Search {
  words: WordIndex;
  q: string;
  topK: number;
  /** By the postings of the rarest word, the others being tried too. */
  ledBy: (rarest: TermMatcher, others: readonly TermMatcher[]) => Promise<Candidate[]>;
  /** By walking through the things themselves. */
  walked: (matchers: readonly TermMatcher[]) => Promise<Candidate[]>;
}

/**
 * The things that match every word of the query, best first, at most `topK`. A rare word leads: all of its postings are
 * tried, so the answer is complete. Where even the rarest is common, its first postings (whole words and names come
 * first) are joined by what a walk through the things finds.
 */
export async function rankedSearch(
  db: Kysely<Database>,
  { words, q, topK, ledBy, walked }: Search,
): Promise<RankedServer[]> {
  const terms = [...new Set(queryTerms(q))].slice(0, MAX_QUERY_TERMS);
  const matchers = await matchTerms(db, words, terms);
  const [rarest, ...others] = matchers ?? [];
  if (matchers === undefined || rarest === undefined) return [];
  const found = await ledBy(rarest, others);
  if (!isRare(rarest)) found.push(...(await walked(matchers)));
  const candidates = [...new Map(found.map((candidate) => [candidate.rid, candidate])).values()];
  return rankCandidates(candidates, { terms, matchers }).slice(0, topK);
}

/** What the first postings of a word lead to, as a query for `rid` and the best `weight` of each. */
export function hitsOf(
  db: Kysely<Database>,
  { postings: table }: WordIndex,
  { matcher, limit }: { matcher: TermMatcher; limit: number },
) {
  const postings = db
    .selectFrom(`${table} as postings`)
    .select(['rid', 'weight'])
    .where(matchesTerm(matcher))
    .orderBy('term')
    .orderBy('weight')
    .orderBy('rid')
    .limit(isRare(matcher) ? SCAN_LIMIT : limit);
  return db
    .selectFrom(postings.as('found'))
    .select((eb) => ['rid', eb.fn.min('weight').as('weight')])
    .groupBy('rid');
}
