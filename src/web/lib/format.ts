// The product's words are English; what surrounds a number follows from that.
const LOCALE = 'en';

const whole = new Intl.NumberFormat(LOCALE);
const plural = new Intl.PluralRules(LOCALE);

/** A whole number with its thousands apart: "12,345". */
export function formatNumber(count: number): string {
  return whole.format(count);
}

/** A count with its noun: "1 server", "12,345 servers". `nouns` is for those that do not just take an s. */
export function formatCount(count: number, noun: string, nouns = `${noun}s`): string {
  return `${formatNumber(count)} ${plural.select(count) === 'one' ? noun : nouns}`;
}
