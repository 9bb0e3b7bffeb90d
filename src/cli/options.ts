import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { DESK_ACCENTS, type DeskLook } from '#contract/desk-look.ts';
import { parseDuration } from '#platform/durations.ts';
import { isAddressRange, type TrustedProxies } from '#platform/client-address.ts';
import { ConfigError, quoted } from './config-error.ts';
import type { OptionTable } from './option.ts';

/** Everything that can be set from outside, checked. */
export interface Config {
  port: number;
  host: string;
  /** Host names, with a port where it is not the listening one, under which people reach this desk. */
  allowHosts: string[];
  /** The origin under which people and programs reach this desk; null where it follows from the host. */
  publicUrl: string | null;
  /** The proxies in front that are believed; null for none. */
  trustProxy: TrustedProxies | null;
  /** What the operator calls this desk; null for nothing. */
  name: DeskLook['name'];
  /** The colour of this desk; null for none. */
  accent: DeskLook['accent'];
  /** Absolute path. */
  dataFolder: string;
  /** Without a trailing slash; null for the embedded registry. */
  registryUrl: string | null;
  /** Null for SQLite in the data folder. */
  databaseUrl: string | null;
  /** Absolute path; null for bundles in the data folder, or in PostgreSQL. */
  blobFolder: string | null;
  samples: boolean;
  /** Whether anybody may read, without a key, which servers are listed. */
  openCatalog: boolean;
  /** How long a deleted or transferred name is held for its former owner, in milliseconds. */
  nameHoldMs: number;
  /** How old runtime logs may become, in milliseconds. */
  keepLogsMs: number;
  /** How long an entry of the ledger is kept once its outcome is known, in milliseconds. */
  keepActivityMs: number;
  allowPrivateUpstreams: boolean;
  /** Null for the key file in the data folder. */
  secret: string | null;
  /** Whether what was sealed with a secret that is lost is given up. */
  newSecret: boolean;
  /** How long it is served on after SIGTERM, in milliseconds. */
  drainMs: number;
}

const MIN_SECRET_LENGTH = 32;
const MAX_NAME_LENGTH = 40;

