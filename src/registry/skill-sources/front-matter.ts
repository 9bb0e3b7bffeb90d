/** What is wrong with a document; the message is for the person who wrote it. */
export class DocumentProblem extends Error {
  override name = 'DocumentProblem';
}

const KEY = /^([A-Za-z][\w-]*):(?:[ \t]+(.*))?$/;

/**
 * Reads the lines between the `---` at the top of a document: texts by their key, one level of nesting as
 * `metadata.category`. A small part of YAML: plain, quoted and block texts; lists and deeper maps are passed over.
 * Throws a DocumentProblem that names the line.
 */
export function readFrontMatter(document: string): Map<string, string> {
  const lines = document.replace(/^\uFEFF/, '').split(/\r?\n/);
  const end = lines.findIndex((line, i) => i > 0 && /^---[ \t]*$/.test(line));
  if (!/^---[ \t]*$/.test(lines[0] ?? '') || end < 0) {
    throw new DocumentProblem(
      'must begin with front matter: "---", the lines "name: …" and "description: …", "---"',
    );
  }
  const fields = new Map<string, string>();
  let at = 1;
  while (at < end) {
    const line = lines[at] ?? '';
    const from = at + 1;
    at = from;
    if (isEmpty(line)) continue;
    const [, key, value = ''] = KEY.exec(line) ?? [];
    if (key === undefined) throw new DocumentProblem(`line ${from}: must be "key: value"`);
    while (at < end && (isEmpty(lines[at] ?? '') || /^[ \t-]/.test(lines[at] ?? ''))) at += 1;
    const more = lines.slice(from, at);
    if (value === '' || value.startsWith('#')) readNested(key, more, fields);
    else keep(fields, key, readText(value, more, from));
  }
  return fields;
}

function readNested(key: string, lines: readonly string[], fields: Map<string, string>): void {
  const indent = lines.find((line) => !isEmpty(line))?.search(/\S/) ?? 0;
  for (const line of lines) {
    const [, name, value = ''] = KEY.exec(line.slice(indent)) ?? [];
    if (name === undefined || line.search(/\S/) !== indent || value === '' || /^[|>[{&*!]/.test(value))
      continue;
    keep(fields, `${key}.${name}`, readText(value, [], 0));
  }
}

function keep(fields: Map<string, string>, key: string, text: string | undefined): void {
  if (text !== undefined) fields.set(key, text);
}

// Undefined for what is no text: a list or a map.
function readText(value: string, more: readonly string[], line: number): string | undefined {
  if (/^[|>]/.test(value)) return readBlock(value, more);
  if (/^[[{]/.test(value)) return undefined;
  if (/^[&*!%@`]/.test(value)) throw new DocumentProblem(`line ${line}: put the text in quotes`);
  const whole = [value, ...more]
    .map((part) => part.trim())
    .join(' ')
    .trim();
  if (/^['"]/.test(whole)) return readQuoted(whole, line);
  return [value, ...more]
    .map((part) => part.replace(/(?:^|[ \t])#.*$/, '').trim())
    .filter(Boolean)
    .join(' ');
}

function readQuoted(text: string, line: number): string {
  const [, single] = /^'((?:[^']|'')*)'(?:[ \t]*|[ \t]+#.*)$/.exec(text) ?? [];
  if (single !== undefined) return single.replaceAll("''", "'");
  const [, double] = /^("(?:[^"\\]|\\.)*")(?:[ \t]*|[ \t]+#.*)$/.exec(text) ?? [];
  try {
    if (double !== undefined) return JSON.parse(double) as string;
  } catch {
    // An escape that only YAML knows.
  }
  throw new DocumentProblem(
    `line ${line}: the quoted text is not closed, or has an escape that is not understood`,
  );
}

function readBlock(style: string, lines: readonly string[]): string {
  const indent = lines.find((line) => !isBlank(line))?.search(/\S/) ?? 0;
  const text = lines.map((line) => line.slice(indent).trimEnd()).join('\n');
  return (style.startsWith('>') ? text.replaceAll(/([^\n])\n(?=[^\n ])/g, '$1 ') : text).trim();
}

function isBlank(line: string): boolean {
  return line.trim() === '';
}

function isEmpty(line: string): boolean {
  return isBlank(line) || /^[ \t]*#/.test(line);
}
