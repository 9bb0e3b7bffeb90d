import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import type { BlobStore } from './blob-store.ts';

const SWEEP_EVERY_MS = 3_600_000;
// Longer than any upload may take: what is put first and referred to afterwards must not vanish in between.
const GRACE_MS = 600_000;

interface Sweeper {
  /** Looks, soon, for blobs that nothing refers to any more. */
  sweepSoon: () => void;
  close(): Promise<void>;
}

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
}): Sweeper {
  let current: Promise<void> | undefined;
  let isAskedAgain = false;
  let isClosed = false;

  async function sweep(): Promise<void> {
    do {
      isAskedAgain = false;
      try {
        const before = new Date(now().getTime() - GRACE_MS);
        await blobs.sweep({ before, isNeeded: async (hash) => isClosed || isReferredTo(db, hash) });
      } catch (error) {
        reportError(error);
      }
    } while (isAskedAgain);
    current = undefined;
  }

  function sweepSoon(): void {
    isAskedAgain = true;
    if (!isClosed) current ??= sweep();
  }

  const timer = setInterval(sweepSoon, SWEEP_EVERY_MS).unref();
  sweepSoon();
  return {
    sweepSoon,
    async close() {
      isClosed = true;
      clearInterval(timer);
      await current;
    },
  };
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
