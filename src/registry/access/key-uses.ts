import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { repeat } from '#platform/repeated-work.ts';

const MINUTE_MS = 60_000;
const EVERY_MS = 5000;

/** When keys were last used, to the minute. */
export interface KeyUses {
  /** Notes that a key, or a token made with it, is used now. */
  note(keyId: string): void;
  /** Writes down what was noted. */
  close(): Promise<void>;
}

/**
 * Writes uses down a little later, all at once and each key at most once a minute, so that a request costs no write. What a
 * process that dies has noted within these seconds is lost.
 */
export function createKeyUses({
  db,
  now,
  reportError,
}: {
  db: Kysely<Database>;
  now: () => Date;
  reportError: (error: unknown) => void;
}): KeyUses {
  const noted = new Map<string, string>();
  const written = new Map<string, string>();

  async function write(): Promise<void> {
    for (const [keyId, minute] of noted) {
      noted.delete(keyId);
      await db
        .updateTable('api_keys')
        .set({ last_used_at: minute })
        .where('id', '=', keyId)
        // Another process may have seen it later.
        .where((e) => e.or([e('last_used_at', 'is', null), e('last_used_at', '<', minute)]))
        .execute();
    }
    const current = minuteOf(now());
    for (const [keyId, minute] of written) if (minute < current) written.delete(keyId);
  }

  const writing = repeat(write, { firstMs: EVERY_MS, everyMs: EVERY_MS, onError: reportError });
  return {
    note(keyId) {
      const minute = minuteOf(now());
      if (written.get(keyId) === minute) return;
      written.set(keyId, minute);
      noted.set(keyId, minute);
    },
    async close() {
      await writing.close();
      await write().catch(reportError);
    },
  };
}

function minuteOf(at: Date): string {
  return new Date(Math.floor(at.getTime() / MINUTE_MS) * MINUTE_MS).toISOString();
}
