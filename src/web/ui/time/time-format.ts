// The product's words are English; what surrounds a number or a date follows from that.
const LOCALE = 'en';

const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'always' });
const exact = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'long' });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// Each unit is used up to the next one's length.
const units = [
  { unit: 'minute', length: MINUTE, below: HOUR },
  { unit: 'hour', length: HOUR, below: DAY },
  { unit: 'day', length: DAY, below: 30 * DAY },
  { unit: 'month', length: 30.44 * DAY, below: 365 * DAY },
  { unit: 'year', length: 365.25 * DAY, below: Number.POSITIVE_INFINITY },
] as const;

/**
 * How long ago a time was, in words: "just now", "5 minutes ago", "1 day ago". A time slightly ahead, by a clock
 * that runs differently, is "just now". "unknown" where the text is no time.
 */
export function formatRelativeTime(time: string, now: number): string {
  const distance = Date.parse(time) - now;
  if (Number.isNaN(distance)) return 'unknown';
  const size = Math.abs(distance);
  if (size < MINUTE) return 'just now';
  const step = units.find(({ below }) => size < below) ?? units[4];
  // Cut, not rounded: 23.6 hours ago is not yet a day ago.
  return relative.format(Math.trunc(distance / step.length) || Math.sign(distance), step.unit);
}

/** The exact time in the person's own time zone, which it names. "unknown" where the text is no time. */
export function formatExactTime(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? 'unknown' : exact.format(date);
}

/** The exact time in UTC, as `2026-03-01 12:00:00 UTC`; undefined where the text is no time. */
export function formatUtcTime(time: string): string | undefined {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return undefined;
  const iso = date.toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}
