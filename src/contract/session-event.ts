/** What happens at the door of the desk, as our own registry is told it to write it down. */
export type SessionEvent =
  | { action: 'session.start' | 'session.end'; apiKey: string; note: string | null }
  /** A key or a sign-in link that was not accepted. */
  | { action: 'session.refused' };
