import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventLines } from './event-lines.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

function linesOf(pieces: readonly string[]): string[] {
  const lines = new EventLines();
  const heads: string[] = [];
  for (const piece of pieces) lines.feed(bytes(piece), ({ head }) => heads.push(head));
  return heads;
}

describe('the lines of an event stream', () => {
  it.each(['\n', '\r\n', '\r'])('end with %j', (end) => {
    expect(linesOf([['id: 1', 'data: a', '', ': b', ''].join(end)])).toEqual(['id: 1', 'data: a', '', ': b']);
  });

  it('are the same whatever pieces they come in', () => {
    const text = fc.array(fc.constantFrom('\n', '\r', '\r\n', 'event: x', ':', 'data: 1'), { maxLength: 12 });
    fc.assert(
      fc.property(text, fc.array(fc.nat(40), { maxLength: 8 }), (parts, cuts) => {
        const whole = parts.join('');
        const at = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
        const pieces = at.slice(1).map((end, i) => whole.slice(at[i], end));
        expect(linesOf(pieces)).toEqual(linesOf([whole]));
      }),
    );
  });

  it.each([
    ['', true],
    ['data: a', false],
    ['data: a\n', false],
    ['data: a\n\n', true],
    ['data: a\r\n\r\n', true],
    ['data: a\r\r', true],
    [': a', false],
    [': a\n', true],
    ['data: a\n: b\n', false],
    ['\n', true],
  ])('after %j are between two events: %j', (text, isBetween) => {
    const lines = new EventLines();
    lines.feed(bytes(text));
    expect(lines.isBetweenEvents).toBe(isBetween);
  });

  it('keep only the beginning of one that is long', () => {
    expect(linesOf(['data: ', 'x'.repeat(10_000), '\n']).map((head) => head.length)).toEqual([64]);
  });
});
