import { describe, expect, it } from 'vitest';
import { formatCount, formatNumber } from './format.ts';

describe('numbers', () => {
  it('have their thousands apart', () => {
    expect(formatNumber(48213)).toBe('48,213');
  });

  it('agree with their nouns', () => {
    expect(formatCount(0, 'server')).toBe('0 servers');
    expect(formatCount(1, 'server')).toBe('1 server');
    expect(formatCount(1234, 'match', 'matches')).toBe('1,234 matches');
  });
});
