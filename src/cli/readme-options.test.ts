import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { optionsOf, typedOption, variableTexts, type Option } from './option.ts';
import { ABOUT_OPTIONS, OPTIONS } from './options.ts';

const HEADING = '| option | variable | meaning | default |\n|---|---|---|---|\n';

function tableRow(option: Option<unknown>): string {
  const cells = [
    code(typedOption(option)),
    variableTexts(option).map(code).join(', '),
    option.help,
    option.unset ?? code(option.default ?? ''),
  ];
  return `|${cells.map((cell) => (cell === '' ? ' |' : ` ${cell} |`)).join('')}\n`;
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}

describe("the README's table of options", () => {
  it('has a row for each option, in the words of --help', () => {
    const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
    const [section = ''] = /(?<=^## Options\n\n)(\|.*\n)+/m.exec(readme) ?? [];
    const options = [OPTIONS, ABOUT_OPTIONS].flatMap((table) => optionsOf(table));
    const table = HEADING + options.map(([, option]) => tableRow(option)).join('');
    expect(section, `The README's table should be\n${table}`).toBe(table);
  });
});
