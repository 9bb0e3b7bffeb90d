import type { ServerCalls } from '#contract/owned-servers.ts';
import { formatCount, formatNumber } from '#web/lib/format.ts';

const share = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });

/** How many calls there were; null where that is not known. */
export function callCount(count: number | undefined): string | null {
  return count === undefined ? null : formatNumber(count);
}

/** How many calls failed, and of which; null where that is not known. */
export function failedShare({ errorShare, errorSample }: ServerCalls): string | null {
  if (errorShare === undefined) return null;
  if (errorShare === null) return 'No calls to tell by';
  const of = errorSample === undefined ? 'in 7 days' : `of the last ${formatCount(errorSample, 'call')}`;
  // What is less than a tenth of a percent is not none.
  const words = errorShare > 0 && errorShare < 0.001 ? 'less than 0.1%' : share.format(errorShare);
  return `${words} ${of}`;
}
