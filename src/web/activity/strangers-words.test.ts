import { describe, expect, it } from 'vitest';
import { strangersWords } from './strangers-words.ts';

describe('attempts by strangers', () => {
  it.each([
    [null, undefined],
    [0, undefined],
    [1, '1 refused attempt by others in your namespaces in the last 30 days.'],
    [3, '3 refused attempts by others in your namespaces in the last 30 days.'],
    [1000, '1,000 or more refused attempts by others in your namespaces in the last 30 days.'],
  ])('%s are told as %j', (refused, words) => {
    expect(strangersWords(refused)).toBe(words);
  });
});
