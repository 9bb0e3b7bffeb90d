import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseDuration } from '#platform/durations.ts';
import { isLoopback } from '#platform/loopback.ts';
import type { DatabaseLocation } from '#database/open.ts';
import { ConfigError } from './config-error.ts';
import {
  isPeopleCommand,
  PEOPLE_OPTIONS,
  readPeopleRequest,
  type PeopleRequest,
} from './people-arguments.ts';

/** Everything that can be set from outside, checked. */
export interface Config {
  port: number;
  host: string;
  /** Host names, with a port where it is not the listening one, under which people reach this desk. */
  allowHosts: string[];
  /** The origin under which people and programs reach this desk; null where it follows from the host. */
  publicUrl: string | null;
  /** Absolute path. */
  dataFolder: string;
  /** Without a trailing slash; null for the embedded registry. */
  registryUrl: string | null;
  /** Null for SQLite in the data folder. */
  databaseUrl: string | null;
  samples: boolean;
  /** How long a deleted or transferred name is held for its former owner, in milliseconds. */
  nameHoldMs: number;
  /** How old runtime logs may become, in milliseconds. */
  keepLogsMs: number;
  allowPrivateUpstreams: boolean;
  /** Null for the key file in the data folder. */
  secret: string | null;
}

/** What the command line asks for. */
export type Command =
  | { command: 'run'; config: Config }
  | PeopleCommand
  | { command: 'help' }
  | { command: 'version' };

/** Something to be done about users, keys and organizations, on the data of a desk. */
export interface PeopleCommand extends Pick<Config, 'dataFolder' | 'databaseUrl'> {
  command: 'people';
  request: PeopleRequest;
  /** Whether a program reads the answer. */
  json: boolean;
}

const MIN_SECRET_LENGTH = 32;

/** Reads the command line and the environment. Throws ConfigError with what to do about a wrong value. */
export function readCommand(
  argv: string[] = process.argv.slice(2),
  env: Record<string, string | undefined> = process.env,
): Command {
  const { values: options, positionals } = parseOptions(argv);
  if (options.help === true) return { command: 'help' };
  if (options.version === true) return { command: 'version' };
  const data = {
    dataFolder: resolve(options.data ?? setting(env['TOUCHMARK_DATA']) ?? '.touchmark'),
    databaseUrl: readDatabaseUrl(options.database ?? setting(env['DATABASE_URL'])),
  };
  const given = Object.keys(options);
  if (isPeopleCommand(positionals[0])) {
    const request = readPeopleRequest(positionals, options, given);
    return { command: 'people', request, json: options.json === true, ...data };
  }
  if (positionals[0] !== undefined) {
    throw new ConfigError(`Unexpected argument '${positionals[0]}'. See touchmark --help.`);
  }
  const foreign = given.find((name) => Object.hasOwn(PEOPLE_OPTIONS, name));
  if (foreign !== undefined) throw new ConfigError(`--${foreign} needs a command. See touchmark --help.`);
  const host = options.host ?? setting(env['HOST']) ?? '127.0.0.1';
  const allowHosts = options['allow-host'] ?? setting(env['TOUCHMARK_ALLOW_HOST'])?.split(',') ?? [];
  checkHost(host, allowHosts);
  return {
    command: 'run',
    config: {
      port: readPort(options.port ?? setting(env['PORT']) ?? '4000'),
      host,
      allowHosts: allowHosts.map(readAllowedHost),
      publicUrl: readPublicUrl(options['public-url'] ?? setting(env['TOUCHMARK_PUBLIC_URL'])),
      ...data,
      registryUrl: readRegistryUrl(options.registry ?? setting(env['TOUCHMARK_REGISTRY_URL'])),
      samples:
        options['no-samples'] !== true &&
        readSwitch('TOUCHMARK_SAMPLES', setting(env['TOUCHMARK_SAMPLES']), true),
      nameHoldMs: readDuration(
        '--name-hold',
        options['name-hold'] ?? setting(env['TOUCHMARK_NAME_HOLD']) ?? '30d',
      ),
      keepLogsMs: readDuration(
        '--keep-logs',
        options['keep-logs'] ?? setting(env['TOUCHMARK_KEEP_LOGS']) ?? '30d',
      ),
      allowPrivateUpstreams:
        options['allow-private-upstreams'] === true ||
        readSwitch(
          'TOUCHMARK_ALLOW_PRIVATE_UPSTREAMS',
          setting(env['TOUCHMARK_ALLOW_PRIVATE_UPSTREAMS']),
          false,
        ),
      secret: readSecret(options.secret ?? setting(env['TOUCHMARK_SECRET'])),
    },
  };
}

