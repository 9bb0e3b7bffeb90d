import type { Kysely } from 'kysely';
import type { SearchVariantRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { chunks } from '#registry/chunks.ts';
import { indexTerms } from './tokens.ts';
import { toleratesTypos, variantsOf } from './typos.ts';

const MAX_TERMS = 40;

/** What search reads of a server. */
export interface SearchableServer {
  rid: number;
  qualified_name: string;
  display_name: string;
  description: string;
}

/** Files new servers. Belongs into the transaction that writes them. */
export async function addToSearchIndex(
  db: Kysely<Database>,
  servers: readonly SearchableServer[],
): Promise<void> {
  const postings = servers.flatMap((server) =>
    Array.from(weighTerms(server), ([term, weight]) => ({ term, weight, rid: server.rid })),
  );
  for (const rows of chunks(postings)) await db.insertInto('search_postings').values(rows).execute();
  await addWords(db, [...new Set(postings.map(({ term }) => term))].filter(toleratesTypos));
}

/** Forgets those of these words that no server is filed under any more. */
export async function forgetWords(db: Kysely<Database>, terms: readonly string[]): Promise<void> {
  // A word that another transaction files at this moment may be forgotten: until it is filed again, it is found only
  // when typed right.
  for (const words of chunks(terms)) {
    await db
      .deleteFrom('search_variants')
      .where('word', 'in', words)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('search_postings')
              .select('term')
              .whereRef('search_postings.term', '=', 'search_variants.word'),
          ),
        ),
      )
      .execute();
  }
}

/** The words a server is filed under. */
export async function termsOf(db: Kysely<Database>, rid: number): Promise<string[]> {
  const rows = await db.selectFrom('search_postings').select('term').where('rid', '=', rid).execute();
  return rows.map(({ term }) => term);
}

/** Files a server anew after its texts changed. Belongs into the transaction that changed them. */
export async function updateSearchIndex(db: Kysely<Database>, server: SearchableServer): Promise<void> {
  const before = await termsOf(db, server.rid);
  await db.deleteFrom('search_postings').where('rid', '=', server.rid).execute();
  await addToSearchIndex(db, [server]);
  await forgetWords(db, before);
}

// Each term at the best place it stands.
function weighTerms(server: SearchableServer): Map<string, number> {
  const weights = new Map<string, number>();
  [server.qualified_name, server.display_name, server.description].forEach((text, weight) => {
    for (const term of indexTerms(text)) {
      if (weights.size < MAX_TERMS && !weights.has(term)) weights.set(term, weight);
    }
  });
  return weights;
}

async function addWords(db: Kysely<Database>, words: readonly string[]): Promise<void> {
  const known = new Set<string>();
  for (const some of chunks(words)) {
    const rows = await db
      .selectFrom('search_variants')
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
      .insertInto('search_variants')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
