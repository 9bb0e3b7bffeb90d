import { describe, expect, it } from 'vitest';
import type { Tombstone } from '#contract/activity.ts';
import { activityEntry } from '#e2e/support/activity-entry.ts';
import { ledgerEntry } from '#e2e/support/ledger-entry.ts';
import { stateOfTombstone, wentWords } from './tombstone-words.ts';

const stone = (rest: Partial<Tombstone>): Tombstone => ({
  qualifiedName: 'acme/weather',
  id: 'id-weather',
  displayName: null,
  entry: activityEntry(),
  went: null,
  heldUntil: null,
  movedTo: null,
  ...rest,
});
const byLedger = (operation: ReturnType<typeof ledgerEntry>) =>
  activityEntry({ id: operation.id, operationId: operation.id, operation, outcome: operation.state });

describe('a tombstone', () => {
  it('says no more of a server than is known', () => {
    expect(stateOfTombstone(undefined)).toBe('deleted');
    expect(stateOfTombstone(stone({}))).toBe('deleted');
    expect(stateOfTombstone(stone({ entry: null }))).toBe('deleted');
    expect(stateOfTombstone(stone({ movedTo: 'acme/storm' }))).toBe('moved');
    expect(stateOfTombstone(stone({ entry: activityEntry({ action: 'server.transfer' }) }))).toBe('moved');
    const found = [
      ['applied', 'nowhere', 'deleted'],
      ['applied', 'gone', 'not-there'],
      ['refused', 'nowhere', 'not-there'],
      ['inconclusive', 'gone', 'not-there'],
      ['inconclusive', 'another-there', 'unknown'],
      ['refused', 'moved', 'moved'],
      ['unknown', null, 'unknown'],
      ['sending', null, 'unknown'],
    ] as const;
    for (const [state, finding, word] of found) {
      const entry = byLedger(ledgerEntry({ state, finding }));
      expect([state, finding, stateOfTombstone(stone({ entry }))]).toEqual([state, finding, word]);
    }
  });

  it('counts what went with it, with the nouns of one and of many', () => {
    expect(wentWords({ releases: 1, secrets: 2, icons: 0, calls: 1200 })).toBe(
      '1 release, 2 secrets, 1,200 counted calls',
    );
    expect(wentWords({ releases: 0 })).toBe('Nothing: it was empty');
    expect(wentWords({ sprockets: 3 })).toBe('3 sprockets');
  });
});
