import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { productOf } from './user-agent.ts';

const CHROME = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';

describe('of a user agent', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0', 'Firefox 153'],
    [`Mozilla/5.0 (X11; Linux x86_64) ${CHROME}`, 'Chrome 142'],
    [`Mozilla/5.0 (Windows NT 10.0) ${CHROME} Edg/142.0.3595.53`, 'Edge 142'],
    [`Mozilla/5.0 (Windows NT 10.0) ${CHROME} OPR/125.0`, 'Opera 125'],
    [
      'Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3.1 Safari/605.1.15',
      'Safari 18.3',
    ],
    ['Mozilla/5.0 (X11) HeadlessChrome/142.0.0.0 Safari/537.36', 'HeadlessChrome 142'],
    ['curl/8.5.0', 'curl 8.5'],
    ['my own script', 'my'],
    ['Browser\t1 (made of \u00ad tests)', 'Browser 1'],
    ['(no product at all)', null],
    ['/5', null],
    ['tool/next', 'tool'],
    ['x'.repeat(5000), 'x'.repeat(64)],
    [`tool/${'9'.repeat(5000)}`, `tool ${'9'.repeat(59)}`],
    ['', null],
    [`${'y'.repeat(63)}/7`, 'y'.repeat(63)],
    [undefined, null],
    [null, null],
  ])('%j, %j is kept', (text, kept) => {
    expect(productOf(text)).toBe(kept);
  });

  it('no more than 64 characters are kept, and what was kept is kept as it is', () => {
    const words = fc.constantFrom(
      'Mozilla/5.0',
      'Chrome/1.0',
      '(a b)',
      '(',
      ')',
      'x/1.2.3',
      '/',
      ' 7 ',
      '\u202e',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 6 }).map((some) => some.join(' ')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const kept = productOf(text);
        expect(Array.from(kept ?? '').length).toBeLessThanOrEqual(64);
        expect(productOf(kept)).toBe(kept);
      }),
    );
  });
});
