import type { Context } from 'hono';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { CallSource } from '#contract/call-source.ts';
import type { SessionEvent } from '#contract/session-event.ts';
import type { Database } from '#database/schema.ts';
import { deskSource } from '#gateway/http/desk-source.ts';
import type { GatewayEnv, Session } from '#gateway/http/gateway-env.ts';
import { Problem } from '#gateway/http/problem.ts';

/** Writes down in our own registry what happens at the door, within this transaction. Rejects where its database fails. */
export type WriteSession = (trx: Kysely<Database>, event: SessionEvent, source: CallSource) => Promise<void>;

/** How a session came to its end. What it was at when the desk stopped is none: it goes on with the next start. */
export type SessionEnd = 'signed-out' | 'replaced' | 'refused' | 'idle' | 'over';

/** Who came and went, for the registry's record; nothing is written where the registry is not ours. */
export interface SessionAudit {
  /** Belongs into the transaction that begins it. Rejects where it could not be written down. */
  started(trx: Kysely<Database>, session: Session, source: CallSource): Promise<void>;
  /** As `started`, for the transaction that ends it, while the session's key is still there. */
  ended(trx: Kysely<Database>, session: Session, how: SessionEnd, source?: CallSource): Promise<void>;
  /** Counts an attempt that failed with this, where it was refused. Never rejects. */
  failed(c: Context<GatewayEnv>, error: unknown): Promise<void>;
}

const REFUSALS = new Set<string>(['bad-credentials', 'too-many-attempts']);

const END_WORDS: Readonly<Record<SessionEnd, string | null>> = {
  'signed-out': null,
  replaced: 'The same browser signed in anew.',
  refused: 'The registry did not take its key any more.',
  idle: 'It was not used for 30 minutes.',
  over: 'It had lasted 8 hours.',
};

export function createSessionAudit(
  db: Kysely<Database>,
  { write, log }: { write: WriteSession | null; log: Logger },
): SessionAudit {
  return {
    async started(trx, session, source) {
      await write?.(trx, { action: 'session.start', ...momentOf(session, null) }, source);
    },
    async ended(trx, session, how, source = {}) {
      const moment = momentOf(session, END_WORDS[how]);
      const byHolder = how === 'signed-out' || how === 'replaced';
      const at = how === 'idle' ? session.idleAt : how === 'over' ? session.expiresAt : undefined;
      const when = at === undefined ? {} : { at };
      await write?.(trx, { action: 'session.end', byHolder, ...when, ...moment }, source);
    },
    async failed(c, error) {
      if (write === null || !(error instanceof Problem) || !REFUSALS.has(error.code)) return;
      await db
        .transaction()
        .execute(async (trx) => write(trx, { action: 'session.refused' }, deskSource(c)))
        .catch((cause: unknown) => log.error({ err: cause }, 'refused attempt not counted'));
    },
  };
}

function momentOf({ name: session, apiKey, minted }: Session, end: string | null) {
  const words = [minted ? 'By a sign-in link.' : null, end].filter((text) => text !== null);
  return { session, apiKey, note: words.length === 0 ? null : words.join(' ') };
}
