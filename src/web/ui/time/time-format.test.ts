import { describe, expect, it } from 'vitest';
import { formatExactTime, formatRelativeTime, formatUtcTime } from './time-format.ts';

const now = Date.parse('2026-07-15T12:00:00.000Z');
const ago = (milliseconds: number) => formatRelativeTime(new Date(now - milliseconds).toISOString(), now);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('relative times', () => {
  it.each([
    [0, 'just now'],
    [59_999, 'just now'],
    [MINUTE, '1 minute ago'],
    [59 * MINUTE, '59 minutes ago'],
    [HOUR, '1 hour ago'],
    [23.9 * HOUR, '23 hours ago'],
    [DAY, '1 day ago'],
    [29 * DAY, '29 days ago'],
    [30 * DAY, '1 month ago'],
    [364 * DAY, '11 months ago'],
    [365 * DAY, '1 year ago'],
    [800 * DAY, '2 years ago'],
  ])('call %d ms "%s"', (milliseconds, words) => {
    expect(ago(milliseconds)).toBe(words);
  });

  it('forgive a clock that runs a little differently', () => {
    expect(ago(-30_000)).toBe('just now');
    expect(ago(-2 * HOUR)).toBe('in 2 hours');
  });

  it('are unknown where the text is no time', () => {
    expect(formatRelativeTime('soon', now)).toBe('unknown');
    expect(formatExactTime('soon')).toBe('unknown');
  });
});

describe('exact times', () => {
  it('name their date and their zone', () => {
    expect(formatExactTime('2026-07-15T12:00:00.000Z')).toMatch(/Jul 1[456], 2026.*\d:\d\d:\d\d.*[A-Z]/);
  });
});

describe('times in UTC', () => {
  it.each([
    ['2026-07-15T12:00:00.000Z', '2026-07-15 12:00:00 UTC'],
    ['2026-07-15T23:30:00-02:00', '2026-07-16 01:30:00 UTC'],
    ['2026-07-15', '2026-07-15 00:00:00 UTC'],
  ])('%s is %s', (time, words) => {
    expect(formatUtcTime(time)).toBe(words);
  });

  it('are none for what is no time', () => {
    expect(formatUtcTime('yesterday')).toBeUndefined();
  });
});
