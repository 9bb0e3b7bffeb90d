import { optionsOf, typedOption, variableTexts, type Option } from './option.ts';
import { ABOUT_OPTIONS, OPTIONS } from './options.ts';
import { COMMANDS, COMMAND_OPTIONS } from './command-arguments.ts';

const LINE_WIDTH = 99;

/** The text of `--help`. */
export function helpText(): string {
  return plain(`Touchmark: the desk where owners of MCP servers manage their registry entries.

Usage: touchmark [options]              starts the desk
       touchmark COMMAND [options]      manages its people and its data, while it runs

${Object.entries(COMMANDS).map(commandLines).join('')}
Commands take --data, and where it makes sense --database and --blobs, as below, and these:

${rowsOf(COMMAND_OPTIONS).map(commandOptionLines).join('')}
They end with status 0, 1 where what is asked for is refused, or 2 where it cannot be understood.

Each option that starts the desk is also an environment variable; the option wins.

${[...rowsOf(OPTIONS), ...rowsOf(ABOUT_OPTIONS)].map(optionLines).join('')}`);
}

function commandLines([name, { words, options, help = '' }]: [
  string,
  (typeof COMMANDS)[keyof typeof COMMANDS],
]): string {
  const optional = options.map((field) => `[${typedOption(COMMAND_OPTIONS[field])}]`);
  return row([[name, ...words, ...optional].join(' ')], [38], help);
}

function commandOptionLines(option: Option<unknown>): string {
  return row([typedOption(option)], [38], option.help);
}

function optionLines(option: Option<unknown>): string {
  const { help, default: text = option.unset && `unset: ${option.unset}` } = option;
  return row(
    [typedOption(option), variableTexts(option).join(', ')],
    [21, 25],
    text === undefined ? help : `${help} (${text})`,
  );
}

function rowsOf(table: object): Option<unknown>[] {
  return optionsOf(table).map(([, option]) => option);
}

/** Cells in columns of these widths, then the wrapped text. What does not fit its column takes the rest of its line. */
function row(cells: readonly string[], widths: readonly number[], text: string): string {
  const lines = [''];
  let column = 2;
  const put = (word: string): void => {
    const line = lines.at(-1) ?? '';
    if (line.length > Math.max(0, column - 1)) lines.push(' '.repeat(column) + word);
    else lines[lines.length - 1] = line.padEnd(column) + word;
  };
  for (const [index, cell] of cells.entries()) {
    if (cell !== '') put(cell);
    column += widths[index] ?? 0;
  }
  for (const line of wrapped(text, LINE_WIDTH - column)) put(line);
  return `${lines.join('\n')}\n`;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function plain(markdown: string): string {
  return markdown.replaceAll('`', '');
}
