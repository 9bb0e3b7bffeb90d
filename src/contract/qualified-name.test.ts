import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { registryPaths } from './api-paths.ts';
import { formatQualifiedName, parseQualifiedName, parseQualifiedNameSegment } from './qualified-name.ts';

describe('a qualified name', () => {
  it.each([
    ['acme', { namespace: 'acme', server: '' }],
    ['acme/weather', { namespace: 'acme', server: 'weather' }],
    ['@smithery/unicorn', { namespace: '@smithery', server: 'unicorn' }],
    ['Danielpeter-99/calcom-mcp', { namespace: 'Danielpeter-99', server: 'calcom-mcp' }],
    ['acme/a.b', { namespace: 'acme', server: 'a.b' }],
    ['アクメ/天気', { namespace: 'アクメ', server: '天気' }],
  ])('%s is taken apart and put together again', (text, name) => {
    expect(parseQualifiedName(text)).toEqual(name);
    expect(formatQualifiedName(name)).toBe(text);
  });

  it.each([
    '',
    '/',
    'acme/',
    '/weather',
    'acme/weather/releases',
    '.',
    '..',
    '../keys',
    'acme/..',
    'acme/.',
    'acme//weather',
    'acme\\weather',
    'acme weather',
    ' acme',
    'acme\n',
    'acme\u0000',
    'acme?x',
    'acme#x',
    'acme%2Fweather',
    'acme／weather',
    'acme\u202Eweather',
    'acme\u200Bweather',
    '-',
    'a'.repeat(129),
  ])('%j is no name', (text) => {
    expect(parseQualifiedName(text)).toBeUndefined();
  });

  it.each([
    '%',
    '%c0%af',
    '%E0%A4%A',
    'acme%252Fweather',
    '..%2Fkeys',
    '%2e%2e',
    '%00',
    'acme/weather',
    'acme%5Cweather',
  ])('the segment %s is no name', (segment) => {
    expect(parseQualifiedNameSegment(segment)).toBeUndefined();
  });

  it('survives its own path: whatever is accepted comes back to the letter from one segment', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('a', 'B', '9', '.', '-', '_', '@', '/', '%', '２', 'é', '%2F') }),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        const name = parseQualifiedName(text);
        if (name === undefined) return;
        const path = new URL(registryPaths.releases(formatQualifiedName(name)), 'http://registry').pathname;
        const [, first, segment, last, ...rest] = path.split('/');
        expect([first, last, rest]).toEqual(['servers', 'releases', []]);
        expect(parseQualifiedNameSegment(segment ?? '')).toEqual(name);
      }),
      { numRuns: 2000 },
    );
  });
});
