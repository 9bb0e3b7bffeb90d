import { useClock } from '#web/server-list/clock.ts';
import { formatExactTime, formatRelativeTime } from '#web/ui/time/time-format.ts';

/** How long ago a time was, inside of a row's link, where nothing else can be pressed; the exact one on hover. */
export function RowTime({ time }: { time: string }) {
  const now = useClock();
  return (
    <time dateTime={time} title={formatExactTime(time)}>
      {formatRelativeTime(time, now)}
    </time>
  );
}

const day = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric' });

/** The day of a time; the exact one on hover. */
export function RowDay({ time }: { time: string }) {
  const date = new Date(time);
  return (
    <time dateTime={time} title={formatExactTime(time)}>
      {Number.isNaN(date.getTime()) ? 'unknown' : day.format(date)}
    </time>
  );
}
