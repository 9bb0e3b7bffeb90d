import { describe, expect, it } from 'vitest';
import { ledgerEntry } from '#e2e/support/ledger-entry.ts';
import type { Operation } from '#contract/operations.ts';
import { ApiError } from '#web/api/calling/call-api.ts';
import { followOperation, isUnclear, requireDone } from './follow-operation.ts';

const unknown = ledgerEntry({
  state: 'unknown',
  finding: null,
  status: null,
  checking: true,
  settledAt: null,
});
const applied: Operation = { ...unknown, state: 'applied', finding: 'gone', checking: false };

const noAnswer = new ApiError('No answer', { status: 0, code: 'no-answer' });
const notFound = new ApiError('No such operation', {
  status: 404,
  code: 'not-found',
  requestId: 'request-2',
});

/** Checks that answer these, one after another; the last one again and again. */
function checks(...answers: (Operation | ApiError)[]) {
  let count = 0;
  return {
    count: () => count,
    check: async () => {
      const answer = answers[Math.min(count, answers.length - 1)];
      count += 1;
      if (answer === undefined || answer instanceof ApiError) throw answer;
      return answer;
    },
    pause: async () => {},
  };
}

describe('following an operation', () => {
  it('checks until it is settled', async () => {
    const ledger = checks({ ...unknown, state: 'sending' }, unknown, unknown, applied);
    await expect(followOperation(ledger)).resolves.toBe(applied);
    expect(ledger.count()).toBe(4);
  });

  it('stops where the gateway stopped checking', async () => {
    const given = { ...unknown, checking: false };
    await expect(followOperation(checks(unknown, given))).resolves.toBe(given);
  });

  it('goes on through a gateway that does not answer for a while, as when it restarts', async () => {
    const silence = Array.from({ length: 9 }, () => noAnswer);
    await expect(followOperation(checks(...silence, unknown, ...silence, applied))).resolves.toBe(applied);
  });

  it('is unknown where the gateway never answers again', async () => {
    const ledger = checks(noAnswer);
    await expect(followOperation(ledger)).rejects.toMatchObject({ code: 'outcome-unknown' });
    expect(ledger.count()).toBe(10);
  });

  it('believes that nothing arrived only after checking more than once', async () => {
    await expect(followOperation(checks(notFound, notFound, applied))).resolves.toBe(applied);
    await expect(followOperation(checks(notFound))).rejects.toMatchObject({
      code: 'not-found',
      requestId: 'request-2',
    });
  });

  it('stops where nobody is signed in any more', async () => {
    const signedOut = new ApiError('Signed out', { status: 401, code: 'signed-out' });
    await expect(followOperation(checks(unknown, signedOut))).rejects.toBe(signedOut);
  });
});

describe('whether an error leaves the outcome open', () => {
  it.each([
    ['no answer', noAnswer, true],
    ['a connection that went', new ApiError('Offline', { status: 0, code: 'offline' }), true],
    ['an unreadable 200', new ApiError('Unreadable', { status: 200, code: 'no-answer' }), true],
    ['an unknown outcome', new ApiError('?', { status: 502, code: 'outcome-unknown' }), true],
    ['an internal error', new ApiError('?', { status: 500, code: 'internal' }), true],
    [
      'an operation still unknown',
      new ApiError('?', { status: 404, code: 'not-found', operation: unknown }),
      true,
    ],
    // The browser may have sent it before, by itself.
    ['a desk that has too much to do', new ApiError('Busy', { status: 503, code: 'busy' }), true],
    ['a refusal before sending', new ApiError('Disk full', { status: 503, code: 'storage-failed' }), false],
    ['a 403', new ApiError('No', { status: 403, code: 'registry-refused' }), false],
    ['a changed server', new ApiError('Changed', { status: 409, code: 'server-changed' }), false],
  ])('%s: %o', (_what, error, expected) => {
    expect(isUnclear(error)).toBe(expected);
  });
});

const isGone = ({ state, finding }: Operation) => state === 'applied' || finding === 'gone';

describe('requiring that the server is gone', () => {
  it('is content with an applied delete and with a server gone before', () => {
    expect(requireDone(applied, isGone)).toBe(applied);
    const before: Operation = { ...unknown, state: 'refused', finding: 'gone', status: 404 };
    expect(requireDone(before, isGone)).toBe(before);
  });

  it('rejects with what else became of it', () => {
    const still: Operation = { ...unknown, state: 'refused', finding: 'still-there', message: 'Still there' };
    expect(() => requireDone(still, isGone)).toThrow('Still there');
    expect(() => requireDone({ ...unknown, checking: false }, isGone)).toThrow(
      expect.objectContaining({ code: 'outcome-unknown', requestId: 'request-1' }),
    );
  });
});
