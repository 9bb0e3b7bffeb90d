/** A time range; `from` is inside, `to` is not; undefined: without end. */
export interface Range {
  from: string | undefined;
  to: string | undefined;
}

interface HourSplit {
  /** What stands before the first whole hour. */
  before: Range | null;
  /** The whole hours, from and to as hours. */
  hours: Range | null;
  /** What stands after the last whole hour. */
  after: Range | null;
}

const HOUR_LENGTH = 13;

/** Splits a range of ISO 8601 times into whole hours and what is left at its ends; null for a part without time. */
export function splitByHour({ from, to }: Range): HourSplit {
  const firstHour = from === undefined ? undefined : roundUp(from);
  const lastHour = to?.slice(0, HOUR_LENGTH);
  if (firstHour !== undefined && lastHour !== undefined && firstHour >= lastHour) {
    return { before: { from, to }, hours: null, after: null };
  }
  return {
    before: from === undefined || isWholeHour(from) ? null : { from, to: firstHour },
    hours: { from: firstHour, to: lastHour },
    after: to === undefined || isWholeHour(to) ? null : { from: lastHour, to },
  };
}

function isWholeHour(time: string): boolean {
  return time.slice(HOUR_LENGTH) === ':00:00.000Z';
}

// The hour that begins at this time, or the next one.
function roundUp(time: string): string {
  if (isWholeHour(time)) return time.slice(0, HOUR_LENGTH);
  return new Date(Date.parse(`${time.slice(0, HOUR_LENGTH)}:00:00.000Z`) + 3_600_000)
    .toISOString()
    .slice(0, HOUR_LENGTH);
}
