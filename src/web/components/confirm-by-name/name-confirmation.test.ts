import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { confirms, explainNearMiss } from './name-confirmation.ts';

describe('confirming a name', () => {
  it('takes the exact name', () => {
    expect(confirms('acme/weather', 'acme/weather')).toBe(true);
  });

  it('takes a pasted name with spaces or line ends around it', () => {
    expect(confirms(' acme/weather ', 'acme/weather')).toBe(true);
    expect(confirms('\tacme/weather\r\n', 'acme/weather')).toBe(true);
  });

  it('never matches an empty name, so that a name not loaded arms nothing', () => {
    expect(confirms('', '')).toBe(false);
    expect(confirms('   ', '')).toBe(false);
  });

  it('reads a dot as a dot', () => {
    expect(confirms('aXb', 'a.b')).toBe(false);
    expect(explainNearMiss('aXb', 'a.b')).toBeUndefined();
  });

  it('tells a namespace from a server in it', () => {
    expect(confirms('acme', 'acme/weather')).toBe(false);
    expect(confirms('acme/weather', 'acme')).toBe(false);
  });

  it('compares by code point: a composed and a decomposed letter differ', () => {
    expect(confirms('cafe\u0301', 'caf\u00e9')).toBe(false);
  });

  it('matches any name with itself and nothing else', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).map((value) => value.trim());
    fc.assert(
      fc.property(text, text, (typed, name) => {
        expect(confirms(typed, name)).toBe(name !== '' && typed === name);
      }),
    );
  });
});

describe('explaining a near miss', () => {
  it('says nothing about the name itself or about another text', () => {
    expect(explainNearMiss('acme/weather', 'acme/weather')).toBeUndefined();
    expect(explainNearMiss('acme/wea', 'acme/weather')).toBeUndefined();
    expect(explainNearMiss('', 'acme/weather')).toBeUndefined();
  });

  it('names letter case', () => {
    expect(explainNearMiss('Acme/Weather', 'acme/weather')).toMatch(/the case of its letters/);
  });

  it('names a space inside', () => {
    expect(explainNearMiss('acme / weather', 'acme/weather')).toMatch(/a space/);
  });

  it.each([
    ['a zero-width space', '\u200b'],
    ['a soft hyphen', '\u00ad'],
    ['a direction mark', '\u202e'],
    ['a variation selector', '\ufe0f'],
  ])('names %s', (_name, character) => {
    expect(explainNearMiss(`acme/${character}weather`, 'acme/weather')).toMatch(/an invisible character/);
  });

  it('names a look-alike character', () => {
    expect(explainNearMiss('acme／weather', 'acme/weather')).toMatch(/only looks the same/);
  });

  it('names a letter written with other code points', () => {
    expect(explainNearMiss('caf\u00e9', 'cafe\u0301')).toMatch(/only looks the same/);
  });

  it('names every reason at once', () => {
    const explanation = explainNearMiss('Acme /\u200bweather', 'acme/weather');
    expect(explanation).toMatch(/invisible character/);
    expect(explanation).toMatch(/a space/);
    expect(explanation).toMatch(/the case of its letters/);
  });

  it('explains an invisible character put anywhere into any plain name', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,9}\/[a-z][a-z0-9._-]{0,9}$/);
    fc.assert(
      fc.property(
        name,
        fc.nat(),
        fc.constantFrom('\u200b', '\u200d', '\u2060', '\ufeff'),
        (name, at, character) => {
          const index = 1 + (at % (name.length - 1));
          const typed = name.slice(0, index) + character + name.slice(index);
          expect(confirms(typed, name)).toBe(false);
          expect(explainNearMiss(typed, name)).toMatch(/an invisible character/);
        },
      ),
    );
  });
});
