import { useSyncExternalStore } from 'react';

/** Whole seconds left until a time (milliseconds since 1970), counting down by itself; 0 where there is none. */
export function useSecondsUntil(time: number | null): number {
  return useSyncExternalStore(subscribeToClock, () =>
    time === null ? 0 : Math.max(0, Math.ceil((time - Date.now()) / 1000)),
  );
}

function subscribeToClock(onTick: () => void): () => void {
  const timer = setInterval(onTick, 250);
  return () => clearInterval(timer);
}
