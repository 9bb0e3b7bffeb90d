import { describe, expect, it } from 'vitest';
import type { OperationFinding, OperationState } from '#contract/operations.ts';
import { ledgerEntry } from '#e2e/support/ledger-entry.ts';
import { ApiError } from '#web/api/calling/call-api.ts';
import { describeDeleteFailure } from './delete-failure.ts';

const NAME = 'acme/weather';

const operation = (finding: OperationFinding, state: OperationState) =>
  ledgerEntry({
    target: NAME,
    state,
    finding,
    status: 404,
    message: 'Server not found',
    movedTo: 'acme/new',
  });

const refusal = (status: number, finding?: OperationFinding, state: OperationState = 'refused') =>
  new ApiError('Server not found', {
    status,
    code: 'registry-refused',
    requestId: 'request-1',
    operation: finding === undefined ? null : operation(finding, state),
  });

describe('a failed delete in words', () => {
  it.each([
    ['not owned', refusal(404, 'not-owned'), /it exists, but this key does not own it/, 'stop'],
    ['still there', refusal(500, 'still-there'), /is still there/, 'retry'],
    ['moved', refusal(409, 'moved'), /was moved, not deleted/, 'stop'],
    ['said to be moved', refusal(409, 'moved', 'inconclusive'), /may have been moved/, 'stop'],
    [
      'another there',
      refusal(409, 'another-there', 'inconclusive'),
      /another server now has the name/i,
      'stop',
    ],
    ['not compared', refusal(409, 'uncompared', 'inconclusive'), /is not known/, 'stop'],
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

describe('a server that was moved', () => {
  it('is led to under its new name', () => {
    expect(describeDeleteFailure(refusal(409, 'moved'), NAME)).toMatchObject({
      movedTo: 'acme/new',
      text: expect.stringContaining('It was not deleted'),
    });
  });
});
