import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
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
import { skillWords } from '#registry/search/word-index.ts';
import { passesSkillFilters, type SkillFilters } from './skill-filters.ts';

// How many skills are tried, by name, where every word of a query is common.
const WALK_LIMIT = 10_000;

interface Ask {
  matchers: readonly TermMatcher[];
  filters: SkillFilters;
  limit: number;
}

/** The skills that match every word of the query, best first, at most `topK`. */
export async function searchSkills(
  db: Kysely<Database>,
  { q, filters, topK }: { q: string; filters: SkillFilters; topK: number },
): Promise<RankedServer[]> {
  const terms = [...new Set(queryTerms(q))].slice(0, MAX_QUERY_TERMS);
  const matchers = await matchTerms(db, skillWords, terms);
  if (matchers === undefined) return [];
  const rows = await findCandidates(db, { matchers, filters, limit: topK });
  // Use is not followed here: skills that match as well are in order of their names.
  const candidates = rows.map((row) => Object.assign(row, { use_count: 0 }));
  return rankCandidates(candidates, { terms, matchers }).slice(0, topK);
}

// As with servers: a rare word's postings are read to the end; where all are common, skills are tried one by one too.
async function findCandidates(db: Kysely<Database>, ask: Ask) {
  const [rarest, ...others] = ask.matchers;
  if (rarest === undefined) return [];
  const led = await candidatesLedBy(db, rarest, { ...ask, matchers: others });
  if (isRare(rarest)) return led;
  const walked = await candidatesByName(db, ask);
  return [...new Map([...led, ...walked].map((candidate) => [candidate.rid, candidate])).values()];
}

async function candidatesLedBy(db: Kysely<Database>, rarest: TermMatcher, { matchers, filters, limit }: Ask) {
  const postings = db
    .selectFrom('skill_postings as postings')
    .select(['rid', 'weight'])
    .where(matchesTerm(rarest))
    .orderBy('term')
    .orderBy('weight')
    .orderBy('rid')
    .limit(SCAN_LIMIT);
  const hits = db
    .selectFrom(postings.as('found'))
    .select((eb) => ['rid', eb.fn.min('weight').as('weight')])
    .groupBy('rid');
  return db
    .selectFrom(hits.as('hits'))
    .innerJoin('skills', 'skills.rid', 'hits.rid')
    .select(['skills.rid', 'skills.qualified_name', 'skills.display_name'])
    .where((eb) => passesSkillFilters(eb, filters))
    .where((eb) => eb.and(matchers.map((matcher) => hasPosting(skillWords, matcher, 'skills.rid'))))
    .orderBy('hits.weight')
    .orderBy('skills.qualified_name')
    .limit(limit)
    .execute();
}

async function candidatesByName(db: Kysely<Database>, { matchers, filters, limit }: Ask) {
  const walk = db
    .selectFrom('skills')
    .select(['skills.rid', 'skills.qualified_name', 'skills.display_name'])
    .where((eb) => passesSkillFilters(eb, filters))
    .orderBy('qualified_name')
    .limit(WALK_LIMIT);
  return db
    .selectFrom(walk.as('walk'))
    .select(['walk.rid', 'walk.qualified_name', 'walk.display_name'])
    .where((eb) => eb.and(matchers.map((matcher) => hasPosting(skillWords, matcher, 'walk.rid'))))
    .limit(limit)
    .execute();
}
