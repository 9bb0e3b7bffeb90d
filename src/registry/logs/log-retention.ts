import type { Kysely } from 'kysely';
import type { InvocationCountRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { ANY_PHRASE, hourOf, weightOf } from './invocation-counts.ts';

// Small enough that whoever writes meanwhile hardly waits.
const ROWS_AT_ONCE = 500;
const HOURS_AT_ONCE = 100;

interface Keep {
  /** Calls that began before this go. */
  since: Date;
  /** What all calls together may weigh, in bytes; the oldest go first. */
  maxBytes: number;
}

type Bucket = Pick<InvocationCountRow, 'server_rid' | 'phrase_rid' | 'hour'>;

/** Deletes the runtime logs that are not kept, in many small transactions; `signal` ends it between two of them. */
export async function deleteOldLogs(
  db: Kysely<Database>,
  { since, maxBytes }: Keep,
  signal: AbortSignal,
): Promise<void> {
  const before = since.toISOString();
  for await (const bucket of bucketsUntil(db, hourOf(before))) {
    if (signal.aborted) return;
    await deleteCalls(db, bucket, { before, signal });
  }
  let excess = (await weightOfAll(db)) - maxBytes;
  if (excess > 0) {
    for await (const bucket of bucketsUntil(db, undefined)) {
      if (signal.aborted || excess <= 0) break;
      excess -= await deleteCalls(db, bucket, { enough: excess, signal });
    }
  }
  await deleteUnusedPhrases(db, before);
}

// Oldest hours first, up to and with the given one.
async function* bucketsUntil(db: Kysely<Database>, lastHour: string | undefined): AsyncGenerator<Bucket> {
  let after: Bucket | undefined;
  for (;;) {
    let query = db
      .selectFrom('invocation_counts')
      .select(['server_rid', 'phrase_rid', 'hour'])
      .where('phrase_rid', '!=', ANY_PHRASE)
      .orderBy('hour')
      .orderBy('phrase_rid')
      .limit(HOURS_AT_ONCE);
    if (lastHour !== undefined) query = query.where('hour', '<=', lastHour);
    if (after !== undefined) {
      const { hour, phrase_rid } = after;
      query = query.where((eb) =>
        eb.or([eb('hour', '>', hour), eb.and([eb('hour', '=', hour), eb('phrase_rid', '>', phrase_rid)])]),
      );
    }
    const buckets = await query.execute();
    yield* buckets;
    after = buckets.at(-1);
    if (buckets.length < HOURS_AT_ONCE) return;
  }
}

interface Extent {
  /** Only calls that began before this. */
  before?: string;
  /** No more once this much is gone, in bytes. */
  enough?: number;
  signal: AbortSignal;
}

// Deletes calls of one bucket, oldest first, and returns what they weighed.
async function deleteCalls(
  db: Kysely<Database>,
  bucket: Bucket,
  { before, enough = Number.POSITIVE_INFINITY, signal }: Extent,
): Promise<number> {
  let gone = 0;
  while (gone < enough && !signal.aborted) {
    const { calls, bytes } = await deleteSomeCalls(db, bucket, before);
    gone += bytes;
    if (calls < ROWS_AT_ONCE) break;
  }
  return gone;
}

async function deleteSomeCalls(
  db: Kysely<Database>,
  { server_rid, phrase_rid, hour }: Bucket,
  before: string | undefined,
): Promise<{ calls: number; bytes: number }> {
  return db.transaction().execute(async (trx) => {
    let oldest = trx
      .selectFrom('invocations')
      .select('id')
      .where('phrase_rid', '=', phrase_rid)
      .where('timestamp', '>=', hour)
      .where('timestamp', '<', `${hour}~`)
      .orderBy('timestamp')
      .limit(ROWS_AT_ONCE);
    if (before !== undefined) oldest = oldest.where('timestamp', '<', before);
    const deleted = await trx
      .deleteFrom('invocations')
      .where('id', 'in', oldest)
      .returning(['url', 'logs', 'exceptions'])
      .execute();
    const bytes = deleted.reduce((sum, row) => sum + weightOf(row), 0);
    // In the order in which they are counted.
    for (const [phrase, weight] of [
      [ANY_PHRASE, 0],
      [phrase_rid, bytes],
    ] as const) {
      await trx
        .updateTable('invocation_counts')
        .set((eb) => ({ calls: eb('calls', '-', deleted.length), bytes: eb('bytes', '-', weight) }))
        .where('server_rid', '=', server_rid)
        .where('phrase_rid', '=', phrase)
        .where('hour', '=', hour)
        .execute();
    }
    await trx
      .deleteFrom('invocation_counts')
      .where('server_rid', '=', server_rid)
      .where('phrase_rid', 'in', [phrase_rid, ANY_PHRASE])
      .where('hour', '=', hour)
      .where('calls', '<=', 0)
      .execute();
    return { calls: deleted.length, bytes };
  });
}

async function weightOfAll(db: Kysely<Database>): Promise<number> {
  const { bytes } = await db
    .selectFrom('invocation_counts')
    .select((eb) => eb.fn.coalesce(eb.fn.sum<number>('bytes'), eb.lit(0)).as('bytes'))
    .executeTakeFirstOrThrow();
  return bytes;
}

// Their words go by cascade. A phrase said since then is as new as its newest call, and stays.
async function deleteUnusedPhrases(db: Kysely<Database>, before: string): Promise<void> {
  await db
    .deleteFrom('log_phrases')
    .where('newest_at', '<', before)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('invocation_counts')
            .select('hour')
            .whereRef('invocation_counts.server_rid', '=', 'log_phrases.server_rid')
            .whereRef('invocation_counts.phrase_rid', '=', 'log_phrases.rid'),
        ),
      ),
    )
    .execute();
}
