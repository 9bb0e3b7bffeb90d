import { useSyncExternalStore } from 'react';
import { formatExactTime, formatRelativeTime } from './time-format.ts';

const TICK = 30_000;

/** How long ago a time was; the exact one on hover. `time` is ISO 8601. */
export function RelativeTime({ time }: { time: string }) {
  const now = useSyncExternalStore(subscribeToClock, readClock);
  return (
    <time dateTime={time} title={formatExactTime(time)}>
      {formatRelativeTime(time, now)}
    </time>
  );
}

function subscribeToClock(onTick: () => void): () => void {
  const timer = setInterval(onTick, TICK);
  return () => clearInterval(timer);
}

// In steps, so that every time on the page is told from the same moment.
function readClock(): number {
  return Math.ceil(Date.now() / TICK) * TICK;
}