function parseOptions(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        'allow-host': { type: 'string', multiple: true },
        'public-url': { type: 'string' },
        data: { type: 'string' },
        registry: { type: 'string' },
        database: { type: 'string' },
        'no-samples': { type: 'boolean' },
        'name-hold': { type: 'string' },
        'keep-logs': { type: 'string' },
        'allow-private-upstreams': { type: 'boolean' },
        secret: { type: 'string' },
        help: { type: 'boolean' },
        version: { type: 'boolean' },
        ...PEOPLE_OPTIONS,
      },
      allowPositionals: true,
    });
  } catch (error) {
    const [firstLine = 'Unknown option'] = String(error instanceof Error ? error.message : error).split('\n');
    throw new ConfigError(`${firstLine.replace(/\.?\s*To specify.*/, '.')} See touchmark --help.`);
  }
}

// An empty variable is how shells and compose files say "unset".
function setting(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new ConfigError(`--port must be a number from 0 to 65535, not "${text}".`);
  return port;
}

function checkHost(host: string, allowHosts: string[]): void {
  if (host === '') throw new ConfigError('--host must not be empty; 127.0.0.1 is the default.');
  if (!isLoopback(host) && allowHosts.length === 0) {
    throw new ConfigError(
      `--host ${host} can be reached from other machines: name the host people will open with --allow-host NAME.`,
    );
  }
}

function readAllowedHost(text: string): string {
  const name = text.trim().toLowerCase();
  if (!/^(\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(:\d{1,5})?$/.test(name)) {
    throw new ConfigError(
      `--allow-host takes a host name such as desk.example.com or desk.example.com:8443, not "${text}".`,
    );
  }
  return name;
}

function readPublicUrl(text: string | undefined): string | null {
  if (text === undefined) return null;
  const url = parseUrl(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw new ConfigError(
      `--public-url must be an http or https origin such as https://touchmark.example.com, not "${text}".`,
    );
  }
  return url.origin;
}

function readRegistryUrl(text: string | undefined): string | null {
  if (text === undefined) return null;
  const url = parseUrl(text);
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== '' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new ConfigError(
      `--registry must be an http or https URL such as https://api.smithery.ai, not "${text}".`,
    );
  }
  return url.href.replace(/\/+$/, '');
}

function readDatabaseUrl(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (!/^postgres(ql)?:$/.test(parseUrl(text)?.protocol ?? '')) {
    // Not repeated: it may hold a password.
    throw new ConfigError(
      '--database must be a PostgreSQL URL such as postgres://user:password@host:5432/touchmark.',
    );
  }
  return text;
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function readSwitch(name: string, text: string | undefined, unset: boolean): boolean {
  if (text === undefined) return unset;
  if (text === 'on' || text === 'off') return text === 'on';
  throw new ConfigError(`${name} must be on or off, not "${text}".`);
}

function readDuration(name: string, text: string): number {
  const duration = parseDuration(text);
  if (duration === undefined) {
    throw new ConfigError(`${name} must be a time such as 12h or 30d (s, m, h, d), not "${text}".`);
  }
  return duration;
}

function readSecret(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (text.length < MIN_SECRET_LENGTH) {
    throw new ConfigError(
      `--secret must have at least ${MIN_SECRET_LENGTH} characters; "openssl rand -hex 32" makes a good one.`,
    );
  }
  return text;
}

/** Where the rows are kept under this configuration. */
export function databaseLocation(
  { databaseUrl }: Pick<Config, 'databaseUrl'>,
  sqlitePath: string,
): DatabaseLocation {
  return databaseUrl === null
    ? { engine: 'sqlite', path: sqlitePath }
    : { engine: 'postgres', url: databaseUrl };
}
