import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';

/** Deletes the counts of hours and days that ended before this time, an hour at once; `signal` ends it in between. */
export async function deleteOldCallCounts(
  db: Kysely<Database>,
  before: Date,
  signal: AbortSignal,
): Promise<void> {
  const hour = before.toISOString().slice(0, 13);
  while (!signal.aborted) {
    const oldest = await db
      .selectFrom('call_hours')
      .select('hour')
      .where('hour', '<', hour)
      .orderBy('hour')
      .limit(1)
      .executeTakeFirst();
    if (oldest === undefined) break;
    await db.deleteFrom('call_hours').where('hour', '=', oldest.hour).execute();
  }
  if (signal.aborted) return;
  await db.deleteFrom('call_days').where('day', '<', hour.slice(0, 10)).execute();
}
