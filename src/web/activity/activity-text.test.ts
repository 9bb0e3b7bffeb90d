import { describe, expect, it } from 'vitest';
import { ledgerEntry } from '#e2e/support/ledger-entry.ts';
import { answerWords, shortUserAgent } from './activity-text.ts';

const operation = ledgerEntry();

describe('what was answered', () => {
  it('quotes the registry by its status, and no one where no status came', () => {
    const message = 'Server not found';
    expect(answerWords({ ...operation, status: 404, message })).toBe(
      'The registry answered 404: “Server not found”.',
    );
    expect(answerWords({ ...operation, status: null, message })).toBe(message);
    expect(answerWords({ ...operation, finding: 'still-there', message })).toBeUndefined();
    expect(answerWords(operation)).toBeUndefined();
  });

  it.each([
    'still-there',
    'moved',
    'another-there',
    'recreated',
    'as-before',
    'not-sent',
    'not-sent-whole',
  ] as const)('is left out where "%s" says it all', (finding) => {
    const message = 'Server not found';
    expect(answerWords({ ...operation, state: 'refused', finding, message })).toBeUndefined();
  });
});

describe('a user agent in two words', () => {
  it.each([
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      'Chrome on Linux',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0',
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 (KHTML, like Gecko) Version/18.0 Safari/605.1',
      'Safari on macOS',
    ],
    ['Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0', 'Firefox on Android'],
    ['curl/8.5.0', 'curl'],
    ['my own script', 'my own script'],
  ])('%s is %s', (userAgent, words) => {
    expect(shortUserAgent(userAgent)).toBe(words);
  });

  it('is unknown where there is none', () => {
    expect(shortUserAgent(null)).toBe('unknown');
    expect(shortUserAgent('')).toBe('unknown');
  });
});
