import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { hashToken, randomToken } from '#platform/sealing.ts';

const LIFETIME_MS = 10 * 60_000;

/** One-time codes of sign-in links, good for any process on the database; only their hashes are kept. */
export interface SignInCodes {
  create(): Promise<string>;
  /** True once for each code, within ten minutes. */
  redeem(code: string): Promise<boolean>;
}

/** The codes in this database. Every method rejects where it fails. */
export function createSignInCodes(db: Kysely<Database>, now: () => Date): SignInCodes {
  return {
    async create() {
      const code = randomToken();
      await db.deleteFrom('sign_in_codes').where('expires_at', '<=', now().toISOString()).execute();
      await db
        .insertInto('sign_in_codes')
        .values({
          hash: hashToken(code),
          expires_at: new Date(now().getTime() + LIFETIME_MS).toISOString(),
        })
        .execute();
      return code;
    },
    async redeem(code) {
      const used = await db
        .deleteFrom('sign_in_codes')
        .where('hash', '=', hashToken(code))
        .returning('expires_at')
        .executeTakeFirst();
      return used !== undefined && now().toISOString() < used.expires_at;
    },
  };
}
