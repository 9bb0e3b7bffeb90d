import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeHref } from './safe-link.ts';

describe('links that strangers wrote', () => {
  it.each(['https://example.com/a?b#c', 'http://localhost:3000/', 'https://例え.jp/'])(
    'follows %s',
    (url) => {
      expect(safeHref(url)).toBe(new URL(url).href);
    },
  );

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'blob:https://example.com/1',
    'file:///etc/passwd',
    '//example.com',
    '/servers',
    'example.com',
    '',
    'https://bank.example@evil.example/',
    'https://user:secret@evil.example/',
  ])('does not follow %j', (url) => {
    expect(safeHref(url)).toBeUndefined();
  });

  it('has nothing to follow where there is nothing', () => {
    expect(safeHref(null)).toBeUndefined();
    expect(safeHref(undefined)).toBeUndefined();
  });

  const scheme = fc.constantFrom('', 'http:', 'https://', 'javascript:', 'data:', '\\\\', '/', 'x:');

  it('only ever gives http and https', () => {
    fc.assert(
      fc.property(scheme, fc.string(), (scheme, rest) => {
        const url = scheme + rest;
        expect(safeHref(url) ?? 'https://').toMatch(/^https?:\/\//);
      }),
    );
  });
});
