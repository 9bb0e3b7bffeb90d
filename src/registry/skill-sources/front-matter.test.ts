import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DocumentProblem, readFrontMatter } from './front-matter.ts';

const read = (...lines: string[]) =>
  Object.fromEntries(readFrontMatter(['---', ...lines, '---', 'x'].join('\n')));

describe('the front matter of a SKILL.md', () => {
  it('gives texts that are plain, quoted, folded or on several lines', () => {
    expect(
      read(
        '# a comment',
        'name: pdf-tools # not part of it',
        'plain: Use it for: this and that',
        `single: 'It''s "quoted"' # so`,
        String.raw`double: "Two\nlines \"here\""`,
        'spread: begins here',
        '  and ends here',
        '',
        'literal: |',
        '  one',
        '    two',
        'folded: >-',
        '  one',
        '  two',
        'empty:',
        'issue: a#b',
      ),
    ).toEqual({
      name: 'pdf-tools',
      plain: 'Use it for: this and that',
      single: 'It\'s "quoted"',
      double: 'Two\nlines "here"',
      spread: 'begins here and ends here',
      literal: 'one\n  two',
      folded: 'one two',
      issue: 'a#b',
    });
  });

  it('passes over lists and maps, but for one level of texts', () => {
    expect(
      read(
        'allowed-tools: [Read, Write]',
        'tags:',
        '- a: b',
        '- c',
        'metadata:',
        '  author: Acme',
        '  nested:',
        '    category: no',
        '  category: "data"',
        'map: {a: b}',
        'name: x',
      ),
    ).toEqual({ 'metadata.author': 'Acme', 'metadata.category': 'data', name: 'x' });
  });

  it('may be written on Windows, and after a byte order mark', () => {
    const document = '\uFEFF---\r\nname: x\r\ndescription: y\r\n---\r\n';
    expect(Object.fromEntries(readFrontMatter(document))).toEqual({ name: 'x', description: 'y' });
  });

  it.each(['', 'name: x', '---\nname: x', '--- x\nname: x\n---', '\n---\nname: x\n---'])(
    'is missed in %j',
    (document) => {
      expect(() => readFrontMatter(document)).toThrow('must begin with front matter');
    },
  );

  it.each([
    ['line 3', ['name: x', 'no key']],
    ['line 2', ['name: "not closed']],
    ['line 2', [String.raw`name: "\x"`]],
    ['line 2', ['name: @x']],
  ])('names %s where it cannot be read', (line, lines) => {
    expect(() => read(...lines)).toThrow(line);
  });

  it('is read or refused, whatever it is', () => {
    const line = fc.oneof(
      fc.string({
        unit: fc.constantFrom('a', ':', ' ', '-', '"', "'", '|', '>', '#', '[', '\\', '\t'),
        maxLength: 12,
      }),
      fc.constantFrom('name: x', '  more', '---', 'key:'),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const read = () => [...readFrontMatter(`---\n${lines.join('\n')}\n---\n`).values()];
        const outcome = outcomeOf(read);
        const isRight = outcome instanceof DocumentProblem || typeof outcome === 'string';
        expect([isRight, outcome]).toEqual([true, outcome]);
      }),
    );
  });
});

/** What was read, as one text, or the error. */
function outcomeOf(read: () => string[]): unknown {
  try {
    return read().join('\n');
  } catch (error) {
    return error;
  }
}
