import { describe, expect, it } from 'vitest';
import type { OperationFinding } from '#contract/operations.ts';
import { ledgerEntry } from '#e2e/support/ledger-entry.ts';
import { ApiError } from '#web/api/call-api.ts';
import { describeDeleteFailure } from './delete-failure.ts';

const NAME = 'acme/weather';

const operation = (finding: OperationFinding) =>
  ledgerEntry({ target: NAME, state: 'refused', finding, status: 404, message: 'Server not found' });

const refusal = (status: number, finding?: OperationFinding) =>
  new ApiError('Server not found', {
    status,
    code: 'registry-refused',
    requestId: 'request-1',
    operation: finding === undefined ? null : operation(finding),
  });

describe('a failed delete in words', () => {
  it.each([
    ['not owned', refusal(404, 'not-owned'), /it exists, but this key does not own it/, 'retry'],
    ['still there', refusal(500, 'still-there'), /was not deleted/, 'retry'],
    ['forbidden', refusal(403), /may not delete/, 'retry'],
    ['too many requests', refusal(429), /slow down/, 'retry'],
    ['another refusal', refusal(422), /was not deleted/, 'retry'],
    ['recreated', refusal(409, 'recreated'), /another server now has the name/i, 'stop'],
    [
      'changed before sending',
      new ApiError('', { status: 409, code: 'server-changed' }),
      /another server/i,
      'stop',
    ],
    ['unknown', new ApiError('', { status: 502, code: 'outcome-unknown' }), /outcome is unknown/, 'check'],
    ['offline', new ApiError('', { status: 0, code: 'offline' }), /offline/, 'retry'],
    ['an error of this page', new TypeError('x is undefined'), /may not have been deleted/, 'check'],
  ])('%s', (_what, error, title, next) => {
    expect(describeDeleteFailure(error, NAME)).toMatchObject({ title: expect.stringMatching(title), next });
  });

  it('quotes the registry and gives the request id', () => {
    expect(describeDeleteFailure(refusal(403), NAME)).toMatchObject({
      text: expect.stringContaining('The registry answered 403: “Server not found”.'),
      requestId: 'request-1',
    });
  });

  it('quotes no program error', () => {
    expect(describeDeleteFailure(new TypeError('x is undefined'), NAME).text).not.toContain('x is');
  });
});
