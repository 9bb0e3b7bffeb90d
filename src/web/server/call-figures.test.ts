import { describe, expect, it } from 'vitest';
import { callCount, failedShare } from './call-figures.ts';

describe('the figures of calls', () => {
  it.each([
    [undefined, null],
    [0, '0'],
    [12_345, '12,345'],
  ])('%s calls are %s', (count, words) => {
    expect(callCount(count)).toBe(words);
  });

  it.each([
    [{}, null],
    [{ errorShare: null }, 'No calls to tell by'],
    [{ errorShare: 0 }, '0% in 7 days'],
    [{ errorShare: 0.0004 }, 'less than 0.1% in 7 days'],
    [{ errorShare: 0.256 }, '25.6% in 7 days'],
    [{ errorShare: 1, errorSample: 100 }, '100% of the last 100 calls'],
    [{ errorShare: 1, errorSample: 1 }, '100% of the last 1 call'],
  ])('%j fail as %s', (calls, words) => {
    expect(failedShare(calls)).toBe(words);
  });
});
