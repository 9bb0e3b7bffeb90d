import { parseDuration } from '#platform/durations.ts';
import { ConfigError } from './config-error.ts';

/** What is to be done about users, keys and organizations. */
export type PeopleRequest =
  | { name: 'user add' | 'user disable'; user: string }
  | { name: 'user list' | 'org list' }
  | { name: 'key create'; user: string; label: string; expiresMs: number | null }
  | { name: 'key list'; user: string | null }
  | { name: 'key revoke'; id: string }
  | { name: 'org add'; organization: string; admin: string | null }
  | { name: 'org member'; organization: string; user: string; role: 'admin' | 'member' | null };

/** The options that belong to these commands alone, as `parseArgs` takes them. */
export const PEOPLE_OPTIONS = {
  json: { type: 'boolean' },
  label: { type: 'string' },
  expires: { type: 'string' },
  admin: { type: 'string' },
  role: { type: 'string' },
  remove: { type: 'boolean' },
} as const;

export type PeopleOptions = {
  [Name in keyof typeof PEOPLE_OPTIONS]?: (typeof PEOPLE_OPTIONS)[Name]['type'] extends 'string'
    ? string
    : boolean;
};

interface Shape {
  /** Names of the words that follow; one in brackets may be left out. */
  words: readonly string[];
  options: readonly (keyof PeopleOptions)[];
  read: (words: string[], options: PeopleOptions) => PeopleRequest;
}

const SHAPES: Record<PeopleRequest['name'], Shape> = {
  'user add': { words: ['NAME'], options: [], read: ([user = '']) => ({ name: 'user add', user }) },
  'user list': { words: [], options: [], read: () => ({ name: 'user list' }) },
  'user disable': { words: ['NAME'], options: [], read: ([user = '']) => ({ name: 'user disable', user }) },
  'key create': {
    words: ['USER'],
    options: ['label', 'expires'],
    read: ([user = ''], { label, expires }) => ({
      name: 'key create',
      user,
      label: readLabel(label),
      expiresMs: readExpiry(expires),
    }),
  },
  'key list': { words: ['[USER]'], options: [], read: ([user = null]) => ({ name: 'key list', user }) },
  'key revoke': { words: ['ID'], options: [], read: ([id = '']) => ({ name: 'key revoke', id }) },
  'org add': {
    words: ['NAME'],
    options: ['admin'],
    read: ([organization = ''], { admin = null }) => ({ name: 'org add', organization, admin }),
  },
  'org list': { words: [], options: [], read: () => ({ name: 'org list' }) },
  'org member': {
    words: ['ORG', 'USER'],
    options: ['role', 'remove'],
    read: ([organization = '', user = ''], options) => ({
      name: 'org member',
      organization,
      user,
      role: readRole(options),
    }),
  },
};

/** Options that every one of these commands takes. */
const COMMON_OPTIONS = ['json', 'data', 'database'];
const MAX_LABEL_LENGTH = 100;

/** True where the first word of a command line begins one of these commands. */
export function isPeopleCommand(word: string | undefined): boolean {
  return Object.keys(SHAPES).some((name) => name.split(' ')[0] === word);
}

/** Reads the words and options of a command. `given` are the names of all options on the line. Throws ConfigError. */
export function readPeopleRequest(words: string[], options: PeopleOptions, given: string[]): PeopleRequest {
  const [noun = '', verb = '', ...rest] = words;
  const found = Object.entries(SHAPES).find(([known]) => known === `${noun} ${verb}`);
  if (found === undefined) {
    const known = Object.keys(SHAPES).filter((name) => name.startsWith(`${noun} `));
    throw new ConfigError(`Say one of: touchmark ${known.join(', touchmark ')}. See touchmark --help.`);
  }
  const [name, shape] = found;
  const required = shape.words.filter((word) => !word.startsWith('['));
  if (rest.length < required.length || rest.length > shape.words.length) {
    throw new ConfigError(`Usage: ${['touchmark', name, ...shape.words].join(' ')}. See touchmark --help.`);
  }
  const foreign = given.find((option) => ![...COMMON_OPTIONS, ...shape.options].includes(option));
  if (foreign !== undefined) {
    throw new ConfigError(`touchmark ${name} takes no --${foreign}. See touchmark --help.`);
  }
  return shape.read(rest, options);
}

function readLabel(text = 'Made on the command line'): string {
  if (text.trim() === '' || text.length > MAX_LABEL_LENGTH || /\p{C}/u.test(text)) {
    throw new ConfigError(`--label must be a text of 1 to ${MAX_LABEL_LENGTH} characters on one line.`);
  }
  return text.trim();
}

function readExpiry(text: string | undefined): number | null {
  if (text === undefined) return null;
  const duration = parseDuration(text);
  if (duration === undefined || duration === 0) {
    throw new ConfigError(`--expires must be a time such as 12h or 30d (s, m, h, d), not "${text}".`);
  }
  return duration;
}

function readRole({ role, remove }: PeopleOptions): 'admin' | 'member' | null {
  if (remove === true) {
    if (role !== undefined) throw new ConfigError('--role and --remove cannot go together.');
    return null;
  }
  if (role === undefined || role === 'member') return 'member';
  if (role === 'admin') return role;
  throw new ConfigError(`--role must be admin or member, not "${role}".`);
}
