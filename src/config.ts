import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { DatabaseLocation } from '#database/open.ts';

/** Everything that can be set from outside, checked. */
export interface Config {
  port: number;
  host: string;
  /** Host names, with a port where it is not the listening one, under which people reach this desk. */
  allowHosts: string[];
  /** Absolute path. */
  dataFolder: string;
  /** Without a trailing slash; null for the embedded registry. */
  registryUrl: string | null;
  /** Null for SQLite in the data folder. */
  databaseUrl: string | null;
  samples: boolean;
  /** Null for the key file in the data folder. */
  secret: string | null;
}

/** What the command line asks for. */
export type Command = { command: 'run'; config: Config } | { command: 'help' } | { command: 'version' };

/** A value that cannot be used; its message is one line for the person who set it. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** The text of `--help`. */
export const HELP = `Touchmark: the desk where owners of MCP servers manage their registry entries.

Usage: touchmark [options]

Each option is also an environment variable; the option wins.

  --port PORT          PORT                     port to listen on; 0 takes a free one (4000)
  --host ADDRESS       HOST                     address to listen on; one that others can reach
                                                needs --allow-host too (127.0.0.1)
  --allow-host NAME    TOUCHMARK_ALLOW_HOST     a host name, with its port unless it is the default one,
                                                under which people open Touchmark; may be repeated
                                                (the variable takes several with commas)
  --data FOLDER        TOUCHMARK_DATA           where the data is kept (.touchmark)
  --registry URL       TOUCHMARK_REGISTRY_URL   the registry to manage (unset: the embedded one);
                                                https://api.smithery.ai for Smithery
  --database URL       DATABASE_URL             a PostgreSQL URL (unset: SQLite in the data folder)
  --no-samples         TOUCHMARK_SAMPLES=off    do not fill an empty embedded registry with samples
  --secret TEXT        TOUCHMARK_SECRET         seals registry keys at rest, 32 characters or more
                                                (unset: a key file in the data folder)
  --help               this text
  --version            the version
`;

const MIN_SECRET_LENGTH = 32;

/** Reads the command line and the environment. Throws ConfigError with what to do about a wrong value. */
export function readCommand(
  argv: string[] = process.argv.slice(2),
  env: Record<string, string | undefined> = process.env,
): Command {
  const options = parseOptions(argv);
  if (options.help === true) return { command: 'help' };
  if (options.version === true) return { command: 'version' };
  const host = options.host ?? setting(env['HOST']) ?? '127.0.0.1';
  const allowHosts = options['allow-host'] ?? setting(env['TOUCHMARK_ALLOW_HOST'])?.split(',') ?? [];
  checkHost(host, allowHosts);
  return {
    command: 'run',
    config: {
      port: readPort(options.port ?? setting(env['PORT']) ?? '4000'),
      host,
      allowHosts: allowHosts.map(readAllowedHost),
      dataFolder: resolve(options.data ?? setting(env['TOUCHMARK_DATA']) ?? '.touchmark'),
      registryUrl: readRegistryUrl(options.registry ?? setting(env['TOUCHMARK_REGISTRY_URL'])),
      databaseUrl: readDatabaseUrl(options.database ?? setting(env['DATABASE_URL'])),
      samples: options['no-samples'] !== true && readSamples(setting(env['TOUCHMARK_SAMPLES'])),
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
        data: { type: 'string' },
        registry: { type: 'string' },
        database: { type: 'string' },
        'no-samples': { type: 'boolean' },
        secret: { type: 'string' },
        help: { type: 'boolean' },
        version: { type: 'boolean' },
      },
    }).values;
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

/** True for the addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
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

function readSamples(text: string | undefined): boolean {
  if (text === undefined || text === 'on') return true;
  if (text === 'off') return false;
  throw new ConfigError(`TOUCHMARK_SAMPLES must be on or off, not "${text}".`);
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
export function databaseLocation(config: Config, sqlitePath: string): DatabaseLocation {
  return config.databaseUrl === null
    ? { engine: 'sqlite', path: sqlitePath }
    : { engine: 'postgres', url: config.databaseUrl };
}
