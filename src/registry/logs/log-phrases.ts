import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { chunks } from '#database/row-chunks.ts';
import { indexTerms } from '#registry/search/terms.ts';

const MAX_WORDS = 64;

/** A call's words, and when it began. */
export interface Said {
  serverRid: number;
  timestamp: string;
  words: readonly string[];
}

interface Phrase extends Said {
  key: string;
  hash: string;
}

/** The distinct words of all messages, sorted: what a call can be found by. */
export function wordsOf(...entries: readonly (readonly { message: string }[])[]): string[] {
  const words = new Set(entries.flat().flatMap(({ message }) => indexTerms(message)));
  return [...words].sort().slice(0, MAX_WORDS);
}

/**
 * Finds the phrase that each call says, and gives the calls back with its row number; new phrases are filed. Belongs
 * into the transaction that writes the calls.
 */
export async function filePhrases<Call extends Said>(
  trx: Kysely<Database>,
  calls: readonly Call[],
): Promise<(Call & { phraseRid: number })[]> {
  const newest = new Map<string, Phrase>();
  for (const call of calls) {
    const phrase = toPhrase(call);
    const known = newest.get(phrase.key);
    if (known === undefined || known.timestamp < phrase.timestamp) newest.set(phrase.key, phrase);
  }
  // In one order everywhere: two writers that meet at the same phrases wait, they never block each other.
  const phrases = [...newest.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  const rids = new Map<string, number>();
  for (const some of chunks(phrases)) {
    for (const { rid, server_rid, hash } of await touchPhrases(trx, some)) {
      rids.set(keyOf(server_rid, hash), rid);
    }
  }
  const ridOf = (key: string): number => {
    const rid = rids.get(key);
    if (rid === undefined) throw new Error('A phrase was not filed');
    return rid;
  };
  await fileWords(trx, phrases, ridOf);
  return calls.map((call) => ({ ...call, phraseRid: ridOf(toPhrase(call).key) }));
}

function toPhrase(said: Said): Phrase {
  const hash = createHash('sha256').update(said.words.join('\n')).digest('hex');
  return { ...said, hash, key: keyOf(said.serverRid, hash) };
}

function keyOf(serverRid: number, hash: string): string {
  return `${serverRid} ${hash}`;
}

// Written, not only read: who removes old phrases waits for whoever is about to use one.
async function touchPhrases(trx: Kysely<Database>, phrases: readonly Phrase[]) {
  return trx
    .insertInto('log_phrases')
    .values(
      phrases.map(({ serverRid, hash, timestamp }) => ({
        server_rid: serverRid,
        hash,
        newest_at: timestamp,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['server_rid', 'hash']).doUpdateSet((eb) => ({
        newest_at: eb
          .case()
          .when('excluded.newest_at', '>', eb.ref('log_phrases.newest_at'))
          .then(eb.ref('excluded.newest_at'))
          .else(eb.ref('log_phrases.newest_at'))
          .end(),
      })),
    )
    .returning(['rid', 'server_rid', 'hash'])
    .execute();
}

async function fileWords(
  trx: Kysely<Database>,
  phrases: readonly Phrase[],
  ridOf: (key: string) => number,
): Promise<void> {
  const known = new Set<number>();
  for (const some of chunks(phrases)) {
    const rows = await trx
      .selectFrom('log_words')
      .select('phrase_rid')
      .distinct()
      .where(
        'phrase_rid',
        'in',
        some.map(({ key }) => ridOf(key)),
      )
      .execute();
    for (const { phrase_rid } of rows) known.add(phrase_rid);
  }
  const words = phrases.flatMap(({ serverRid, key, words: own }) => {
    const rid = ridOf(key);
    if (known.has(rid)) return [];
    return own.map((word) => ({ server_rid: serverRid, word, phrase_rid: rid }));
  });
  for (const some of chunks(words)) await trx.insertInto('log_words').values(some).execute();
}
