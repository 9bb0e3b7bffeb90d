import { expressionBuilder, sql, type Expression, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import type { SearchPostingRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import type { WordIndex } from './word-index.ts';
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
  index: WordIndex,
  terms: readonly string[],
): Promise<TermMatcher[] | undefined> {
  const matchers: TermMatcher[] = [];
  for (const term of terms) {
    const matcher = await matchTerm(db, index, term);
    if (matcher === undefined) return undefined;
    matchers.push(matcher);
  }
  return matchers.sort((a, b) => a.postings - b.postings);
}

/** True for postings, in a query under the name `postings`, that match. */
export function matchesTerm({
  term,
  corrections,
}: Pick<TermMatcher, 'term' | 'corrections'>): Expression<SqlBool> {
  const eb = expressionBuilder<{ postings: SearchPostingRow }, 'postings'>();
  if (corrections !== null) return eb('postings.term', 'in', corrections);
  // Nothing sorts between a word's last continuation and the word followed by the last code point.
  return eb.and([eb('postings.term', '>=', term), eb('postings.term', '<', `${term}\u{10FFFF}`)]);
}

/** True where the row of this number has a posting that matches. */
export function hasPosting({ postings }: WordIndex, matcher: TermMatcher, rid: string): RawBuilder<SqlBool> {
  // An aggregate, not `exists`: a planner may turn the latter into a join that reads every posting of a common word.
  const best = expressionBuilder<Database>()
    .selectFrom(`${postings} as postings`)
    .select((eb) => eb.fn.min('postings.weight').as('weight'))
    .where('postings.rid', '=', sql<number>`${sql.ref(rid)}`)
    .where(matchesTerm(matcher));
  return sql<SqlBool>`${best} is not null`;
}

/** True where all of its postings can be read. */
export function isRare({ postings }: TermMatcher): boolean {
  return postings < SCAN_LIMIT;
}

async function matchTerm(
  db: Kysely<Database>,
  index: WordIndex,
  term: string,
): Promise<TermMatcher | undefined> {
  const postings = await countPostings(db, index, { term, corrections: null });
  if (postings > 0) return { term, corrections: null, postings };
  const corrections = toleratesTypos(term) ? await findCorrections(db, index, term) : [];
  if (corrections.length === 0) return undefined;
  return { term, corrections, postings: await countPostings(db, index, { term, corrections }) };
}

async function countPostings(
  db: Kysely<Database>,
  { postings }: WordIndex,
  matcher: Pick<TermMatcher, 'term' | 'corrections'>,
): Promise<number> {
  const { count } = await db
    .selectFrom(
      db
        .selectFrom(`${postings} as postings`)
        .select('rid')
        .where(matchesTerm(matcher))
        .limit(SCAN_LIMIT)
        .as('found'),
    )
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

async function findCorrections(
  db: Kysely<Database>,
  { variants }: WordIndex,
  term: string,
): Promise<string[]> {
  const rows = await db
    .selectFrom(variants)
    .select('word')
    .distinct()
    .where('variant', 'in', variantsOf(term))
    .orderBy('word')
    .execute();
  return rows.map(({ word }) => word).filter((word) => isWithinOneEdit(term, word));
}
