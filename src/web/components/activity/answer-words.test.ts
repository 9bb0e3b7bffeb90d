import { describe, expect, it } from 'vitest';
import { ledgerEntry } from '#e2e/support/ledger-entry.ts';
import { answerWords } from './answer-words.ts';

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
