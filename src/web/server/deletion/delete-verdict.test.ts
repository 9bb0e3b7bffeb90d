import { describe, expect, it } from 'vitest';
import { deleteVerdict } from './delete-verdict.ts';
import { endOfLiveRelease } from './live-release-words.ts';

describe('whether a server is in use', () => {
  it.each<[number | null | undefined, string | null | false | undefined, string | undefined]>([
    [1, 'hosted_shttp', 'In use: 1 call in the last 7 days.'],
    [1234, false, 'In use: 1,234 calls in the last 7 days.'],
    [0, 'external_shttp', 'Live; it was not called in the last 7 days.'],
    [0, false, 'Nothing is live, and it was not called in the last 7 days.'],
    [null, false, 'Nothing is live, and its calls are unknown.'],
    [null, 'hosted_shttp', 'Live; its calls are unknown.'],
    [0, null, 'Whether it is live is unknown; it was not called in the last 7 days.'],
    [null, null, 'Whether it is live is unknown; its calls are unknown.'],
    [0, 'stdio', 'People may use it: it can be downloaded, and runs on their own machines.'],
    [undefined, 'stdio', undefined],
    [0, undefined, undefined],
  ])('%s calls, live: %s', (lastWeek, liveType, words) => {
    expect(deleteVerdict({ lastWeek, liveType })).toBe(words);
  });
});

describe('what becomes of a live release', () => {
  it.each([
    ['hosted_shttp', 'Stops answering'],
    ['external_shttp', 'Can no longer be called through the registry'],
    ['stdio', 'Can no longer be downloaded'],
    ['something-new', 'Is no longer live'],
    [null, 'Is no longer live'],
  ])('%s', (type, words) => {
    expect(endOfLiveRelease(type)).toBe(words);
  });
});
