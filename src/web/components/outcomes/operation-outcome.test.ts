import { describe, expect, it } from 'vitest';
import { ledgerEntry } from '#e2e/support/ledger-entry.ts';
import type { Operation, OperationFinding } from '#contract/operations.ts';
import { actionWords, operationOutcome } from './operation-outcome.ts';

const operation = ledgerEntry();

const findings = [
  'confirmed',
  'nowhere',
  'gone',
  'moved',
  'still-there',
  'another-there',
  'uncompared',
  'recreated',
  'not-owned',
  'as-asked',
  'as-before',
  'not-sent',
  'not-sent-whole',
] as const satisfies readonly OperationFinding[];

describe('an outcome in words', () => {
  it.each<[Partial<Operation>, string]>([
    [{}, 'Deleted'],
    [{ finding: 'nowhere' }, 'Gone'],
    [{ finding: 'gone' }, 'Not there'],
    [{ state: 'sending', finding: null }, 'Deleting'],
    [{ state: 'unknown', finding: null, checking: true }, 'Unknown, checking'],
    [{ state: 'unknown', finding: null }, 'Unknown'],
    [{ state: 'refused', finding: 'nowhere', status: 404 }, 'Already gone'],
    [{ state: 'refused', finding: 'gone', status: 404 }, 'Not there'],
    [{ state: 'inconclusive', finding: 'gone', status: null }, 'Not there'],
    [{ state: 'refused', finding: 'moved', movedTo: 'acme/storm' }, 'Moved'],
    [{ state: 'inconclusive', finding: 'another-there' }, 'Not known'],
    [{ state: 'inconclusive', finding: 'uncompared' }, 'Not known'],
    [{ state: 'refused', finding: 'not-sent', status: null }, 'Not sent'],
    [{ state: 'refused', finding: 'not-owned', status: 404 }, 'Refused'],
    [{ state: 'refused', finding: null, status: 403 }, 'Refused'],
    [{ state: 'refused', finding: 'recreated' }, 'Stopped'],
    [{ state: 'refused', finding: 'still-there' }, 'Still there'],
  ])('%j is "%s"', (change, word) => {
    expect(operationOutcome({ ...operation, ...change }).word).toBe(word);
  });

  it('never calls a delete done that was not', () => {
    for (const state of ['sending', 'unknown', 'refused', 'inconclusive'] as const) {
      for (const finding of [null, ...findings]) {
        expect(operationOutcome({ ...operation, state, finding }).tone).not.toBe('success');
      }
    }
  });
});

describe('an entry of an earlier version', () => {
  it('that was sent, and then found another server, does not say that it was stopped', () => {
    const recreated = { ...operation, state: 'refused', finding: 'recreated', status: null } as const;
    expect(operationOutcome(recreated).meaning).toContain('Nothing was sent');
    const checked = operationOutcome({ ...recreated, checkedAt: '2026-01-01T00:00:02.000Z' });
    expect(checked).toEqual(
      operationOutcome({ ...operation, state: 'inconclusive', finding: 'another-there' }),
    );
    expect(checked.meaning).toContain('Whether this delete ended the earlier one is not known');
  });

  it('that found no server of the name claims no delete', () => {
    for (const state of ['applied', 'refused'] as const) {
      const { meaning } = operationOutcome({ ...operation, state, finding: 'gone', status: null });
      expect(meaning).toMatch(/no server/);
      expect(meaning).not.toMatch(/by this delete|not deleted/);
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
    [
      { state: 'sending', finding: null },
      'Updating',
      'On its way to the registry, which has not answered yet.',
    ],
    [
      { state: 'refused', finding: 'as-before' },
      'As before',
      'No clear answer came. A later check found the server as it was before.',
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

  it.each<[Partial<Operation>, string, string | undefined]>([
    [{}, 'Resumed', undefined],
    [
      { finding: 'as-asked' },
      'Resumed',
      'No clear answer came, but a later check found that the release waits no more.',
    ],
    [
      { state: 'refused', finding: 'as-before' },
      'As before',
      'No clear answer came. A later check found that the release still waits, as before.',
    ],
    [
      { state: 'refused', finding: null, status: 403 },
      'Refused',
      'This key may not resume its release. Nothing was resumed.',
    ],
    [
      { state: 'inconclusive', finding: 'another-there' },
      'Not known',
      'Another server has this name now. Whether the release was resumed is not known.',
    ],
  ])('that resumes a release, %j, is "%s": %s', (change, word, meaning) => {
    const resume = { ...operation, action: 'resume-release', ...change } as const;
    expect(operationOutcome(resume)).toMatchObject({ word, meaning });
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
    for (const name of ['renamed', 'toString']) {
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
