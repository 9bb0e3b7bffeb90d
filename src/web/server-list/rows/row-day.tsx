import { formatExactTime } from '#web/ui/time/time-format.ts';

const day = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric' });

/** The day of a time, inside of a row's link; the exact one on hover. */
export function RowDay({ time }: { time: string }) {
  const date = new Date(time);
  return (
    <time dateTime={time} title={formatExactTime(time)}>
      {Number.isNaN(date.getTime()) ? 'unknown' : day.format(date)}
    </time>
  );
}
