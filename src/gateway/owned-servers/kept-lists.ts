import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { liveSessions } from '#gateway/sessions/session-store.ts';

/** What one key owns in one registry, as far as it is kept here. */
export interface KeptList {
  rid: number;
  actor: string;
}

const ASKED_EVERY_MS = 15_000;
// Long after no list can name it any more.
const KEEP_GONE_MS = 3_600_000;

interface Options {
  db: Kysely<Database>;
  /** The registry's URL. */
  registry: string;
  /** The id of this process. */
  processId: string;
  now: () => Date;
}

/** What keys own in one registry elsewhere: who looked at it, and which process reads it. Every method rejects where the database fails. */
export type KeptLists = ReturnType<typeof createKeptLists>;

export function createKeptLists({ db, registry, processId, now }: Options) {
  const ago = (ms: number): string => new Date(now().getTime() - ms).toISOString();

  async function findList(actor: string) {
    return db
      .selectFrom('owned_lists')
      .select(['rid', 'asked_at'])
      .where('registry', '=', registry)
      .where('key_print', '=', actor)
      .executeTakeFirst();
  }

  return {
    /** The list of a key, which is looked at now. */
    async look(actor: string): Promise<KeptList> {
      const known = await findList(actor);
      if (known === undefined) {
        await db
          .insertInto('owned_lists')
          .values({ registry, key_print: actor, asked_at: now().toISOString(), filler: null })
          .onConflict((conflict) => conflict.columns(['registry', 'key_print']).doNothing())
          .execute();
      } else if (Math.abs(Date.parse(known.asked_at) - now().getTime()) > ASKED_EVERY_MS) {
        await db
          .updateTable('owned_lists')
          .set({ asked_at: now().toISOString() })
          .where('rid', '=', known.rid)
          .execute();
      }
      const { rid } = known ?? (await findList(actor)) ?? { rid: 0 };
      return { rid, actor };
    },

    /** Which process reads for it; null where none does. */
    async filler({ rid }: KeptList): Promise<string | null> {
      const row = await db
        .selectFrom('owned_lists')
        .select('filler')
        .where('rid', '=', rid)
        .executeTakeFirst();
      return row?.filler ?? null;
    },

    /** Lets this process read for it in place of another, or of none; false where a third was quicker. */
    async take({ rid }: KeptList, from: string | null): Promise<boolean> {
      const { numUpdatedRows } = await db
        .updateTable('owned_lists')
        .set({ filler: processId })
        .where('rid', '=', rid)
        .where((e) => (from === null ? e('filler', 'is', null) : e('filler', '=', from)))
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },

    async release({ rid }: KeptList): Promise<void> {
      await db
        .updateTable('owned_lists')
        .set({ filler: null })
        .where('rid', '=', rid)
        .where('filler', '=', processId)
        .execute();
    },

    /** Whether this process may go on reading: it is its turn, the key is signed in, and somebody looked lately. */
    async mayRead({ rid, actor }: KeptList, idleMs: number): Promise<boolean> {
      const row = await db
        .selectFrom('owned_lists')
        .select('rid')
        .where('rid', '=', rid)
        .where('filler', '=', processId)
        .where('asked_at', '>', ago(idleMs))
        .where((e) =>
          e.exists(liveSessions(db, now()).where('registry', '=', registry).where('key_print', '=', actor)),
        )
        .executeTakeFirst();
      return row !== undefined;
    },

    /** Forgets what keys own that nobody asked for since, and what was deleted long enough ago. */
    async forgetUnseen(since: Date): Promise<void> {
      await db
        .deleteFrom('owned_lists')
        .where('registry', '=', registry)
        .where('asked_at', '<', since.toISOString())
        .execute();
      await db
        .deleteFrom('owned_servers')
        .where('list_rid', 'in', listsOf(db, registry))
        .where('gone_at', '<', ago(KEEP_GONE_MS))
        .execute();
    },
  };
}

/** The numbers of all lists of a registry. */
export function listsOf(db: Kysely<Database>, registry: string) {
  return db.selectFrom('owned_lists').select('rid').where('registry', '=', registry);
}
