import { describe, expect, it } from 'vitest';
import type { Operation } from '#contract/operations.ts';
import { ApiError } from '#web/api/calling/call-api.ts';
import { ledgerEntry } from '#e2e/support/ledger-entry.ts';
import { describeResumeFailure } from './resume-failure.ts';

const NAME = 'acme/weather';
const resume = (changes: Partial<Operation>) => ledgerEntry({ action: 'resume-release', ...changes });
const failed = (status: number, code: ApiError['code'], operation: Operation | null = null) =>
  describeResumeFailure(new ApiError('Its own words', { status, code, operation }), NAME);

describe('a resume that failed', () => {
  it('is told in the registry’s words where it was refused', () => {
    const refused = failed(400, 'registry-refused', resume({ state: 'refused', finding: null, status: 400 }));
    expect(refused).toMatchObject({
      title: 'The release was not resumed',
      text: 'The registry answered 400: “Its own words”. Nothing was resumed.',
      isOpen: false,
    });
    expect(failed(403, 'registry-refused').title).toBe('This key may not resume the release');
    expect(failed(429, 'registry-refused').title).toBe('The registry asks to slow down');
    expect(failed(502, 'registry-unreachable').text).toBe('Its own words');
  });

  it('is open where nobody could find out, or the page itself failed, and claims nothing', () => {
    const unknown = failed(502, 'outcome-unknown', resume({ state: 'unknown', finding: null }));
    expect(unknown).toMatchObject({ title: 'Whether the release was resumed is not known', isOpen: true });
    const own = describeResumeFailure(new TypeError('x is not a function'), NAME);
    expect(own).toMatchObject({ title: 'The release may not have been resumed', isOpen: true });
    expect(own.text).not.toContain('function');
  });

  it.each<[Partial<Operation>, string, string]>([
    [
      { state: 'refused', finding: 'as-before' },
      'The release was not resumed',
      'No clear answer came. A later check found that the release still waits, as before.',
    ],
    [
      { state: 'refused', finding: 'not-owned', status: 404 },
      'The release was not resumed',
      'It exists, but this key does not own it.',
    ],
    [
      { state: 'inconclusive', finding: 'another-there' },
      'Another server now has the name acme/weather',
      'Another server has this name now. Whether the release was resumed is not known.',
    ],
    [
      { state: 'refused', finding: 'nowhere', status: 404 },
      'There is no server acme/weather now',
      'The registry answered 404, and a check found no such server any more.',
    ],
  ])('after a check that found %j is "%s"', (found, title, text) => {
    expect(failed(409, 'registry-refused', resume(found))).toMatchObject({ title, text });
  });

  it('names where the server is now, where it was moved', () => {
    const moved = resume({ state: 'refused', finding: 'moved', movedTo: 'acme/storm', status: 404 });
    expect(failed(409, 'server-moved', moved)).toMatchObject({
      title: 'acme/weather was moved',
      text: 'It has another name now. The release was not resumed.',
      movedTo: 'acme/storm',
    });
  });

  it('with the end of the session asks to resume it anew', () => {
    expect(failed(401, 'signed-out')).toMatchObject({ title: 'Your session ended', isOpen: false });
  });
});