/** The options that start a desk. The README's table has these rows; a test compares them. */
export const OPTIONS: OptionTable<Config> = {
  port: {
    flag: 'port',
    value: 'PORT',
    variable: 'TOUCHMARK_PORT',
    commonVariable: 'PORT',
    // Kubernetes sets it so for a service of the name touchmark.
    isMeant: (text) => !text.startsWith('tcp://'),
    help: 'port to listen on; 0 takes a free one',
    default: '4000',
    read: readPort,
  },
  host: {
    flag: 'host',
    value: 'ADDRESS',
    variable: 'TOUCHMARK_HOST',
    commonVariable: 'HOST',
    // Shells keep the machine's name there, and conda its kind.
    isMeant: (text, variable) => variable !== 'HOST' || isIP(text) !== 0 || text === 'localhost',
    help: 'address to listen on; one that others can reach needs `--allow-host` too',
    default: '127.0.0.1',
    read: readHost,
  },
  allowHosts: {
    flag: 'allow-host',
    value: 'NAME',
    repeatable: true,
    variable: 'TOUCHMARK_ALLOW_HOST',
    help: 'a host name, with its port unless it is the default one, under which people open Touchmark; may be repeated (the variable takes several with commas)',
    read: (texts, name) => texts.map((text) => readAllowedHost(text, name)),
  },
  publicUrl: {
    flag: 'public-url',
    value: 'URL',
    variable: 'TOUCHMARK_PUBLIC_URL',
    help: 'the address that people and programs are given, as `https://touchmark.example.com`',
    unset: 'it follows from `--host`, or from the first `--allow-host`',
    read: readPublicUrl,
  },
  trustProxy: {
    flag: 'trust-proxy',
    value: 'PROXY',
    repeatable: true,
    variable: 'TOUCHMARK_TRUST_PROXY',
    help: 'the proxies whose `X-Forwarded-For` is believed: how many stand in front, or their addresses as `10.0.0.0/8`; may be repeated (the variable takes several with commas)',
    unset: 'none',
    read: readTrustProxy,
  },
  name: {
    flag: 'name',
    value: 'NAME',
    variable: 'TOUCHMARK_NAME',
    help: 'what people see this desk called, as `Production`, on every page and before they delete',
    unset: 'nothing',
    read: readDeskName,
  },
  accent: {
    flag: 'accent',
    value: 'COLOUR',
    variable: 'TOUCHMARK_ACCENT',
    help: `the colour of a stripe and of the name on every page: ${DESK_ACCENTS.map((accent) => `\`${accent}\``).join(', ')}`,
    unset: 'none, or grey with `--name`',
    read: readAccent,
  },
  dataFolder: {
    flag: 'data',
    value: 'FOLDER',
    variable: 'TOUCHMARK_DATA',
    help: 'where the data is kept',
    default: '.touchmark',
    read: ([path = ''], name) => readPath(path, name),
  },
  registryUrl: {
    flag: 'registry',
    value: 'URL',
    variable: 'TOUCHMARK_REGISTRY_URL',
    help: 'the registry to manage; `https://api.smithery.ai` for Smithery',
    unset: 'the embedded one',
    read: readRegistryUrl,
  },
  databaseUrl: {
    flag: 'database',
    value: 'URL',
    variable: 'DATABASE_URL',
    help: 'a PostgreSQL URL',
    unset: 'SQLite in the data folder',
    read: readDatabaseUrl,
  },
  blobFolder: {
    flag: 'blobs',
    value: 'FOLDER',
    variable: 'TOUCHMARK_BLOBS',
    help: 'a folder for bundles; on PostgreSQL all processes must share it',
    unset: 'in PostgreSQL, or in the data folder',
    read: ([path], name) => (path === undefined ? null : readPath(path, name)),
  },
  samples: {
    flag: 'no-samples',
    says: 'off',
    variable: 'TOUCHMARK_SAMPLES',
    help: 'do not fill an empty embedded registry with samples',
    unset: 'samples',
    read: ([text = 'on'], name) => readSwitch(name, text),
  },
  openCatalog: {
    flag: 'open-catalog',
    says: 'on',
    variable: 'TOUCHMARK_OPEN_CATALOG',
    help: 'let editors read at `/v0.1`, without a key, which servers are listed',
    unset: 'with a key only',
    read: ([text = 'off'], name) => readSwitch(name, text),
  },
  nameHoldMs: {
    flag: 'name-hold',
    value: 'TIME',
    variable: 'TOUCHMARK_NAME_HOLD',
    help: 'how long the name of a deleted or transferred server is held for its former owner, as `12h` or `30d`',
    default: '30d',
    read: ([text = ''], name) => readDuration(name, text),
  },
  keepLogsMs: {
    flag: 'keep-logs',
    value: 'TIME',
    variable: 'TOUCHMARK_KEEP_LOGS',
    help: 'how long runtime logs are kept',
    default: '30d',
    read: ([text = ''], name) => readDuration(name, text),
  },
  keepActivityMs: {
    flag: 'keep-activity',
    value: 'TIME',
    variable: 'TOUCHMARK_KEEP_ACTIVITY',
    help: 'how long Activity keeps what was done, from when its outcome is known; a day or more',
    default: '400d',
    read: readActivityTime,
  },
  allowPrivateUpstreams: {
    flag: 'allow-private-upstreams',
    says: 'on',
    variable: 'TOUCHMARK_ALLOW_PRIVATE_UPSTREAMS',
    help: 'let releases lead to `http` and to addresses of this machine and its networks',
    unset: 'public https only',
    read: ([text = 'off'], name) => readSwitch(name, text),
  },
  secret: {
    flag: 'secret',
    value: 'TEXT',
    variable: 'TOUCHMARK_SECRET',
    help: `seals keys and secrets at rest and signs service tokens, ${MIN_SECRET_LENGTH} characters or more`,
    unset: 'a key file in the data folder',
    read: readSecret,
  },
  newSecret: {
    flag: 'new-secret',
    says: 'on',
    help: 'go on where the secret is lost: secrets of servers are marked as lost, everybody is signed out',
    read: ([text]) => text === 'on',
  },
  drainMs: {
    flag: 'drain',
    value: 'TIME',
    variable: 'TOUCHMARK_DRAIN',
    help: 'how long it goes on serving after SIGTERM while `/readyz` says 503, so that a proxy can turn elsewhere',
    default: '5s',
    read: ([text = '']) => readDuration('--drain', text),
  },
};

/** The options that ask about the command itself. */
export const ABOUT_OPTIONS: OptionTable<{ help: boolean; version: boolean }> = {
  help: { flag: 'help', help: 'tells the commands and options', read: ([text]) => text === 'on' },
  version: { flag: 'version', help: 'tells the version', read: ([text]) => text === 'on' },
};

function readPort([text = '']: readonly string[], name: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535))
    throw new ConfigError(`${name} must be a number from 0 to 65535, not ${quoted(text)}.`);
  return port;
}

function readHost([host = '']: readonly string[], name: string): string {
  if (host === '') throw new ConfigError(`${name} must not be empty; 127.0.0.1 is the default.`);
  return host;
}

