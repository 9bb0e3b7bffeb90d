import type { Context } from 'hono';
import type { Logger } from 'pino';
import type { CallSource } from '#contract/call-source.ts';
import type { SessionEvent } from '#contract/session-event.ts';
import { deskSource } from '#gateway/http/desk-source.ts';
import type { GatewayEnv, Session } from '#gateway/http/gateway-env.ts';
import { Problem } from '#gateway/http/problem.ts';

/** Writes down in our own registry what happens at the door. Rejects where its database fails. */
export type WriteSession = (event: SessionEvent, source: CallSource) => Promise<void>;

/** Who came and went, for the registry's record; nothing is written where the registry is not ours. */
export interface SessionAudit {
  /** Rejects where it could not be written down. */
  signedIn(c: Context<GatewayEnv>, session: Session): Promise<void>;
  /** As `signedIn`, while the session's key is still there. */
  signedOut(c: Context<GatewayEnv>, session: Session): Promise<void>;
  /** Counts an attempt that failed with this, where it was refused. Never rejects. */
  failed(c: Context<GatewayEnv>, error: unknown): Promise<void>;
}

const REFUSALS = new Set<string>(['bad-credentials', 'too-many-attempts']);

export function createSessionAudit(write: WriteSession | null, log: Logger): SessionAudit {
  const happened =
    (action: 'session.start' | 'session.end') =>
    async (c: Context<GatewayEnv>, { apiKey, minted }: Session): Promise<void> => {
      const note = minted ? 'By a sign-in link.' : null;
      await write?.({ action, apiKey, note }, deskSource(c));
    };
  return {
    signedIn: happened('session.start'),
    signedOut: happened('session.end'),
    async failed(c, error) {
      if (!(error instanceof Problem) || !REFUSALS.has(error.code)) return;
      await write?.({ action: 'session.refused' }, deskSource(c)).catch((cause: unknown) =>
        log.error({ err: cause }, 'refused attempt not counted'),
      );
    },
  };
}
