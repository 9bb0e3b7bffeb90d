import { parseSessionState, SESSION_HEADER } from '#contract/session.ts';

// What this page knows of its session, from the header of every answer. Only reads wait for somebody to sign in again: a
// change is never sent a second time.

export type SessionLife =
  /** Nobody is known to be signed in. */
  | { phase: 'unknown' }
  /** When it ends, by this browser's clock, in milliseconds since 1970. `idleAt` is put off by whoever does something. */
  | { phase: 'live'; idleAt: number; endAt: number }
  /** It ended while the page was in use; `reason` is the gateway's sentence. */
  | { phase: 'ended'; reason: string };

type Live = Extract<SessionLife, { phase: 'live' }>;

let life: SessionLife = { phase: 'unknown' };
let latest: Live | undefined;
let key: string | undefined;
let onOtherKey: () => Promise<void> = async () => {};
let checking: Promise<void> | undefined;
const waiting = new Set<() => void>();
const listeners = new Set<() => void>();

export function readSessionLife(): SessionLife {
  return life;
}

/** Calls `onChange` whenever it changes. Returns how to stop. */
export function subscribeToSessionLife(onChange: () => void): () => void {
  listeners.add(onChange);
  return () => listeners.delete(onChange);
}

/**
 * Who is asked where an answer is to another key than the answers before: this browser signed in anew elsewhere. What is
 * shown waits for it.
 */
export function followOtherKeys(check: () => Promise<void>): void {
  onOtherKey = check;
}

/** Notes what an answer says of the session. Resolves once it may be shown: it is the account's that this page is of. */
export async function noteSession(headers: Headers): Promise<void> {
  const state = parseSessionState(headers.get(SESSION_HEADER));
  if (state !== undefined && key !== undefined && state.key !== key && checking === undefined) {
    checking = onOtherKey().finally(() => {
      checking = undefined;
    });
  }
  await checking;
  adoptSession(headers);
}

/** Notes it without a question: of an answer that is asked for to find out whose session it is. */
export function adoptSession(headers: Headers): void {
  const state = parseSessionState(headers.get(SESSION_HEADER));
  if (state === undefined) return;
  key = state.key;
  const now = Date.now();
  latest = { phase: 'live', idleAt: now + state.idleSeconds * 1000, endAt: now + state.endSeconds * 1000 };
  // An answer that was under way when the session ended does not bring it back: `noteSignedIn` does.
  if (life.phase !== 'ended') change(latest);
}

/** Notes that it ended, where there was one. */
export function noteSessionEnd(reason: string): void {
  if (life.phase === 'live') change({ phase: 'ended', reason });
}

/** Lets what waits for somebody to sign in go on: they have. */
export function noteSignedIn(): void {
  change(latest ?? { phase: 'unknown' });
  for (const goOn of waiting) goOn();
  waiting.clear();
}

/** Forgets it: the page is left to whoever signs in next. */
export function forgetSession(): void {
  key = undefined;
  latest = undefined;
  change({ phase: 'unknown' });
}

/** Resolves once somebody has signed in again. Rejects with the signal's reason where what waits is given up. */
export async function untilSignedIn(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      signal?.removeEventListener('abort', giveUp);
      resolve();
    };
    const giveUp = () => {
      waiting.delete(settle);
      reject(signal?.reason as Error);
    };
    if (signal?.aborted === true) return giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    waiting.add(settle);
  });
}

function change(next: SessionLife): void {
  life = next;
  for (const listener of listeners) listener();
}
