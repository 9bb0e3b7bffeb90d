/** What happens at the door of the desk, as our own registry is told it to write it down. */
export type SessionEvent =
  | ({ action: 'session.start' } & SessionMoment)
  | ({
      action: 'session.end';
      /** True where its holder ended it; else it ended by itself. */
      byHolder: boolean;
      /** When it ended, where that is found only now. */
      at?: Date;
    } & SessionMoment)
  /** A key or a sign-in link that was not accepted. */
  | { action: 'session.refused' };

interface SessionMoment {
  /** What tells this session from others, from its beginning to its end; of no use to sign in with. */
  session: string;
  apiKey: string;
  /** In a sentence, where there is more to say. */
  note: string | null;
}
