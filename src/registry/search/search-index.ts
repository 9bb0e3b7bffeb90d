import { sql, type Kysely } from 'kysely';
import type { SearchVariantRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { chunks } from '#database/row-chunks.ts';
import { indexTerms } from './terms.ts';
import { toleratesTypos, variantsOf } from './typos.ts';
import { serverWords, type WordIndex } from './word-index.ts';

const MAX_TERMS = 40;

/** What search reads of a server or skill. */
export interface Searchable {
  rid: number;
  qualified_name: string;
  display_name: string;
  description: string;
}

/** Files new servers, or what else an index is of. Belongs into the transaction that writes them. */
export async function addToSearchIndex(
  db: Kysely<Database>,
  added: readonly Searchable[],
  index: WordIndex = serverWords,
): Promise<void> {
  const postings = added.flatMap((one) =>
    Array.from(weighTerms(one), ([term, weight]) => ({ term, weight, rid: one.rid })),
  );
  for (const rows of chunks(postings)) await db.insertInto(index.postings).values(rows).execute();
  await addWords(db, index, [...new Set(postings.map(({ term }) => term))].filter(toleratesTypos));
}

/** Forgets those of these words that nothing is filed under any more. */
export async function forgetWords(
  db: Kysely<Database>,
  terms: readonly string[],
  { postings, variants }: WordIndex = serverWords,
): Promise<void> {
  // A word that another transaction files at this moment may be forgotten: until it is filed again, it is found only
  // when typed right.
  for (const words of chunks(terms)) {
    const gone = await db
      .selectFrom(variants)
      .select('word')
      .where('word', 'in', words)
      .whereRef('variant', '=', 'word')
      // An aggregate, not `exists`: a planner may turn the latter into a join that reads every posting there is.
      .where((eb) =>
        eb(
          eb
            .selectFrom(`${postings} as postings`)
            .select((count) => count.fn.min('postings.weight').as('weight'))
            .whereRef('postings.term', '=', sql.ref(`${variants}.word`)),
          'is',
          null,
        ),
      )
      .execute();
    if (gone.length === 0) continue;
    await db
      .deleteFrom(variants)
      .where(
        'word',
        'in',
        gone.map(({ word }) => word),
      )
      .execute();
  }
}

/** The words a server or skill is filed under. */
export async function termsOf(
  db: Kysely<Database>,
  rid: number,
  { postings }: WordIndex = serverWords,
): Promise<string[]> {
  const rows = await db.selectFrom(postings).select('term').where('rid', '=', rid).execute();
  return rows.map(({ term }) => term);
}

/** Files a server or skill anew after its texts changed. Belongs into the transaction that changed them. */
export async function updateSearchIndex(
  db: Kysely<Database>,
  changed: Searchable,
  index: WordIndex = serverWords,
): Promise<void> {
  const before = await termsOf(db, changed.rid, index);
  await db.deleteFrom(index.postings).where('rid', '=', changed.rid).execute();
  await addToSearchIndex(db, [changed], index);
  await forgetWords(db, before, index);
}

/** What it is filed under: each term at the best place it stands. */
export function weighTerms({ qualified_name, display_name, description }: Searchable): Map<string, number> {
  const weights = new Map<string, number>();
  [qualified_name, display_name, description].forEach((text, weight) => {
    for (const term of indexTerms(text)) {
      if (weights.size < MAX_TERMS && !weights.has(term)) weights.set(term, weight);
    }
  });
  return weights;
}

async function addWords(
  db: Kysely<Database>,
  { variants: table }: WordIndex,
  words: readonly string[],
): Promise<void> {
  const known = new Set<string>();
  for (const some of chunks(words)) {
    const rows = await db
      .selectFrom(table)
      .select('word')
      .where('variant', 'in', some)
      .whereRef('variant', '=', 'word')
      .execute();
    for (const { word } of rows) known.add(word);
  }
  const variants: SearchVariantRow[] = words
    .filter((word) => !known.has(word))
    .flatMap((word) => variantsOf(word).map((variant) => ({ variant, word })))
    // In one order everywhere: two writers that meet at the same new words wait, they never block each other.
    .sort((a, b) => compare(a.variant, b.variant) || compare(a.word, b.word));
  for (const rows of chunks(variants)) {
    await db
      .insertInto(table)
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
