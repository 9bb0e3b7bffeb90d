import { useClock } from './clock.ts';
import { formatExactTime, formatRelativeTime } from './time-format.ts';

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
  return formatRelativeTime(time, useClock());
}
