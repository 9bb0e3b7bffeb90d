import { jsonDepth } from '#platform/json-depth.ts';
import { ReleaseProblem } from './release-problem.ts';

const MAX_NAME = 256;
const MAX_TEXT = 20_000;
const MAX_ITEMS = 1000;
const MAX_DEPTH = 100;
const MAX_ICONS = 10;
const MAX_ICON_SRC = 100_000;
const MAX_CARD_BYTES = 1024 ** 2;
const MAX_WARNINGS = 20;
const MAX_SHOWN_NAME = 60;

type JsonObject = Record<string, unknown>;

/** A JSON Schema: since SEP-2106 of any type, and true or false are schemas too. */
type JsonSchema = JsonObject | boolean;

interface Tool {
  name: string;
  title?: string;
  description: string | null;
  inputSchema: JsonObject & { type: 'object' };
  outputSchema?: JsonSchema;
  annotations?: JsonObject;
}

interface Resource {
  name: string;
  title?: string;
  uri: string;
  description?: string;
  mimeType?: string;
}

interface Prompt {
  name: string;
  title?: string;
  description?: string;
  arguments?: { name: string; description?: string; required?: boolean }[];
}

/** What a server says of itself. */
interface ServerInfo {
  name: string;
  version?: string;
  title?: string;
  description?: string;
  websiteUrl?: string;
  icons?: { src: string; theme?: string }[];
}

/** What a server offers; a list is null where it is not known. */
export interface ReleaseCard {
  serverInfo: ServerInfo | null;
  tools: Tool[] | null;
  resources: Resource[] | null;
  prompts: Prompt[] | null;
  /** What of it could not be taken as it came, for its owner: a bounded number of lines, printable and short. */
  warnings: string[];
}

/**
 * A card out of whatever somebody says it is. Null stands for nothing. An item that cannot be used is left out, a part of
 * one that cannot is dropped, and a warning says so. Throws ReleaseProblem where it is no card at all, or is too large.
 */
export function toCard(value: unknown): ReleaseCard {
  if (!isObject(value)) throw wrongShape('its top', 'must be an object');
  const warnings: string[] = [];
  const warn: Warn = (text) => void warnings.push(text);
  const lists = {
    tools: readList(value['tools'], { kind: 'tools', read: readTool, keyOf: ({ name }) => name, warn }),
    resources: readList(value['resources'], {
      kind: 'resources',
      read: readResource,
      keyOf: ({ uri }) => uri,
      warn,
    }),
    prompts: readList(value['prompts'], {
      kind: 'prompts',
      read: readPrompt,
      keyOf: ({ name }) => name,
      warn,
    }),
  };
  const card = {
    serverInfo: readServerInfo(value['serverInfo']),
    ...lists,
    warnings: boundedWarnings(warnings),
  };
  if (weightOf(card) > MAX_CARD_BYTES) throw tooHeavy(lists);
  return card;
}

/** How much a card offers, for a person: `3 tools, 1 resource, no prompts`. */
export function sumUp({ tools, resources, prompts }: ReleaseCard): string {
  return [counted(tools, 'tool'), counted(resources, 'resource'), counted(prompts, 'prompt')].join(', ');
}

function counted(items: readonly unknown[] | null, word: string): string {
  const count = items?.length ?? 0;
  return `${count === 0 ? 'no' : count} ${word}${count === 1 ? '' : 's'}`;
}

type Warn = (text: string) => void;

/** Reads an item; a string says why it cannot be used. */
type ReadItem<Item> = (given: JsonObject, warn: Warn) => Item | string;

interface ListReading<Item> {
  kind: 'tools' | 'resources' | 'prompts';
  read: ReadItem<Item>;
  /** What no two items may have in common. */
  keyOf: (item: Item) => string;
  warn: Warn;
}

function readList<Item>(given: unknown, { kind, read, keyOf, warn }: ListReading<Item>): Item[] | null {
  if (isAbsent(given)) return null;
  if (!Array.isArray(given)) throw wrongShape(kind, 'must be a list');
  if (given.length > MAX_ITEMS) {
    warn(`There are more than ${MAX_ITEMS} ${kind}: only the first ${MAX_ITEMS} were taken`);
  }
  const items = new Map<string, Item>();
  for (const [index, one] of given.slice(0, MAX_ITEMS).entries()) {
    const label = labelOf(kind, one, index);
    const item = isObject(one) ? read(one, (text) => warn(`${label}: ${text}`)) : 'it is no object';
    if (typeof item === 'string') warn(`${label} was left out: ${item}`);
    else if (items.has(keyOf(item))) warn(`${label} was left out: there is one like it before`);
    else items.set(keyOf(item), item);
  }
  return [...items.values()];
}

