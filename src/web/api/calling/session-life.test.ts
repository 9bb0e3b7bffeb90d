import { beforeEach, describe, expect, it } from 'vitest';
import { formatSessionState, SESSION_HEADER } from '#contract/session.ts';
import {
  adoptSession,
  followOtherKeys,
  forgetSession,
  noteSession,
  noteSessionEnd,
  noteSignedIn,
  readSessionLife,
  untilSignedIn,
} from './session-life.ts';

const answerOf = (key: string, idleSeconds = 1800, endSeconds = 28_800) =>
  new Headers({ [SESSION_HEADER]: formatSessionState({ idleSeconds, endSeconds, key }) });

/** Whether a promise is settled once all that is due has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const later = new Promise((resolve) => {
    setTimeout(() => resolve(pending), 0);
  });
  return (await Promise.race([promise.catch(() => undefined), later])) !== pending;
}

describe('what a page knows of its session', () => {
  beforeEach(() => {
    forgetSession();
    followOtherKeys(async () => {});
  });

  it('is when it ends, by this browser’s clock, from the newest answer that says so', async () => {
    expect(readSessionLife()).toEqual({ phase: 'unknown' });
    await noteSession(new Headers());
    expect(readSessionLife()).toEqual({ phase: 'unknown' });
    const before = Date.now();
    await noteSession(answerOf('a', 1800, 60));
    await noteSession(answerOf('a', 100, 30));
    await noteSession(new Headers({ [SESSION_HEADER]: 'idle=soon' }));
    const life = readSessionLife();
    if (life.phase !== 'live') throw new Error('not live');
    expect(life.idleAt).toBeGreaterThanOrEqual(before + 100_000);
    expect(life.idleAt).toBeLessThanOrEqual(Date.now() + 100_000);
    expect(life.endAt - life.idleAt).toBe(-70_000);
  });

  it('ends once it was known, and not where nobody was signed in', async () => {
    noteSessionEnd('You are signed out.');
    expect(readSessionLife()).toEqual({ phase: 'unknown' });
    await noteSession(answerOf('a'));
    noteSessionEnd('Why it ended.');
    noteSessionEnd('Another reason.');
    expect(readSessionLife()).toEqual({ phase: 'ended', reason: 'Why it ended.' });
    // One that was under way brings nothing back.
    await noteSession(answerOf('a'));
    expect(readSessionLife().phase).toBe('ended');
  });

  it('lets every read that waits go on when somebody signs in, save those that were given up', async () => {
    await noteSession(answerOf('a'));
    noteSessionEnd('Ended.');
    const kept = untilSignedIn(undefined);
    const controller = new AbortController();
    const givenUp = untilSignedIn(controller.signal);
    const sparedLater = new AbortController();
    const spared = untilSignedIn(sparedLater.signal);
    controller.abort(new Error('left'));
    await expect(givenUp).rejects.toThrow('left');
    await expect(untilSignedIn(AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    expect(await isSettled(kept)).toBe(false);
    adoptSession(answerOf('b', 900));
    expect(await isSettled(kept)).toBe(false);
    noteSignedIn();
    await Promise.all([kept, spared]);
    sparedLater.abort();
    expect(readSessionLife()).toMatchObject({ phase: 'live' });
    // The next end is waited for anew.
    noteSessionEnd('Again.');
    expect(await isSettled(untilSignedIn(undefined))).toBe(false);
  });

  it('holds answers to another key back until it is known whose it is, and asks once', async () => {
    let asked = 0;
    let answer = (): void => {};
    followOtherKeys(async () => {
      asked += 1;
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
    });
    await noteSession(answerOf('a'));
    const first = noteSession(answerOf('b'));
    const second = noteSession(answerOf('b'));
    // Whatever says nothing waits as well: it may be the other's too.
    const silent = noteSession(new Headers());
    expect(await isSettled(first)).toBe(false);
    expect(await isSettled(second)).toBe(false);
    expect(await isSettled(silent)).toBe(false);
    answer();
    await Promise.all([first, second, silent]);
    await noteSession(answerOf('b'));
    expect(asked).toBe(1);
  });
});
