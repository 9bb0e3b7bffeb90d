import { describe, expect, it } from 'vitest';
import { isolated } from './isolated-text.ts';

describe('a text of others inside of ours', () => {
  it('is as it is where it has no direction of its own', () => {
    expect(isolated('acme/weather')).toBe('acme/weather');
  });

  it('keeps its direction to itself', () => {
    expect(isolated('שלום')).toBe('\u2068שלום\u2069');
  });

  it('cannot turn what follows it, however it is made', () => {
    expect(isolated('a\u202eb\u2069\u2069c')).toBe('\u2068abc\u2069');
  });
});