// Names are the server's own words: short, and nothing that a terminal or a page would take for more than text.
function labelOf(kind: string, given: unknown, index: number): string {
  const word = kind.slice(0, 1).toUpperCase() + kind.slice(1, -1);
  const name = isObject(given) ? (given['name'] ?? given['uri']) : undefined;
  if (typeof name !== 'string' || name === '') return `${word} number ${index + 1}`;
  const shown = name.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
  return `${word} "${shown.length > MAX_SHOWN_NAME ? `${cut(shown, MAX_SHOWN_NAME)}…` : shown}"`;
}

/** The first of many warnings, and how many more there were. */
export function boundedWarnings(warnings: string[]): string[] {
  const more = warnings.length - MAX_WARNINGS;
  if (more <= 0) return warnings;
  return [...warnings.slice(0, MAX_WARNINGS), `There were ${more} more things like these`];
}

const readTool: ReadItem<Tool> = (given, warn) => {
  const name = readName(given['name']);
  if (name === undefined) return NO_NAME;
  const inputSchema = readInputSchema(given['inputSchema']);
  if (typeof inputSchema === 'string') return inputSchema;
  return present({
    name,
    title: readText(given, 'title', warn),
    description: readText(given, 'description', warn) ?? null,
    inputSchema,
    outputSchema: readOutputSchema(given['outputSchema'], warn),
    annotations: readAnnotations(given['annotations'], warn),
  });
};

const readResource: ReadItem<Resource> = (given, warn) => {
  const { uri } = given;
  if (typeof uri !== 'string' || uri === '' || uri.length > MAX_TEXT) {
    return `its uri must be a text of 1 to ${MAX_TEXT} characters`;
  }
  const title = readText(given, 'title', warn);
  let name = readName(given['name']);
  if (name === undefined) {
    warn('its name cannot be used, its title or its URI stands for it');
    name = cut(title === undefined || title === '' ? uri : title, MAX_NAME);
  }
  return present({
    name,
    title,
    uri,
    description: readText(given, 'description', warn),
    mimeType: readText(given, 'mimeType', warn),
  });
};

const readPrompt: ReadItem<Prompt> = (given, warn) => {
  const name = readName(given['name']);
  if (name === undefined) return NO_NAME;
  return present({
    name,
    title: readText(given, 'title', warn),
    description: readText(given, 'description', warn),
    arguments: readArguments(given['arguments'], warn),
  });
};

const NO_NAME = `its name must be a text of 1 to ${MAX_NAME} characters`;

// Bundles may name the arguments of a prompt and say no more.
function readArguments(given: unknown, warn: Warn): Prompt['arguments'] {
  if (isAbsent(given)) return undefined;
  if (!Array.isArray(given)) {
    warn('its arguments are no list and were dropped');
    return undefined;
  }
  const read = given.slice(0, MAX_ITEMS).flatMap((one: unknown) => {
    const argument = isObject(one) ? one : { name: one };
    const name = readName(argument['name']);
    if (name === undefined) return [];
    const { required } = argument;
    return [
      present({
        name,
        description: readText(argument, 'description', warn),
        required: typeof required === 'boolean' ? required : undefined,
      }),
    ];
  });
  if (read.length < given.length) warn(`${given.length - read.length} of its arguments were dropped`);
  return read;
}

/** The schema of a tool's parameters, or why it is none. Bundles may leave it out. */
function readInputSchema(given: unknown): Tool['inputSchema'] | string {
  if (isAbsent(given)) return { type: 'object' };
  if (!isObject(given) || given['type'] !== 'object') {
    return 'its inputSchema must be a JSON Schema with "type": "object"';
  }
  if (!isShallow(given)) return `its inputSchema is nested deeper than ${MAX_DEPTH} levels`;
  const { properties, required, ...others } = given;
  if (!isAbsent(properties) && !isObject(properties)) {
    return 'the properties of its inputSchema must be an object';
  }
  if (!isAbsent(required) && !Array.isArray(required)) {
    return 'what its inputSchema requires must be a list';
  }
  return {
    ...others,
    type: 'object',
    ...(isAbsent(properties) ? {} : { properties }),
    ...(isAbsent(required) ? {} : { required }),
  };
}

