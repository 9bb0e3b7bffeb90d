import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexTerms, queryTerms } from './terms.ts';
import { isWithinOneEdit, variantsOf } from './typos.ts';

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é', '𝒳'), minLength: 1, maxLength: 8 });
const letter = fc.constantFrom('a', 'b', 'z');

/** One random edit of a word. */
const edited = fc
  .tuple(word, fc.nat(8), letter, fc.constantFrom('add', 'drop', 'change', 'swap'))
  .map(([text, position, other, edit]) => {
    const letters = Array.from(text);
    const at = position % letters.length;
    if (edit === 'add') letters.splice(at, 0, other);
    if (edit === 'drop') letters.splice(at, 1);
    if (edit === 'change') letters[at] = other;
    if (edit === 'swap') letters.splice(at, 2, ...letters.slice(at, at + 2).reverse());
    return [text, letters.join('')] as const;
  });

describe('words one edit apart', () => {
  it('are told so, and share a variant to be found by', () => {
    fc.assert(
      fc.property(edited, ([before, after]) => {
        expect(isWithinOneEdit(before, after)).toBe(true);
        const variants = new Set(variantsOf(before));
        expect(variantsOf(after).some((variant) => variants.has(variant))).toBe(true);
      }),
    );
  });

  it.each([
    ['weather', 'waethre'],
    ['weather', 'weath'],
    ['abcd', 'dbca'],
    ['ab', 'cd'],
  ])('are not %s and %s', (one, other) => {
    expect(isWithinOneEdit(one, other)).toBe(false);
  });
});

describe('the words of a text', () => {
  it.each([
    ['demo/weather-archive', ['demo', 'weather', 'archive']],
    ['feature.flags_v2', ['feature', 'flags', 'v2']],
    ['Café ÇA İstanbul Ⅷ', ['cafe', 'ca', 'istanbul', 'viii']],
    ['東京都 tokyo都', ['東京', '京都', '都', 'tokyo', '都']],
    ['🚇 — !', []],
  ])('%s are %j', (text, terms) => {
    expect(indexTerms(text)).toEqual(terms);
  });

  it('are found again by any query of the same words', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        const filed = new Set(indexTerms(text));
        for (const term of queryTerms(text)) expect(filed).toContain(term);
        expect(queryTerms(text.toUpperCase()).every((term) => term === term.toLowerCase())).toBe(true);
      }),
    );
  });
});
