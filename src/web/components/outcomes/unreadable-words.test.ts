import { describe, expect, it } from 'vitest';
import { unreadableWords } from './unreadable-words.ts';

describe('what could not be read', () => {
  it.each([
    [0, 0, undefined],
    [1, 0, '1 entry could not be read'],
    [2, 0, '2 entries could not be read'],
    [0, 1, '1 value could not be read'],
    [1200, 3, '1,200 entries and 3 values could not be read'],
  ])('%d entries and %d values', (entries, values, words) => {
    expect(unreadableWords({ entries, values })).toBe(words);
  });
});
