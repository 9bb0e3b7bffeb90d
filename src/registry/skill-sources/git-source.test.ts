import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGitUrl } from './git-source.ts';

describe('the gitUrl of a skill', () => {
  it.each([
    ['https://github.com/acme/skills', 'acme/skills/HEAD/SKILL.md', 'https://github.com/acme/skills'],
    ['https://github.com/acme/skills/', 'acme/skills/HEAD/SKILL.md', 'https://github.com/acme/skills'],
    ['https://www.github.com/acme/skills.git', 'acme/skills/HEAD/SKILL.md', 'https://github.com/acme/skills'],
    [
      'https://github.com/acme/skills/tree/main/pdf/forms',
      'acme/skills/main/pdf/forms/SKILL.md',
      'https://github.com/acme/skills/tree/main/pdf/forms',
    ],
    [
      'https://github.com/acme/skills/blob/v1.0/pdf/SKILL.md?plain=1#top',
      'acme/skills/v1.0/pdf/SKILL.md',
      'https://github.com/acme/skills/tree/v1.0/pdf',
    ],
    [
      'https://github.com/acme/skills/tree/main/a%20b',
      'acme/skills/main/a%20b/SKILL.md',
      'https://github.com/acme/skills/tree/main/a%20b',
    ],
  ])('%s leads to %s', (text, path, kept) => {
    const source = parseGitUrl(text);
    expect(source).toMatchObject({ documentPath: path, gitUrl: kept });
    expect(parseGitUrl(kept)).toEqual(source);
  });

  it('leads to a ZIP file of its repository', () => {
    expect(parseGitUrl('https://github.com/acme/skills/tree/main/pdf').archiveUrl).toBe(
      'https://codeload.github.com/acme/skills/zip/main',
    );
  });

  it.each([
    undefined,
    7,
    '',
    'acme/skills',
    'http://github.com/acme/skills',
    'https://github.com',
    'https://github.com/acme',
    'https://gitlab.com/acme/skills',
    'https://github.com.evil.test/acme/skills',
    'https://user:pass@github.com/acme/skills',
    'https://github.com:8443/acme/skills',
    'https://github.com/acme/skills/issues/1',
    'https://github.com/acme/skills/blob/main/README.md',
    'https://github.com/acme/..%2fother',
    'https://github.com/acme/skills/tree/main/%2e%2e%2fx',
    'https://github.com/acme/skills/tree/main/a%00b',
    'https://github.com/acme/skills/tree/%E0%A4%A',
    `https://github.com/acme/${'x'.repeat(3000)}`,
  ])('is refused as %j', (text) => {
    expect(() => parseGitUrl(text)).toThrow('gitUrl: ');
  });

  it('never leads out of its repository', () => {
    const part = fc.oneof(
      fc.constantFrom(
        '..',
        '.',
        '%2e%2e',
        '%2f',
        '%5c',
        '%252f',
        '%00',
        'a',
        'main',
        'tree',
        '?',
        '#',
        '@',
        '\\',
      ),
      fc.string({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const url = urlOf(`https://github.com/acme/skills/tree/main/${parts.join('/')}`);
        expect(new URL(url).href).toBe(url);
        expect(url).toMatch(/^https:\/\/raw\.test\/acme\/skills\/[^?#]*\/?SKILL\.md$/);
        expect(decodeURIComponent(new URL(url).pathname).split('/')).not.toContain('..');
      }),
    );
  });
});

/** The file that a gitUrl leads to; a harmless one where it is refused. */
function urlOf(gitUrl: string): string {
  try {
    return `https://raw.test/${parseGitUrl(gitUrl).documentPath}`;
  } catch {
    return 'https://raw.test/acme/skills/HEAD/SKILL.md';
  }
}
