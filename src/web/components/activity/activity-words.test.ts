import { describe, expect, it } from 'vitest';
import { AUDIT_ACTIONS, type ActivityEntry } from '#contract/activity.ts';
import { activityEntry } from '#e2e/support/activity-entry.ts';
import { ledgerEntry } from '#e2e/support/ledger-entry.ts';
import { actionChoices, activityOutcome, askedWords, personWords, serverOf } from './activity-words.ts';

describe('the words for what was asked for', () => {
  it('are there for every action, no two alike', () => {
    expect(new Set(actionChoices.map(({ words }) => words)).size).toBe(AUDIT_ACTIONS.length);
  });

  it.each([
    ['server.delete', 'acme/one', 'Delete'],
    ['server.delete', null, 'Delete server'],
    ['release.publish', 'acme/one', 'Publish a release of'],
    ['session.start', 'ann', 'Sign in as'],
    ['session.refused', null, 'Sign in'],
    ['namespace.create', 'acme', 'Create namespace'],
  ] as const)('%s of %s: "%s"', (action, target, words) => {
    expect(askedWords({ action, target })).toBe(words);
  });

  it('call an action of a newer desk by its own name', () => {
    const action = 'server.paint' as ActivityEntry['action'];
    expect(askedWords({ action, target: 'acme/one' })).toBe('server.paint');
    expect(activityOutcome(activityEntry({ action }))).toMatchObject({ word: 'Done' });
  });

  it('lead to a server’s page, and to nothing where it is another’s name', () => {
    expect(serverOf(activityEntry({ action: 'secret.set' }))).toBe('acme/weather');
    expect(serverOf(activityEntry({ action: 'namespace.create', target: 'acme' }))).toBeNull();
    expect(serverOf(activityEntry({ target: '../etc' }))).toBeNull();
  });
});

describe('what became of it', () => {
  it('is the ledger’s word only where the registry wrote nothing down', () => {
    const operation = ledgerEntry({ state: 'unknown', finding: null });
    const entry = activityEntry({ operationId: operation.id, operation });
    expect(activityOutcome(entry)).toMatchObject({ word: 'Deleted', tone: 'success' });
    expect(activityOutcome({ ...entry, id: operation.id })).toMatchObject({ word: 'Unknown' });
  });

  it.each([
    ['succeeded', 'Live'],
    ['failed', 'Failed'],
    ['waiting', 'Needs sign-in'],
    ['refused', 'Refused'],
    ['unknown', 'Not known'],
  ] as const)('%s: "%s", with the registry’s note', (outcome, word) => {
    const entry = activityEntry({ action: 'release.outcome', outcome, note: 'Took 3 s' });
    expect(activityOutcome(entry)).toMatchObject({ word, meaning: 'Took 3 s' });
  });

  it('is said once, where the note is that very word', () => {
    const entry = activityEntry({ action: 'release.outcome', outcome: 'succeeded', note: 'Live' });
    expect(activityOutcome(entry)).toMatchObject({ word: 'Live', meaning: undefined });
  });
});

describe('who did it', () => {
  const actor = { kind: 'key', user: 'ann', keyId: 'k', keyLabel: 'Laptop' } as const;
  it.each([
    [actor, false, 'ann', 'Laptop'],
    [{ ...actor, keyLabel: null }, false, 'ann', 'key label unknown'],
    [{ ...actor, user: null, keyLabel: null }, true, 'This key', undefined],
    [{ ...actor, user: null, keyLabel: null }, false, 'Another key', 'key label unknown'],
    [{ ...actor, kind: 'token' }, false, 'ann', 'Service token Laptop'],
    [{ ...actor, kind: 'registry', user: null }, false, 'The registry itself', undefined],
    [{ ...actor, kind: 'operator', user: null }, false, 'The operator', undefined],
    [{ ...actor, kind: 'stranger', user: null }, false, 'A stranger', undefined],
  ] as const)('%j is told as far as it is known', (who, isOwn, name, key) => {
    expect(personWords({ actor: who, isOwn })).toMatchObject({ name, key });
  });
});
