import type { Kysely } from 'kysely';
import type { ReleaseLogRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';

/** One line of a pipeline's log, as it is about to be written. */
export interface ReleaseLine {
  /** Undefined: the stage that the line before it belongs to. */
  stage?: ReleaseLogRow['stage'];
  /** `error` is the line that ends a release without success: the official command line prints it as the reason. */
  level: 'start' | 'end' | 'info' | 'warning' | 'success' | 'error';
  message: string;
  /** What to do about it, where it failed. */
  error?: string;
}

/** Adds a line to a release's log. The caller holds the release's row, so that no two lines get one number. */
export async function addReleaseLine(
  trx: Kysely<Database>,
  { releaseId, line, now }: { releaseId: string; line: ReleaseLine; now: Date },
): Promise<void> {
  const last = await trx
    .selectFrom('release_logs')
    .select(['seq', 'stage'])
    .where('release_id', '=', releaseId)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  await trx
    .insertInto('release_logs')
    .values({
      release_id: releaseId,
      seq: (last?.seq ?? -1) + 1,
      stage: line.stage ?? last?.stage ?? 'deploy',
      level: line.level,
      message: line.message,
      error: line.error ?? null,
      timestamp: now.toISOString(),
    })
    .execute();
}
