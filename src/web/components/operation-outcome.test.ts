import { describe, expect, it } from 'vitest';
import { ledgerEntry } from '#e2e/support/ledger-entry.ts';
import type { Operation } from '#contract/operations.ts';
import { actionWords, operationOutcome } from './operation-outcome.ts';

const operation = ledgerEntry();

describe('an outcome in words', () => {
  it.each<[Partial<Operation>, string]>([
    [{}, 'Deleted'],
    [{ finding: 'gone' }, 'Deleted'],
    [{ state: 'sending', finding: null }, 'Deleting'],
    [{ state: 'unknown', finding: null, checking: true }, 'Unknown, checking'],
    [{ state: 'unknown', finding: null }, 'Unknown'],
    [{ state: 'refused', finding: 'gone', status: 404 }, 'Already gone'],
    [{ state: 'refused', finding: 'not-owned', status: 404 }, 'Refused'],
    [{ state: 'refused', finding: null, status: 403 }, 'Refused'],
    [{ state: 'refused', finding: 'recreated' }, 'Stopped'],
    [{ state: 'refused', finding: 'still-there' }, 'Not deleted'],
  ])('%j is "%s"', (change, word) => {
    expect(operationOutcome({ ...operation, ...change }).word).toBe(word);
  });

  it('never calls a delete done that was not', () => {
    for (const state of ['sending', 'unknown', 'refused'] as const) {
      expect(operationOutcome({ ...operation, state, finding: null }).tone).not.toBe('success');
    }
  });
});

const update = { ...operation, action: 'update-server' } as const;

describe('what became of an update', () => {
  it.each<[Partial<Operation>, string, string | undefined]>([
    [{}, 'Updated', undefined],
    [
      { finding: 'as-asked' },
      'Updated',
      'No clear answer came, but a later check found the server as you asked.',
    ],
    [{ state: 'sending', finding: null }, 'Updating', 'Sent to the registry, which has not answered yet.'],
    [
      { state: 'refused', finding: 'as-before' },
      'Not updated',
      'A later check found the server as it was before.',
    ],
    [
      { state: 'refused', finding: 'not-sent-whole', status: null },
      'Not sent whole',
      'Not all of it reached the registry, so nothing was done.',
    ],
    [
      { state: 'refused', finding: null, status: 403 },
      'Refused',
      'This key may not update it. Nothing was changed.',
    ],
    [{ state: 'refused', finding: null, status: 422 }, 'Refused', 'Nothing was changed.'],
    [
      { state: 'refused', finding: 'not-owned', status: 404 },
      'Refused',
      'It exists, but this key does not own it.',
    ],
  ])('%j is "%s": %s', (change, word, meaning) => {
    expect(operationOutcome({ ...update, ...change })).toMatchObject({ word, meaning });
  });

  it('does not end the server, as a delete does', () => {
    expect(actionWords('update-server').endsServer).toBe(false);
    expect(actionWords('delete-server').endsServer).toBe(true);
  });
});

describe('what a newer gateway may say', () => {
  it.each(['rename-server', 'constructor', '__proto__'])('an action "%s" is called by its name', (action) => {
    expect(actionWords(action)).toMatchObject({ asked: action, endsServer: false });
    const unheardOf = { ...operation, action: action as Operation['action'] };
    expect(operationOutcome(unheardOf)).toEqual({ word: 'Done', tone: 'success', meaning: undefined });
    expect(operationOutcome({ ...unheardOf, state: 'refused', finding: null, status: 403 })).toEqual({
      word: 'Refused',
      tone: 'danger',
      meaning: 'This key may not change it. Nothing was changed.',
    });
  });

  it('a finding that is not known leaves the reason to the status', () => {
    for (const name of ['moved', 'toString']) {
      const finding = name as Operation['finding'];
      expect(operationOutcome({ ...operation, finding })).toMatchObject({
        word: 'Deleted',
        meaning: undefined,
      });
      expect(operationOutcome({ ...operation, state: 'refused', finding, status: 429 }).meaning).toBe(
        'The registry asked to slow down. Nothing was deleted.',
      );
    }
  });

  it('a state that is not known is an unknown outcome', () => {
    const state = 'postponed' as Operation['state'];
    expect(operationOutcome({ ...operation, state }).word).toBe('Unknown');
  });
});
