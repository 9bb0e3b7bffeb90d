import { resolve } from 'node:path';
import { parseDuration } from '#platform/durations.ts';
import type { QuotaKind } from '#registry/quotas/quota-kinds.ts';
import { ConfigError, quoted } from './config-error.ts';
import { readOptions, type GivenOptions, type Option, type OptionTable } from './option.ts';
import { OPTIONS } from './options.ts';

/** What is to be done about users, keys and organizations. */
export type PeopleRequest =
  | { name: 'sign-in-link' }
  | { name: 'user add' | 'user disable'; user: string }
  | { name: 'user list' | 'org list' }
  | { name: 'user admin'; user: string; isAdmin: boolean }
  | { name: 'user quota'; user: string; changes: QuotaChanges }
  | { name: 'key create'; user: string; label: string; expiresMs: number | null }
  | { name: 'key list'; user: string | null }
  | { name: 'key revoke'; id: string }
  | { name: 'org add'; organization: string; admin: string | null }
  | { name: 'org member'; organization: string; user: string; role: 'admin' | 'member' | null };

/** Amounts as they are to be; null for what everybody has. */
type QuotaChanges = Partial<Record<QuotaKind, number | null>>;

/** What is to be done with the data of a desk as a whole. Paths are absolute. */
export type DataRequest =
  | { name: 'backup'; file: string; withSecret: boolean }
  | { name: 'restore'; file: string }
  | { name: 'check' }
  | { name: 'audit'; from: Date | null; to: Date | null }
  | { name: 'migrate-database'; to: string };

type CommandRequest = PeopleRequest | DataRequest;

/** The settings that belong to these commands alone. */
interface CommandSettings {
  json: boolean;
  label: string;
  expiresMs: number | null;
  admin: string | null;
  role: 'admin' | 'member' | null;
  remove: boolean;
  maxServers: QuotaAmount;
  maxBundleBytes: QuotaAmount;
  maxReleases: QuotaAmount;
  maxStreams: QuotaAmount;
  maxRequests: QuotaAmount;
  withSecret: boolean;
  from: Date | null;
  to: string | null;
}

/** Undefined: it stays as it is. Null: what everybody has. */
type QuotaAmount = number | null | undefined;

/** The options that belong to these commands alone. */
export const COMMAND_OPTIONS: OptionTable<CommandSettings> = {
  json: {
    flag: 'json',
    help: 'answers with one JSON document; any command takes it',
    read: ([text]) => text === 'on',
  },
  label: {
    flag: 'label',
    value: 'TEXT',
    help: 'what the key is for',
    default: 'Made on the command line',
    read: readLabel,
  },
  expiresMs: {
    flag: 'expires',
    value: 'TIME',
    help: 'when the key ends, as `12h` or `30d`',
    read: readExpiry,
  },
  admin: { flag: 'admin', value: 'USER', help: 'its first admin', read: ([user = null]) => user },
  role: { flag: 'role', value: 'admin|member', help: 'what the member may do', read: readRole },
  remove: { flag: 'remove', help: 'takes the member out', read: ([text]) => text === 'on' },
  maxServers: quotaOption('max-servers', 'servers an owner may have'),
  maxBundleBytes: quotaOption('max-bundle-bytes', 'bytes that their bundles may weigh'),
  maxReleases: quotaOption('max-releases', 'releases that are kept of a server'),
  maxStreams: quotaOption('max-streams', 'event streams they may have open at once'),
  maxRequests: quotaOption('max-requests', 'requests they may send in a minute'),
  withSecret: {
    flag: 'with-secret',
    help: 'puts the sealing secret into the backup; whoever has that can read everything then',
    read: ([text]) => text === 'on',
  },
  from: {
    flag: 'from',
    value: 'TIME',
    help: 'what happened since then, as `2026-03-01` or `2026-03-01T12:00:00Z`',
    read: ([text]) => (text === undefined ? null : readMoment('from', text)),
  },
  to: {
    flag: 'to',
    value: 'URL|TIME',
    help: 'an empty PostgreSQL database; of `audit`: what happened before then',
    read: ([text = null]) => text,
  },
};

interface Shape {
  /** Names of the words that follow; one in brackets may be left out. */
  words: readonly string[];
  options: readonly (keyof CommandSettings)[];
  /** Markdown; what the command does, where its name does not say it. */
  help?: string;
  /** Where its data is, besides in the data folder; PostgreSQL too where this is left out. */
  place?: readonly Option<unknown>[];
  read: (words: string[], settings: CommandSettings) => CommandRequest;
}

