import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { repeat, type RepeatedWork } from '#platform/repeated-work.ts';
import type { BlobStore } from './blob-store.ts';

const SWEEP_EVERY_MS = 3_600_000;
// Longer than any upload may take: what is put first and referred to afterwards must not vanish in between.
const GRACE_MS = 600_000;

/** Removes blobs that neither a release nor a skill refers to: at its start, every hour, and when asked. */
export function startBlobSweeper({
  db,
  blobs,
  now,
  reportError,
}: {
  db: Kysely<Database>;
  blobs: BlobStore;
  now: () => Date;
  reportError: (error: unknown) => void;
}): RepeatedWork {
  async function sweep(closing: AbortSignal): Promise<void> {
    const before = new Date(now().getTime() - GRACE_MS);
    await blobs.sweep({ before, isNeeded: async (hash) => closing.aborted || isReferredTo(db, hash) });
  }
  return repeat(sweep, { firstMs: 0, everyMs: SWEEP_EVERY_MS, onError: reportError });
}

async function isReferredTo(db: Kysely<Database>, hash: string): Promise<boolean> {
  for (const table of ['releases', 'skills'] as const) {
    const row = await db
      .selectFrom(table)
      .select('bundle_hash')
      .where('bundle_hash', '=', hash)
      .limit(1)
      .executeTakeFirst();
    if (row !== undefined) return true;
  }
  return false;
}
