import type { Expression, ExpressionBuilder, Kysely, SqlBool } from 'kysely';
import type { Database } from '#database/schema.ts';
import { isWithinOneEdit, toleratesTypos, variantsOf } from './typos.ts';

/** How far a word of a query is followed into the index, in postings. */
export const SCAN_LIMIT = 500;

/** What one word of a query stands for: every word it begins, or the known words it may be a typo of. */
export interface TermMatcher {
  term: string;
  /** Null where the word itself begins known ones. */
  corrections: string[] | null;
  /** How many postings match; SCAN_LIMIT means that or more. */
  postings: number;
}

/** Finds what each word stands for, rarest first. Undefined where a word stands for nothing: nothing can match. */
export async function matchTerms(
  db: Kysely<Database>,
  terms: readonly string[],
): Promise<TermMatcher[] | undefined> {
  const matchers: TermMatcher[] = [];
  for (const term of terms) {
    const matcher = await matchTerm(db, term);
    if (matcher === undefined) return undefined;
    matchers.push(matcher);
  }
  return matchers.sort((a, b) => a.postings - b.postings);
}

/** True for postings that match. */
export function matchesTerm(
  eb: ExpressionBuilder<Database, 'search_postings'>,
  { term, corrections }: Pick<TermMatcher, 'term' | 'corrections'>,
): Expression<SqlBool> {
  if (corrections !== null) return eb('search_postings.term', 'in', corrections);
  // Nothing sorts between a word's last continuation and the word followed by the last code point.
  return eb.and([
    eb('search_postings.term', '>=', term),
    eb('search_postings.term', '<', `${term}\u{10FFFF}`),
  ]);
}

async function matchTerm(db: Kysely<Database>, term: string): Promise<TermMatcher | undefined> {
  const postings = await countPostings(db, { term, corrections: null });
  if (postings > 0) return { term, corrections: null, postings };
  const corrections = toleratesTypos(term) ? await findCorrections(db, term) : [];
  if (corrections.length === 0) return undefined;
  return { term, corrections, postings: await countPostings(db, { term, corrections }) };
}

async function countPostings(
  db: Kysely<Database>,
  matcher: Pick<TermMatcher, 'term' | 'corrections'>,
): Promise<number> {
  const { count } = await db
    .selectFrom(
      db
        .selectFrom('search_postings')
        .select('rid')
        .where((eb) => matchesTerm(eb, matcher))
        .limit(SCAN_LIMIT)
        .as('found'),
    )
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

async function findCorrections(db: Kysely<Database>, term: string): Promise<string[]> {
  const rows = await db
    .selectFrom('search_variants')
    .select('word')
    .distinct()
    .where('variant', 'in', variantsOf(term))
    .orderBy('word')
    .execute();
  return rows.map(({ word }) => word).filter((word) => isWithinOneEdit(term, word));
}