function readOutputSchema(given: unknown, warn: Warn): JsonSchema | undefined {
  if (isAbsent(given)) return undefined;
  if (!isObject(given) && typeof given !== 'boolean') {
    warn('its outputSchema is no JSON Schema and was dropped');
    return undefined;
  }
  if (isShallow(given)) return given;
  warn(`its outputSchema is nested deeper than ${MAX_DEPTH} levels and was dropped`);
  return undefined;
}

const HINTS = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'];

function readAnnotations(given: unknown, warn: Warn): JsonObject | undefined {
  if (isAbsent(given)) return undefined;
  if (!isObject(given)) {
    warn('its annotations are no object and were dropped');
    return undefined;
  }
  const title = readText(given, 'title', warn);
  const hints = HINTS.filter((hint) => typeof given[hint] === 'boolean').map((hint) => [hint, given[hint]]);
  const read = { ...(title === undefined ? {} : { title }), ...Object.fromEntries(hints) };
  return Object.keys(read).length === 0 ? undefined : read;
}

function readServerInfo(given: unknown): ServerInfo | null {
  if (!isObject(given)) return null;
  const name = readName(given['name']);
  if (name === undefined) return null;
  const warn: Warn = () => {};
  const { icons } = given;
  return present({
    name,
    version: readName(given['version']),
    title: readText(given, 'title', warn),
    description: readText(given, 'description', warn),
    websiteUrl: readText(given, 'websiteUrl', warn),
    icons: Array.isArray(icons) ? icons.slice(0, MAX_ICONS).flatMap(readIcon) : undefined,
  });
}

function readIcon(given: unknown): { src: string; theme?: string }[] {
  if (!isObject(given)) return [];
  const { src, theme } = given;
  if (typeof src !== 'string' || src.length > MAX_ICON_SRC) return [];
  return [{ src, ...(theme === 'light' || theme === 'dark' ? { theme } : {}) }];
}

function readName(given: unknown): string | undefined {
  return typeof given === 'string' && given !== '' && given.length <= MAX_NAME ? given : undefined;
}

/** A text that may be missing. One that is too long is cut. */
function readText(of: JsonObject, field: string, warn: Warn): string | undefined {
  const given = of[field];
  if (isAbsent(given)) return undefined;
  if (typeof given !== 'string') {
    warn(`its ${field} is no text and was dropped`);
    return undefined;
  }
  if (given.length <= MAX_TEXT) return given;
  warn(`its ${field} is longer than ${MAX_TEXT} characters and was cut`);
  return `${cut(given, MAX_TEXT - 1)}…`;
}

/** At most so many UTF-16 units, without half a character at the end. */
function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
}

function isAbsent(given: unknown): given is null | undefined {
  return given === undefined || given === null;
}

function isObject(given: unknown): given is JsonObject {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

function isShallow(schema: JsonSchema): boolean {
  try {
    return jsonDepth(JSON.stringify(schema)) <= MAX_DEPTH;
  } catch (error) {
    // As deep as the stack.
    if (error instanceof RangeError) return false;
    throw error;
  }
}

type Present<T> = { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] } & {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};

/** The fields that are there. */
function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as unknown as Present<T>;
}

function weightOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function wrongShape(place: string, text: string): ReleaseProblem {
  return new ReleaseProblem(
    'FAILURE',
    `What the server says it offers has a wrong shape at ${place}: ${text}`,
    'Correct what the server tells about its tools, resources and prompts, then release again.',
  );
}

function tooHeavy(lists: Pick<ReleaseCard, 'tools' | 'resources' | 'prompts'>): ReleaseProblem {
  const weights = Object.entries(lists).flatMap(([kind, items]) =>
    (items ?? []).map((item, index) => ({ label: labelOf(kind, item, index), bytes: weightOf(item) })),
  );
  const [heaviest] = weights.toSorted((a, b) => b.bytes - a.bytes);
  const which =
    heaviest === undefined ? '' : ` The heaviest part is ${heaviest.label} with ${heaviest.bytes} bytes.`;
  return new ReleaseProblem(
    'FAILURE_SCAN',
    `What the server says it offers weighs more than ${MAX_CARD_BYTES} bytes.${which}`,
    'Shorten the descriptions and schemas of its tools, resources and prompts, then release again.',
  );
}
