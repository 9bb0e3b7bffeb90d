import { expressionBuilder, sql, type Expression, type Kysely, type Selectable, type SqlBool } from 'kysely';
import type { InvocationRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { queryTerms } from '#registry/search/terms.ts';
import { splitByHour, type Range } from './split-by-hour.ts';
import { ANY_PHRASE } from './invocation-counts.ts';

export interface LogQuery {
  /** ISO 8601 with milliseconds and Z; `from` is inside the range, `to` is not. */
  from: string | undefined;
  to: string | undefined;
  /** Words that a call's messages must all hold, whatever their case; the last may be a beginning. */
  search?: string | undefined;
  limit: number;
}

interface Found {
  invocations: Selectable<InvocationRow>[];
  total: number;
}

/** What calls must say: all the whole words, and one that begins with the last. */
interface Words {
  whole: readonly string[];
  last: string;
}

/** What is looked for: calls of a server, all of them or those that say these words. */
interface Wanted {
  serverRid: number;
  words: Words | null;
}

/** A server's latest calls within the query, newest first, and how many match it altogether. */
export async function listInvocations(
  db: Kysely<Database>,
  serverRid: number,
  { from, to, search, limit }: LogQuery,
): Promise<Found> {
  const words = search === undefined ? null : toWords(search);
  if (words === undefined) return { invocations: [], total: 0 };
  const wanted = { serverRid, words };
  const { before, hours, after } = splitByHour({ from, to });
  const last = after === null ? 0 : await countExactly(db, wanted, after);
  const counts = hours === null ? [] : await countByHour(db, wanted, hours);
  const first = before === null ? 0 : await countExactly(db, wanted, before);
  const total = last + counts.reduce((sum, { calls }) => sum + calls, first);
  if (total === 0) return { invocations: [], total };
  // Calls are newest first, so no call older than this can be on the page.
  const oldest = beginOfPage(counts, limit - last) ?? from;
  return { invocations: await findNewest(db, wanted, { from: oldest, to }, limit), total };
}

// Undefined where there is no word to look for.
function toWords(search: string): Words | undefined {
  const terms = queryTerms(search);
  const last = terms.pop();
  return last === undefined ? undefined : { whole: [...new Set(terms)], last };
}

// The hour in which the count of calls, from the newest on, reaches what is needed.
function beginOfPage(counts: readonly { hour: string; calls: number }[], needed: number): string | undefined {
  let missing = needed;
  for (const { hour, calls } of counts) {
    missing -= calls;
    if (missing <= 0) return hour;
  }
  return undefined;
}

async function countByHour(
  db: Kysely<Database>,
  { serverRid, words }: Wanted,
  { from, to }: Range,
): Promise<{ hour: string; calls: number }[]> {
  let query = db
    .selectFrom('invocation_counts')
    .select((eb) => ['hour', eb.fn.sum<number>('calls').as('calls')])
    .where('server_rid', '=', serverRid)
    .groupBy('hour')
    .orderBy('hour', 'desc');
  if (from !== undefined) query = query.where('hour', '>=', from);
  if (to !== undefined) query = query.where('hour', '<', to);
  query = words === null ? query.where('phrase_rid', '=', ANY_PHRASE) : query.where(says(words, serverRid));
  return query.execute();
}

async function countExactly(db: Kysely<Database>, wanted: Wanted, range: Range): Promise<number> {
  const { count } = await matching(db, wanted, range)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

async function findNewest(
  db: Kysely<Database>,
  wanted: Wanted,
  range: Range,
  limit: number,
): Promise<Selectable<InvocationRow>[]> {
  return matching(db, wanted, range)
    .selectAll()
    .orderBy('timestamp', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
}

function matching(db: Kysely<Database>, { serverRid, words }: Wanted, { from, to }: Range) {
  let query = db.selectFrom('invocations');
  // A phrase is one server's: without words the server's own index serves, with words that of phrases.
  if (words === null) query = query.where('server_rid', '=', serverRid);
  else query = query.where(says(words, serverRid));
  if (from !== undefined) query = query.where('timestamp', '>=', from);
  if (to !== undefined) query = query.where('timestamp', '<', to);
  return query;
}

// True for rows of phrases that hold every whole word, and one that begins with the last.
function says({ whole, last }: Words, serverRid: number): Expression<SqlBool> {
  const eb = expressionBuilder<Database>();
  const phrases = eb
    .selectFrom('log_words')
    .select('log_words.phrase_rid')
    .where('log_words.server_rid', '=', serverRid);
  // Nothing sorts between a word's last continuation and the word followed by the last code point.
  const beginning = phrases
    .where('log_words.word', '>=', last)
    .where('log_words.word', '<', `${last}\u{10FFFF}`);
  const conditions = [sql<SqlBool>`phrase_rid in (${beginning})`];
  if (whole.length > 0) {
    const holding = phrases
      .where('log_words.word', 'in', whole)
      .groupBy('log_words.phrase_rid')
      .having(eb.fn.countAll<number>(), '=', whole.length);
    conditions.push(sql<SqlBool>`phrase_rid in (${holding})`);
  }
  return eb.and(conditions);
}
