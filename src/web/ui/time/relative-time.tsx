import { useSyncExternalStore } from 'react';
import { formatExactTime, formatRelativeTime } from './time-format.ts';

const TICK = 30_000;

/**
 * How long ago a time was; the exact one on hover. `time` is ISO 8601. For places inside a link or a button: elsewhere
 * `ExactTime` tells the exact one by keyboard and touch too.
 */
export function RelativeTime({ time }: { time: string }) {
  return (
    <time dateTime={time} title={formatExactTime(time)}>
      {useRelativeTime(time)}
    </time>
  );
}

/** How long ago a time was, in words that keep up with the clock. */
export function useRelativeTime(time: string): string {
  const now = useSyncExternalStore(subscribeToClock, readClock);
  return formatRelativeTime(time, now);
}

function subscribeToClock(onTick: () => void): () => void {
  const timer = setInterval(onTick, TICK);
  return () => clearInterval(timer);
}

// In steps, so that every time on the page is told from the same moment.
function readClock(): number {
  return Math.ceil(Date.now() / TICK) * TICK;
}
