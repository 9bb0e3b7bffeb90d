import { parseArgs } from 'node:util';
import { isLoopback } from '#platform/loopback.ts';
import { ConfigError } from './config-error.ts';
import { optionsOf, readOptions, settingOf, type GivenOptions } from './option.ts';
import { ABOUT_OPTIONS, OPTIONS, type Config } from './options.ts';
import {
  isCommand,
  COMMAND_OPTIONS,
  isDataRequest,
  readRequest,
  type DataRequest,
  type PeopleRequest,
} from './command-arguments.ts';

/** What the command line asks for. */
export type Command =
  | { command: 'run'; config: Config }
  | PeopleCommand
  | DataCommand
  | { command: 'help' }
  | { command: 'version' };

/** Something to be done about users, keys and organizations, on the data of a desk. */
export interface PeopleCommand extends Pick<Config, 'dataFolder' | 'databaseUrl'> {
  command: 'people';
  request: PeopleRequest;
  /** Whether a program reads the answer. */
  json: boolean;
}

/** Something to be done with the data of a desk as a whole. */
export interface DataCommand extends Pick<Config, 'dataFolder' | 'databaseUrl' | 'blobFolder'> {
  command: 'data';
  request: DataRequest;
  /** Whether a program reads the answer. */
  json: boolean;
}

/** Reads the command line and the environment. Throws ConfigError with what to do about a wrong value. */
export function readCommand(
  argv: string[] = process.argv.slice(2),
  env: Record<string, string | undefined> = process.env,
): Command {
  const { values: given, positionals } = parseOptions(argv);
  const about = readOptions(ABOUT_OPTIONS, given);
  if (about.help) return { command: 'help' };
  if (about.version) return { command: 'version' };
  if (isCommand(positionals[0])) {
    const { dataFolder, databaseUrl, blobFolder } = OPTIONS;
    const { request, json } = readRequest(positionals, given);
    if (isDataRequest(request)) {
      const place = readOptions<Pick<Config, 'dataFolder' | 'databaseUrl' | 'blobFolder'>>(
        { dataFolder, databaseUrl, blobFolder },
        given,
        env,
      );
      return { command: 'data', request, json, ...place };
    }
    const place = readOptions<Pick<Config, 'dataFolder' | 'databaseUrl'>>(
      { dataFolder, databaseUrl },
      given,
      env,
    );
    return { command: 'people', request, json, ...place };
  }
  if (positionals[0] !== undefined) {
    throw new ConfigError(`Unexpected argument '${positionals[0]}'. See touchmark --help.`);
  }
  const foreign = optionsOf(COMMAND_OPTIONS).find(([, { flag }]) => given[flag] !== undefined);
  if (foreign !== undefined) {
    throw new ConfigError(`--${foreign[1].flag} needs a command. See touchmark --help.`);
  }
  const config = readOptions(OPTIONS, given, env);
  checkReach(config, settingOf(OPTIONS.host, given, env).name);
  return { command: 'run', config };
}

function parseOptions(argv: string[]): { values: GivenOptions; positionals: string[] } {
  const tables = [OPTIONS, ABOUT_OPTIONS, COMMAND_OPTIONS].flatMap((table) => optionsOf(table));
  const options = Object.fromEntries(
    tables.map(([, { flag, value, repeatable = false }]) => [
      flag,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple: repeatable },
    ]),
  );
  try {
    return parseArgs({ args: argv, options, allowPositionals: true });
  } catch (error) {
    const [firstLine = 'Unknown option'] = String(error instanceof Error ? error.message : error).split('\n');
    throw new ConfigError(`${firstLine.replace(/\.?\s*To specify.*/, '.')} See touchmark --help.`);
  }
}

function checkReach({ host, allowHosts }: Config, name: string): void {
  if (!isLoopback(host) && allowHosts.length === 0) {
    throw new ConfigError(
      `${name} ${host} can be reached from other machines: name the host people will open with --allow-host NAME.`,
    );
  }
}
