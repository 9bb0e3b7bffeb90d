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

  it('is YAML as others read it: quotes, blocks, comments and escapes', () => {
    expect(
      read(
        'name: "caf\\xe9 \\u2615" # not part of it',
        "single: 'a # b'",
        'quoted: "one',
        '  two"',
        'keep: |+',
        '  a # b',
        '',
        '  c: d',
        'folded: >',
        '  one',
        '  two',
        '',
        '  three',
        'version: 1.10',
        'yes: yes',
        'none: ~',
        '"quoted key": here',
      ),
    ).toEqual({
      name: 'café ☕',
      single: 'a # b',
      quoted: 'one two',
      keep: 'a # b\n\nc: d',
      folded: 'one two\nthree',
      version: '1.10',
      yes: 'yes',
      none: '~',
      'quoted key': 'here',
    });
  });

  it('may leave out the quotes that a colon in a text needs', () => {
    expect(read('name: x', 'description: Use when: asked # so', 'category: y')).toEqual({
      name: 'x',
      description: 'Use when: asked',
      category: 'y',
    });
  });

  it('says which line has a key twice', () => {
    expect(() => read('name: x', 'description: y', 'name: z')).toThrow('line 4: is not valid YAML');
  });

  it('takes keys of every object for keys like others', () => {
    const fields = read('__proto__:', '  name: evil', 'constructor: a', 'name: x');
    expect(fields).toMatchObject({ '__proto__.name': 'evil', constructor: 'a', name: 'x' });
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
  });

  it('copies nothing that is referred to, however often', () => {
    const levels = Array.from({ length: 20 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}]`);
    expect(read('a0: &a0 x', ...levels, 'alias: *a0', 'name: x')).toEqual({ a0: 'x', name: 'x' });
  });

  it.each([
    ['a megabyte', 'at most', ['a: '.padEnd(1_000_000, 'x')]],
    ['five thousand brackets', 'brackets', [`a: ${'['.repeat(5000)}`]],
    [
      'five thousand brackets, each on a line',
      'brackets',
      ['a:', ...Array.from({ length: 5000 }, () => ' [')],
    ],
    ['lists in lists', 'line 2: is nested too deep', ['- '.repeat(5000)]],
    ['maps in maps', 'too deep', Array.from({ length: 150 }, (_, i) => `${' '.repeat(i)}a:`)],
  ])('is refused before it is parsed where it holds %s', (_, problem, lines) => {
    expect(() => read(...lines)).toThrow(problem);
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
