import { describe, expect, it } from 'vitest';
import { ConfigError, HELP, readCommand, type Config } from './config.ts';

function configOf(argv: string[], env: Record<string, string> = {}): Config {
  const command = readCommand(argv, env);
  if (command.command !== 'run') throw new Error('expected a run');
  return command.config;
}

describe('the configuration', () => {
  it('needs nothing: loopback, port 4000, the embedded registry, SQLite and samples', () => {
    expect(configOf([])).toEqual({
      port: 4000,
      host: '127.0.0.1',
      allowHosts: [],
      dataFolder: `${process.cwd()}/.touchmark`,
      registryUrl: null,
      databaseUrl: null,
      samples: true,
      secret: null,
    });
  });

  it('reads every option from the environment', () => {
    const env = {
      PORT: '4100',
      HOST: '0.0.0.0',
      TOUCHMARK_ALLOW_HOST: 'desk.example.com, desk.example.com:8443',
      TOUCHMARK_DATA: '/var/lib/touchmark',
      TOUCHMARK_REGISTRY_URL: 'https://api.smithery.ai/',
      DATABASE_URL: 'postgres://me:pw@db/touchmark',
      TOUCHMARK_SAMPLES: 'off',
      TOUCHMARK_SECRET: 'x'.repeat(32),
    };
    expect(configOf([], env)).toEqual({
      port: 4100,
      host: '0.0.0.0',
      allowHosts: ['desk.example.com', 'desk.example.com:8443'],
      dataFolder: '/var/lib/touchmark',
      registryUrl: 'https://api.smithery.ai',
      databaseUrl: 'postgres://me:pw@db/touchmark',
      samples: false,
      secret: 'x'.repeat(32),
    });
  });

  it('prefers an option to its variable, and reads an empty variable as unset', () => {
    expect(configOf(['--port', '4200'], { PORT: '4100' }).port).toBe(4200);
    expect(configOf([], { PORT: '', DATABASE_URL: ' ' })).toMatchObject({ port: 4000, databaseUrl: null });
  });

  it.each([
    [['--port', '70000'], /--port must be a number from 0 to 65535, not "70000"/],
    [['--port', '4e3'], /--port must be a number/],
    [['--host', '0.0.0.0'], /name the host people will open with --allow-host/],
    [['--allow-host', 'http://x/'], /--allow-host takes a host name/],
    [['--registry', 'api.smithery.ai'], /--registry must be an http or https URL/],
    [['--registry', 'https://user@x'], /--registry must be an http or https URL/],
    [['--database', 'mysql://x'], /--database must be a PostgreSQL URL/],
    [['--secret', 'short'], /--secret must have at least 32 characters/],
    [['--prot', '1'], /Unknown option '--prot'.*See touchmark --help/],
    [['extra'], /Unexpected argument 'extra'/],
  ])('refuses %j and says what to do', (argv, message) => {
    expect(() => readCommand(argv, {})).toThrow(ConfigError);
    expect(() => readCommand(argv, {})).toThrow(message);
    expect(() => readCommand(argv, {})).not.toThrow(/\n/);
  });

  it('never repeats a database password in an error', () => {
    expect(() => readCommand(['--database', 'mysql://me:hunter2@x'], {})).not.toThrow(/hunter2/);
  });

  it('explains every option it takes', () => {
    for (const option of [
      'port',
      'host',
      'allow-host',
      'data',
      'registry',
      'database',
      'no-samples',
      'secret',
    ]) {
      expect(HELP).toContain(`--${option}`);
    }
    expect(readCommand(['--help'], {})).toEqual({ command: 'help' });
    expect(readCommand(['--version'], {})).toEqual({ command: 'version' });
  });
});
