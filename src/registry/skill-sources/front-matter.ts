import { isMap, isScalar, parseDocument, type Document, type ParsedNode } from 'yaml';

/** What is wrong with a document; the message is for the person who wrote it. */
export class DocumentProblem extends Error {
  override name = 'DocumentProblem';
}

// Far more than names and descriptions need. The parser's work grows faster than what it is given.
const MAX_LENGTH = 16 * 1024;
// What a line is nested by: its indent, and lists or maps that begin within it.
const LEAD = /^[ \t]*(?:[-?:][ \t]+)*/;
const MAX_LEAD = 80;
const MAX_BRACKETS = 200;
const MAX_PROBLEM_LENGTH = 200;

/**
 * Reads the YAML between the `---` at the top of a document: texts by their key, one level of nesting as
 * `metadata.category`. Passes over lists, deeper maps, those in braces and aliases, so that nothing is ever copied.
 * Throws a DocumentProblem that names the line.
 */
export function readFrontMatter(document: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const [key, node] of entriesOf(readYaml(frontMatterOf(document)))) {
    keep(fields, key, node);
    for (const [name, inner] of entriesOf(node)) keep(fields, `${key}.${name}`, inner);
  }
  return fields;
}

function frontMatterOf(document: string): string[] {
  const [whole, text = ''] =
    /^\uFEFF?---[ \t]*\r?\n(?:([^]*?)\r?\n)?---[ \t]*(?:\r?\n|$)/.exec(document) ?? [];
  if (whole === undefined) {
    throw new DocumentProblem(
      'must begin with front matter: "---", the lines "name: …" and "description: …", "---"',
    );
  }
  if (text.length > MAX_LENGTH) {
    throw new DocumentProblem(`the front matter must be at most ${MAX_LENGTH} characters`);
  }
  const lines = text.split(/\r?\n/);
  const deepest = lines.findIndex((line) => (LEAD.exec(line)?.[0].length ?? 0) > MAX_LEAD);
  if (deepest >= 0) throw new DocumentProblem(`line ${deepest + 2}: is nested too deep`);
  if ((text.match(/[[{]/g)?.length ?? 0) > MAX_BRACKETS) {
    throw new DocumentProblem(`the front matter must have at most ${MAX_BRACKETS} opening brackets`);
  }
  return lines;
}

function readYaml(lines: readonly string[]): ParsedNode | null {
  const text = lines.join('\n');
  const strict = parse(text);
  const quoted = withColonsQuoted(lines).join('\n');
  const yaml = strict.errors.length === 0 || quoted === text ? strict : parse(quoted);
  const [error] = yaml.errors;
  if (error !== undefined) {
    // The document's first line is its "---".
    const line = (yaml === strict ? text : quoted).slice(0, error.pos[0]).split('\n').length + 1;
    throw new DocumentProblem(
      `line ${line}: is not valid YAML: ${error.message.slice(0, MAX_PROBLEM_LENGTH)}`,
    );
  }
  if (yaml.contents !== null && !isMap(yaml.contents)) {
    throw new DocumentProblem('line 2: must be "key: value"');
  }
  return yaml.contents;
}

// Every scalar is a text: a version such as 1.10 stays as it is written.
function parse(text: string): Document.Parsed {
  return parseDocument(text, { schema: 'failsafe', logLevel: 'error', prettyErrors: false });
}

function entriesOf(node: unknown): [key: string, node: unknown][] {
  if (!isMap(node) || node.flow === true) return [];
  return node.items.flatMap(({ key, value }) =>
    isScalar(key) && typeof key.value === 'string' ? [[key.value, value] as [string, unknown]] : [],
  );
}

// A text with a colon inside needs quotes that many writers forget; what they mean is clear.
function withColonsQuoted(lines: readonly string[]): string[] {
  return lines.map((line) => {
    const [, key, text] = /^([A-Za-z][\w-]*: +)([^\s"'|>[{&*!%@`#].*)$/.exec(line) ?? [];
    if (key === undefined || text === undefined || !/:(?:\s|$)/.test(text)) return line;
    return key + JSON.stringify(text.replace(/[ \t]#.*$/, '').trim());
  });
}

function keep(fields: Map<string, string>, key: string, node: unknown): void {
  const text = isScalar(node) && typeof node.value === 'string' ? node.value.trim() : '';
  if (text !== '') fields.set(key, text);
}
