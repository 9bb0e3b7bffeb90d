import { describe, expect, it } from 'vitest';
import { logWords, signInAddress } from './failure-reason.ts';

const line = (message: string, level: string | null = 'info', error: string | null = null) => ({
  message,
  level,
  stage: null,
  timestamp: null,
  error: error === null ? null : { message: error },
});

describe('what a log says of the end of a release', () => {
  it.each([
    ['nothing, where there is none', null, null],
    ['nothing, where it is empty', [], null],
    [
      'the error at its end',
      [line('Connecting'), line('It did not answer', 'error', 'Start it, and release again.')],
      { reason: 'It did not answer', detail: 'Start it, and release again.', lastLine: null },
    ],
    [
      'the newest error, and the line after it',
      [line('First', 'error'), line('Second', 'error'), line('Cleaned up')],
      { reason: 'Second', detail: null, lastLine: 'Cleaned up' },
    ],
    [
      'its last line, where none is an error',
      [line('Waiting', null)],
      { reason: null, detail: null, lastLine: 'Waiting' },
    ],
  ])('is %s', (_what, logs, words) => {
    expect(logWords({ logs })).toEqual(words);
  });
});

describe('where to sign in', () => {
  const upstreamUrl = 'https://up.example.com/mcp';
  it.each([
    [
      'named by the last line',
      ['Open https://up.example.com/authorize?a=1&b=2.'],
      'https://up.example.com/authorize?a=1&b=2',
    ],
    ['in brackets', ['Sign in (https://id.example.com/start), then resume'], 'https://id.example.com/start'],
    ['not what an earlier line names', ['See https://old.example.com', 'Waiting for its owner'], undefined],
    ['not where programs call the server', ['401 from https://up.example.com/mcp'], undefined],
    ['not at another host than it seems', ['Open https://id.example.com@evil.example/x'], undefined],
    ['not what is no web address', ['Open javascript:alert(1) or data:text/html,x'], undefined],
    ['nowhere, where there is no log', null, undefined],
  ])('is %s', (_what, lines, address) => {
    expect(signInAddress({ logs: lines?.map((text) => line(text)) ?? null, upstreamUrl })).toBe(address);
  });

  it('is told also where the address of the server is not', () => {
    expect(signInAddress({ logs: [line('https://id.example.com')], upstreamUrl: null })).toBe(
      'https://id.example.com/',
    );
    expect(signInAddress({ logs: [line('Waiting')], upstreamUrl: null })).toBeUndefined();
  });
});
