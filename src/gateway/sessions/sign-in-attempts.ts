import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { hashToken } from '#platform/sealing.ts';

const MINUTE_MS = 60_000;

/** Attempts of one kind, counted in rows, so that every process on the database counts the same ones. */
export interface SignInAttempts {
  /** Takes one attempt. Resolves with 0, or the seconds until there is one. */
  take(who: string): Promise<number>;
  /** Gives one back: the attempt is not to count. */
  giveBack(who: string): Promise<void>;
}

/**
 * So many attempts a minute for each, and as many at once after a rest. Only hashes of who tries are kept, and no longer than
 * they count. Every method rejects where the database fails.
 */
export function createSignInAttempts(
  db: Kysely<Database>,
  { kind, perMinute, now }: { kind: string; perMinute: number; now: () => Date },
): SignInAttempts {
  const eachMs = MINUTE_MS / perMinute;
  const hashOf = (who: string) => hashToken(`${kind} ${who}`);

  return {
    async take(who) {
      const hash = hashOf(who);
      const time = now().getTime();
      // What is free again, and what a clock that was ahead has written: nobody waits longer than a minute.
      await db
        .deleteFrom('sign_in_attempts')
        .where((e) => e.or([e('free_at', '<=', time), e('free_at', '>', time + MINUTE_MS)]))
        .execute();
      // One statement, so that two at once cannot both take the last.
      const taken = await db
        .insertInto('sign_in_attempts')
        .values({ hash, free_at: time + eachMs })
        .onConflict((conflict) =>
          conflict
            .column('hash')
            .doUpdateSet((e) => ({ free_at: e('sign_in_attempts.free_at', '+', eachMs) }))
            .where('sign_in_attempts.free_at', '<=', time + MINUTE_MS - eachMs),
        )
        .returning('free_at')
        .executeTakeFirst();
      if (taken !== undefined) return 0;
      const row = await db
        .selectFrom('sign_in_attempts')
        .select('free_at')
        .where('hash', '=', hash)
        .executeTakeFirst();
      // Another process may have swept it just now.
      return Math.max(1, Math.ceil(((row?.free_at ?? time) + eachMs - MINUTE_MS - time) / 1000));
    },
    async giveBack(who) {
      await db
        .updateTable('sign_in_attempts')
        .set((e) => ({ free_at: e('free_at', '-', eachMs) }))
        .where('hash', '=', hashOf(who))
        .execute();
    },
  };
}
