import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { hitsOf, rankedSearch, WALK_LIMIT } from '#registry/search/ranked-search.ts';
import type { Candidate, RankedServer } from '#registry/search/search-ranking.ts';
import { hasPosting, SCAN_LIMIT, type TermMatcher } from '#registry/search/term-matchers.ts';
import { skillWords } from '#registry/search/word-index.ts';
import { passesSkillFilters, type SkillFilters } from './skill-filters.ts';

interface Ask {
  filters: SkillFilters;
  limit: number;
}

/** The skills that match every word of the query, best first, at most `topK`. */
export async function searchSkills(
  db: Kysely<Database>,
  { q, filters, topK }: { q: string; filters: SkillFilters; topK: number },
): Promise<RankedServer[]> {
  const ask = { filters, limit: topK };
  return rankedSearch(db, {
    words: skillWords,
    q,
    topK,
    ledBy: async (rarest, others) => skillsLedBy(db, { rarest, others }, ask),
    walked: async (matchers) => skillsByName(db, matchers, ask),
  });
}

async function skillsLedBy(
  db: Kysely<Database>,
  { rarest, others }: { rarest: TermMatcher; others: readonly TermMatcher[] },
  { filters, limit }: Ask,
): Promise<Candidate[]> {
  const skills = await db
    .selectFrom(hitsOf(db, skillWords, { matcher: rarest, limit: SCAN_LIMIT }).as('hits'))
    .innerJoin('skills', 'skills.rid', 'hits.rid')
    .select(['skills.rid', 'skills.qualified_name', 'skills.display_name'])
    .where((eb) => passesSkillFilters(eb, filters))
    .where((eb) => eb.and(others.map((matcher) => hasPosting(skillWords, matcher, 'skills.rid'))))
    .orderBy('hits.weight')
    .orderBy('skills.qualified_name')
    .limit(limit)
    .execute();
  return skills.map(toCandidate);
}

async function skillsByName(
  db: Kysely<Database>,
  matchers: readonly TermMatcher[],
  { filters, limit }: Ask,
): Promise<Candidate[]> {
  const walk = db
    .selectFrom('skills')
    .select(['skills.rid', 'skills.qualified_name', 'skills.display_name'])
    .where((eb) => passesSkillFilters(eb, filters))
    .orderBy('qualified_name')
    .limit(WALK_LIMIT);
  const skills = await db
    .selectFrom(walk.as('walk'))
    .select(['walk.rid', 'walk.qualified_name', 'walk.display_name'])
    .where((eb) => eb.and(matchers.map((matcher) => hasPosting(skillWords, matcher, 'walk.rid'))))
    .limit(limit)
    .execute();
  return skills.map(toCandidate);
}

// Use is not followed here: skills that match as well are in order of their names.
function toCandidate(skill: Omit<Candidate, 'use_count'>): Candidate {
  return Object.assign(skill, { use_count: 0 });
}
