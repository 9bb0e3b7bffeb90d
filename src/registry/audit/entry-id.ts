import { randomBytes } from 'node:crypto';

/**
 * A UUID in the order of what happened: of a later time, or made later by this process, is greater. Source: RFC 9562, 5.7,
 * with the process's clock in microseconds in place of random bits (6.2, method 3).
 */
export function newEntryId(at: Date): string {
  const ticks = (process.hrtime.bigint() / 1000n) & ((1n << 50n) - 1n);
  const time = hex(BigInt(at.getTime()), 12);
  // 12 bits beside the version, 14 beside the variant, 24 below; the rest is random.
  const middle = hex(0x8000n | ((ticks >> 24n) & 0x3fffn), 4);
  return [
    time.slice(0, 8),
    time.slice(8),
    `7${hex(ticks >> 38n, 3)}`,
    middle,
    hex(ticks & 0xffffffn, 6) + randomBytes(3).toString('hex'),
  ].join('-');
}

/** The least id of an entry at this time or later. */
export function leastEntryId(at: Date): string {
  const time = hex(BigInt(Math.max(0, at.getTime())), 12);
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}

function hex(number: bigint, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}