function readAllowedHost(text: string, name: string): string {
  const host = text.trim().toLowerCase();
  if (!/^(\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(:\d{1,5})?$/.test(host)) {
    throw new ConfigError(
      `${name} takes a host name such as desk.example.com or desk.example.com:8443, not ${quoted(text)}.`,
    );
  }
  return host;
}

// Shells expand a tilde at the beginning of a word only: not in `--data=~/desk`, and not in most files of variables.
function readPath(text: string, name: string): string {
  if (text === '') throw new ConfigError(`${name} must not be empty.`);
  const [, user, rest = ''] = /^~([^/]*)(?:\/(.*))?$/s.exec(text) ?? [];
  if (user === undefined) return resolve(text);
  if (user === '') return resolve(join(homedir(), rest));
  throw new ConfigError(
    `${name} cannot tell whose home "~${user}" is: write the whole path, or ./${text} for a folder of that name.`,
  );
}

function readPublicUrl([text]: readonly string[], name: string): string | null {
  if (text === undefined) return null;
  const url = parseUrl(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw new ConfigError(
      `${name} must be an http or https origin such as https://touchmark.example.com, not ${quoted(text)}.`,
    );
  }
  return url.origin;
}

function readTrustProxy(texts: readonly string[], name: string): TrustedProxies | null {
  const [first, ...others] = texts.map((text) => text.trim());
  if (first === undefined) return null;
  if (/^[1-9]\d?$/.test(first) && others.length === 0) return { hops: Number(first) };
  const wrong = [first, ...others].find((text) => !isAddressRange(text));
  if (wrong === undefined) return { ranges: [first, ...others] };
  throw new ConfigError(
    `${name} must be a number of proxies from 1 to 99, or addresses such as 10.0.0.0/8, not ${quoted(wrong)}.`,
  );
}

// What stands on every page has to fit beside other things, and must not make them read otherwise.
function readDeskName([text]: readonly string[], name: string): string | null {
  if (text === undefined) return null;
  const deskName = text.trim();
  const isShown = /[\p{L}\p{N}\p{S}]/u.test(deskName) && !/[\p{C}\p{Zl}\p{Zp}]/u.test(deskName);
  if (!isShown || Array.from(deskName).length > MAX_NAME_LENGTH) {
    throw new ConfigError(
      `${name} must be a name of 1 to ${MAX_NAME_LENGTH} characters on one line, such as Production, not ${quoted(text)}.`,
    );
  }
  return deskName;
}

function readAccent([text]: readonly string[], name: string): DeskLook['accent'] {
  if (text === undefined) return null;
  const accent = DESK_ACCENTS.find((each) => each === text.trim().toLowerCase());
  if (accent !== undefined) return accent;
  throw new ConfigError(`${name} must be one of ${DESK_ACCENTS.join(', ')}, not ${quoted(text)}.`);
}

function readRegistryUrl([text]: readonly string[], name: string): string | null {
  if (text === undefined) return null;
  const url = parseUrl(text);
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.username + url.password !== '' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new ConfigError(
      `${name} must be an http or https URL such as https://api.smithery.ai, not ${quoted(text)}.`,
    );
  }
  return url.href.replace(/\/+$/, '');
}

function readDatabaseUrl([text]: readonly string[], name: string): string | null {
  if (text === undefined) return null;
  if (!/^postgres(ql)?:$/.test(parseUrl(text)?.protocol ?? '')) {
    // Not repeated: it may hold a password.
    throw new ConfigError(
      `${name} must be a PostgreSQL URL such as postgres://user:password@host:5432/touchmark.`,
    );
  }
  return text;
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function readSwitch(name: string, text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on';
  throw new ConfigError(`${name} must be on or off, not ${quoted(text)}.`);
}

function readDuration(name: string, text: string): number {
  const duration = parseDuration(text);
  if (duration === undefined) {
    throw new ConfigError(`${name} must be a time such as 12h or 30d (s, m, h, d), not ${quoted(text)}.`);
  }
  return duration;
}

// An entry also keeps its change from being made twice, for as long as a page may send it once more.
function readActivityTime([text = '']: readonly string[], name: string): number {
  const duration = readDuration(name, text);
  if (duration < 86_400_000) throw new ConfigError(`${name} must be a day or more, not ${quoted(text)}.`);
  return duration;
}

function readSecret([text]: readonly string[], name: string): string | null {
  if (text === undefined) return null;
  if (text.length < MIN_SECRET_LENGTH) {
    throw new ConfigError(
      `${name} must have at least ${MIN_SECRET_LENGTH} characters; "openssl rand -hex 32" makes a good one.`,
    );
  }
  return text;
}
