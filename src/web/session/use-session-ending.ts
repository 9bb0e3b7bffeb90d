import { useEffect, useEffectEvent, useState, useSyncExternalStore } from 'react';
import { listenToActs } from '#web/api/calling/attendance.ts';
import { readSessionLife, type SessionLife, subscribeToSessionLife } from '#web/api/calling/session-life.ts';

const WARNED_MS = 2 * 60_000;
// How old the last sign of somebody may become before another is given.
const SIGN_EVERY_MS = 5 * 60_000;
const IDLE_MS = 30 * 60_000;
const LOOK_AGAIN_MS = 30_000;

/** What is about to end the session, and when (milliseconds since 1970). */
export interface SessionEnding {
  by: 'idle' | 'end';
  at: number;
}

interface Callbacks {
  /** Somebody did something, of which the gateway has not heard for a while. */
  onAct: () => void;
  /** It should have ended: is it so? */
  onOver: () => void;
}

/** How the session stands, and in its last two minutes what ends it. */
export function useSessionEnding({ onAct, onOver }: Callbacks): [SessionLife, SessionEnding | undefined] {
  const life = useSyncExternalStore(subscribeToSessionLife, readSessionLife);
  const [ending, setEnding] = useState<SessionEnding>();

  const look = useEffectEvent((next: SessionEnding) => {
    const left = next.at - Date.now();
    setEnding(left > 0 && left <= WARNED_MS ? next : undefined);
    if (left <= 0) onOver();
    if (left <= 0) return LOOK_AGAIN_MS;
    return left > WARNED_MS ? left - WARNED_MS : left;
  });
  const act = useEffectEvent((idleAt: number) => {
    if (idleAt - Date.now() < IDLE_MS - SIGN_EVERY_MS) onAct();
  });

  useEffect(() => {
    if (life.phase !== 'live') return undefined;
    const { idleAt, endAt } = life;
    const next: SessionEnding = idleAt < endAt ? { by: 'idle', at: idleAt } : { by: 'end', at: endAt };
    let timer: ReturnType<typeof setTimeout>;
    const lookAndWait = () => {
      clearTimeout(timer);
      timer = setTimeout(lookAndWait, look(next));
    };
    lookAndWait();
    // Timers stand still while a machine sleeps, and are late in a tab that nobody sees.
    document.addEventListener('visibilitychange', lookAndWait);
    const stop = listenToActs(() => act(idleAt));
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', lookAndWait);
      stop();
    };
  }, [life]);

  return [life, life.phase === 'live' ? ending : undefined];
}
