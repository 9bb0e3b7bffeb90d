import { useSyncExternalStore } from 'react';

const TICK = 30_000;

/** The time, in milliseconds since 1970, in steps of half a minute: all that is drawn at once is told from the same moment. */
export function useClock(): number {
  return useSyncExternalStore(subscribeToClock, readClock);
}

function subscribeToClock(onTick: () => void): () => void {
  const timer = setInterval(onTick, TICK);
  return () => clearInterval(timer);
}

function readClock(): number {
  return Math.ceil(Date.now() / TICK) * TICK;
}
