import { describe, expect, it } from 'vitest';
import { logWords } from './failure-reason.ts';

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