/** The commands, in the order of `--help`. */
export const COMMANDS: Record<CommandRequest['name'], Shape> = {
  'sign-in-link': {
    words: [],
    options: [],
    help: 'a new link for the running desk; it works once, for ten minutes',
    read: () => ({ name: 'sign-in-link' }),
  },
  'user add': {
    words: ['NAME'],
    options: [],
    help: 'a user; names are lower-case letters, digits and hyphens',
    read: ([user = '']) => ({ name: 'user add', user }),
  },
  'user list': { words: [], options: [], read: () => ({ name: 'user list' }) },
  'user disable': {
    words: ['NAME'],
    options: [],
    help: 'ends every key of a user or organization at once',
    read: ([user = '']) => ({ name: 'user disable', user }),
  },
  'user admin': {
    words: ['NAME', 'on|off'],
    options: [],
    help: 'lets a user see what everybody did, or no more',
    read: ([user = '', word]) => {
      if (word === 'on' || word === 'off') return { name: 'user admin', user, isAdmin: word === 'on' };
      throw new ConfigError('Say on or off: touchmark user admin NAME on|off');
    },
  },
  'user quota': {
    words: ['NAME'],
    options: ['maxServers', 'maxBundleBytes', 'maxReleases', 'maxStreams', 'maxRequests'],
    help: 'shows what a user or organization may have, and changes it; `default` is what everybody has',
    read: ([user = ''], settings) => ({ name: 'user quota', user, changes: quotaChanges(settings) }),
  },
  'key create': {
    words: ['USER'],
    options: ['label', 'expiresMs'],
    help: 'a key of a user or organization, shown this one time; it ends after TIME, as `30d`',
    read: ([user = ''], { label, expiresMs }) => ({ name: 'key create', user, label, expiresMs }),
  },
  'key list': { words: ['[USER]'], options: [], read: ([user = null]) => ({ name: 'key list', user }) },
  'key revoke': {
    words: ['ID'],
    options: [],
    help: 'ends a key, and the service tokens made with it, at once',
    read: ([id = '']) => ({ name: 'key revoke', id }),
  },
  'org add': {
    words: ['NAME'],
    options: ['admin'],
    help: 'an organization',
    read: ([organization = ''], { admin }) => ({ name: 'org add', organization, admin }),
  },
  'org list': { words: [], options: [], read: () => ({ name: 'org list' }) },
  'org member': {
    words: ['ORG', 'USER'],
    options: ['role', 'remove'],
    help: 'adds a member, changes their role or takes them out',
    read: ([organization = '', user = ''], settings) => ({
      name: 'org member',
      organization,
      user,
      role: memberRole(settings),
    }),
  },
  backup: {
    words: ['FILE'],
    options: ['withSecret'],
    help: 'rows and bundles of one moment in one file, while the desk runs',
    place: [OPTIONS.databaseUrl, OPTIONS.blobFolder],
    read: ([file = ''], { withSecret }) => ({ name: 'backup', file: resolve(file), withSecret }),
  },
  restore: {
    words: ['FILE'],
    options: [],
    help: 'into an empty data folder or database, of either kind',
    place: [OPTIONS.databaseUrl, OPTIONS.blobFolder],
    read: ([file = '']) => ({ name: 'restore', file: resolve(file) }),
  },
  check: {
    words: [],
    options: [],
    help: 'what is wrong with rows and bundles, while the desk runs',
    place: [OPTIONS.databaseUrl, OPTIONS.blobFolder],
    read: () => ({ name: 'check' }),
  },
  audit: {
    words: [],
    options: ['from', 'to'],
    help: 'what changed in the registry, a line each, oldest first; with --json a JSON object on each line',
    read: (_words, { from, to }) => ({
      name: 'audit',
      from,
      to: to === null ? null : readMoment('to', to),
    }),
  },
  'migrate-database': {
    words: [],
    options: ['to'],
    help: 'copies a data folder to PostgreSQL, verified; goes on where it was interrupted',
    place: [],
    read: (_words, { to }) => {
      const url = OPTIONS.databaseUrl.read(to === null ? [] : [to], '--to');
      if (url === null) throw new ConfigError('Name an empty PostgreSQL database with --to.');
      return { name: 'migrate-database', to: url };
    },
  },
};

/** What every one of these commands takes. */
const COMMON_OPTIONS: readonly Option<unknown>[] = [OPTIONS.dataFolder, COMMAND_OPTIONS.json];
const MAX_LABEL_LENGTH = 100;

const DATA_COMMANDS: ReadonlySet<string> = new Set<DataRequest['name']>([
  'backup',
  'restore',
  'check',
  'audit',
  'migrate-database',
]);

/** True where the data as a whole is meant, not people. */
export function isDataRequest(request: CommandRequest): request is DataRequest {
  return DATA_COMMANDS.has(request.name);
}

/** True where the first word of a command line begins one of these commands. */
export function isCommand(word: string | undefined): boolean {
  return Object.keys(COMMANDS).some((name) => name.split(' ')[0] === word);
}

/** Reads the words and options of a command. Throws ConfigError. */
export function readRequest(
  words: string[],
  given: GivenOptions,
): { request: CommandRequest; json: boolean } {
  const [noun = ''] = words;
  const found = Object.entries(COMMANDS).find(
    ([known]) => known === noun || known === words.slice(0, 2).join(' '),
  );
  if (found === undefined) {
    const known = Object.keys(COMMANDS).filter((name) => name.startsWith(`${noun} `));
    throw new ConfigError(`Say one of: touchmark ${known.join(', touchmark ')}. See touchmark --help.`);
  }
  const [name, shape] = found;
  const rest = words.slice(name.split(' ').length);
  const required = shape.words.filter((word) => !word.startsWith('['));
  if (rest.length < required.length || rest.length > shape.words.length) {
    throw new ConfigError(`Usage: ${['touchmark', name, ...shape.words].join(' ')}. See touchmark --help.`);
  }
  const { place = [OPTIONS.databaseUrl] } = shape;
  const taken = [...COMMON_OPTIONS, ...place, ...shape.options.map((field) => COMMAND_OPTIONS[field])];
  const foreign = Object.keys(given).find((flag) => taken.every((option) => option.flag !== flag));
  if (foreign !== undefined) {
    throw new ConfigError(`touchmark ${name} takes no --${foreign}. See touchmark --help.`);
  }
  const settings = readOptions(COMMAND_OPTIONS, given);
  return { request: shape.read(rest, settings), json: settings.json };
}

function quotaOption(flag: string, help: string): Option<QuotaAmount> {
  return {
    flag,
    value: 'NUMBER',
    help,
    read: ([text]) => {
      if (text === undefined || text === 'default') return text === undefined ? undefined : null;
      if (/^\d{1,15}$/.test(text)) return Number(text);
      throw new ConfigError(`--${flag} must be a whole number, or default, not ${quoted(text)}.`);
    },
  };
}

function quotaChanges(settings: CommandSettings): QuotaChanges {
  const { maxServers, maxBundleBytes, maxReleases, maxStreams, maxRequests } = settings;
  const all = {
    servers: maxServers,
    bundleBytes: maxBundleBytes,
    releases: maxReleases,
    streams: maxStreams,
    requests: maxRequests,
  } satisfies Record<QuotaKind, QuotaAmount>;
  return Object.fromEntries(Object.entries(all).filter(([, amount]) => amount !== undefined));
}

function readLabel([text = '']: readonly string[]): string {
  if (text.trim() === '' || text.length > MAX_LABEL_LENGTH || /\p{C}/u.test(text)) {
    throw new ConfigError(`--label must be a text of 1 to ${MAX_LABEL_LENGTH} characters on one line.`);
  }
  return text.trim();
}

function readExpiry([text]: readonly string[]): number | null {
  if (text === undefined) return null;
  const duration = parseDuration(text);
  if (duration === undefined || duration === 0) {
    throw new ConfigError(`--expires must be a time such as 12h or 30d (s, m, h, d), not ${quoted(text)}.`);
  }
  return duration;
}

// A day alone begins in UTC.
function readMoment(flag: string, text: string): Date {
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const moment = new Date(text);
  if (isTime && !Number.isNaN(moment.getTime())) return moment;
  throw new ConfigError(
    `--${flag} must be a time such as 2026-03-01 or 2026-03-01T12:00:00Z, not ${quoted(text)}.`,
  );
}

function readRole([role]: readonly string[]): CommandSettings['role'] {
  if (role === undefined) return null;
  if (role === 'admin' || role === 'member') return role;
  throw new ConfigError(`--role must be admin or member, not ${quoted(role)}.`);
}

/** Null where the member is taken out. */
function memberRole({ role, remove }: CommandSettings): CommandSettings['role'] {
  if (!remove) return role ?? 'member';
  if (role !== null) throw new ConfigError('--role and --remove cannot go together.');
  return null;
}
