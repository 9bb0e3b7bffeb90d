import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.ts';
import { readCommand } from './config.ts';
import { helpText } from './help.ts';
import type { Config } from './options.ts';

const DAY = 86_400_000;

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
      publicUrl: null,
      trustProxy: null,
      name: null,
      accent: null,
      dataFolder: `${process.cwd()}/.touchmark`,
      registryUrl: null,
      databaseUrl: null,
      blobFolder: null,
      samples: true,
      openCatalog: false,
      nameHoldMs: 30 * DAY,
      keepLogsMs: 30 * DAY,
      keepActivityMs: 400 * DAY,
      allowPrivateUpstreams: false,
      secret: null,
      newSecret: false,
      drainMs: 5000,
    });
  });

  it('reads every option from the environment', () => {
    const env = {
      TOUCHMARK_PORT: '4100',
      TOUCHMARK_HOST: '0.0.0.0',
      TOUCHMARK_ALLOW_HOST: 'desk.example.com, desk.example.com:8443',
      TOUCHMARK_PUBLIC_URL: 'https://desk.example.com/',
      TOUCHMARK_TRUST_PROXY: '10.0.0.0/8, fd00::/8',
      TOUCHMARK_NAME: ' Production ',
      TOUCHMARK_ACCENT: 'Red',
      TOUCHMARK_DATA: '/var/lib/touchmark',
      TOUCHMARK_REGISTRY_URL: 'https://api.smithery.ai/',
      DATABASE_URL: 'postgres://me:pw@db/touchmark',
      TOUCHMARK_BLOBS: '/mnt/bundles',
      TOUCHMARK_SAMPLES: 'off',
      TOUCHMARK_OPEN_CATALOG: 'on',
      TOUCHMARK_NAME_HOLD: '12h',
      TOUCHMARK_KEEP_LOGS: '7d',
      TOUCHMARK_KEEP_ACTIVITY: '90d',
      TOUCHMARK_ALLOW_PRIVATE_UPSTREAMS: 'on',
      TOUCHMARK_SECRET: 'x'.repeat(32),
      TOUCHMARK_DRAIN: '20s',
    };
    expect(configOf([], env)).toEqual({
      port: 4100,
      host: '0.0.0.0',
      allowHosts: ['desk.example.com', 'desk.example.com:8443'],
      publicUrl: 'https://desk.example.com',
      trustProxy: { ranges: ['10.0.0.0/8', 'fd00::/8'] },
      name: 'Production',
      accent: 'red',
      dataFolder: '/var/lib/touchmark',
      registryUrl: 'https://api.smithery.ai',
      databaseUrl: 'postgres://me:pw@db/touchmark',
      blobFolder: '/mnt/bundles',
      samples: false,
      openCatalog: true,
      nameHoldMs: DAY / 2,
      keepLogsMs: 7 * DAY,
      keepActivityMs: 90 * DAY,
      allowPrivateUpstreams: true,
      secret: 'x'.repeat(32),
      newSecret: false,
      drainMs: 20_000,
    });
  });

  it('prefers an option to its variable, and reads an empty variable as unset', () => {
    expect(configOf(['--port', '4200'], { PORT: '4100' }).port).toBe(4200);
    expect(configOf([], { PORT: '', DATABASE_URL: ' ' })).toMatchObject({ port: 4000, databaseUrl: null });
  });

  it.each([
    [{ TOUCHMARK_HOST: 'desk.test', HOST: '::1' }, 'desk.test'],
    [{ HOST: '::1' }, '::1'],
    [{ HOST: '10.0.0.7' }, '10.0.0.7'],
    [{ HOST: 'localhost' }, 'localhost'],
    [{ HOST: 'x86_64-conda-linux-gnu' }, '127.0.0.1'],
    [{ HOST: 'my-laptop' }, '127.0.0.1'],
    [{ HOST: 'my-laptop.example.com' }, '127.0.0.1'],
    [{ HOST: '127.0.0.1:80' }, '127.0.0.1'],
    [{ TOUCHMARK_HOST: ' ', HOST: '127.0.0.2' }, '127.0.0.2'],
  ])('given %j, listens on %s', (env, host) => {
    expect(configOf(['--allow-host', 'desk.test'], env).host).toBe(host);
  });

  it.each([
    [{ TOUCHMARK_PORT: '4100', PORT: '4200' }, 4100],
    [{ PORT: '4200' }, 4200],
    // What Kubernetes sets for a service of this name.
    [{ TOUCHMARK_PORT: 'tcp://10.3.0.5:4000' }, 4000],
    [{ TOUCHMARK_PORT: 'tcp://10.3.0.5:4000', PORT: '4200' }, 4200],
  ])('given %j, takes port %i', (env, port) => {
    expect(configOf([], env).port).toBe(port);
  });

  it('knows the home folder by its tilde, in options and variables', () => {
    expect(configOf(['--data=~/desk', '--blobs=~'])).toMatchObject({
      dataFolder: `${homedir()}/desk`,
      blobFolder: homedir(),
    });
    expect(configOf([], { TOUCHMARK_DATA: '~/a/../b', TOUCHMARK_BLOBS: './~x' })).toMatchObject({
      dataFolder: `${homedir()}/b`,
      blobFolder: `${process.cwd()}/~x`,
    });
    expect(readCommand(['user', 'list', '--data', '~/desk'], {})).toMatchObject({
      dataFolder: `${homedir()}/desk`,
    });
  });

  it.each([
    [{ TOUCHMARK_PORT: '70000' }, /^TOUCHMARK_PORT must be a number/],
    [{ PORT: 'four' }, /^PORT must be a number from 0 to 65535, not "four"/],
    [{ HOST: '0.0.0.0' }, /^HOST 0\.0\.0\.0 can be reached from other machines/],
    [{ TOUCHMARK_HOST: '0.0.0.0' }, /^TOUCHMARK_HOST 0\.0\.0\.0 can be reached/],
    [{ TOUCHMARK_ALLOW_HOST: 'a.test,http://x/' }, /^TOUCHMARK_ALLOW_HOST takes a host name/],
    [{ TOUCHMARK_PUBLIC_URL: 'x' }, /^TOUCHMARK_PUBLIC_URL must be/],
    [{ TOUCHMARK_REGISTRY_URL: 'x' }, /^TOUCHMARK_REGISTRY_URL must be/],
    [{ TOUCHMARK_NAME: 'x'.repeat(41) }, /^TOUCHMARK_NAME must be a name of 1 to 40 characters on one line/],
    [
      { TOUCHMARK_NAME: 'Pro\u202eduction' },
      /^TOUCHMARK_NAME must be a name .*, not "Pro\\u\{202e\}duction"\.$/,
    ],
    [{ TOUCHMARK_NAME: 'x'.repeat(9000) }, /not "x{80}…"\.$/],
    [{ TOUCHMARK_ACCENT: '\u001b[31mred' }, /not "\\u001b\[31mred"\.$/],
    [{ TOUCHMARK_NAME: '--' }, /^TOUCHMARK_NAME must be a name/],
    [{ TOUCHMARK_ACCENT: '#ff0000' }, /^TOUCHMARK_ACCENT must be one of red, orange, .*, not "#ff0000"/],
    [{ DATABASE_URL: 'mysql://me:hunter2@x' }, /^DATABASE_URL must be a PostgreSQL URL(?!.*hunter2)/],
    [{ TOUCHMARK_DATA: '~bob/desk' }, /^TOUCHMARK_DATA cannot tell whose home "~bob" is/],
    [{ TOUCHMARK_BLOBS: '~bob' }, /^TOUCHMARK_BLOBS cannot tell/],
    [{ TOUCHMARK_SAMPLES: 'no' }, /^TOUCHMARK_SAMPLES must be on or off/],
    [{ TOUCHMARK_ALLOW_PRIVATE_UPSTREAMS: '1' }, /^TOUCHMARK_ALLOW_PRIVATE_UPSTREAMS must be on or off/],
    [{ TOUCHMARK_NAME_HOLD: '30' }, /^TOUCHMARK_NAME_HOLD must be a time/],
    [{ TOUCHMARK_KEEP_LOGS: '30' }, /^TOUCHMARK_KEEP_LOGS must be a time/],
    [{ TOUCHMARK_SECRET: 'short' }, /^TOUCHMARK_SECRET must have at least 32/],
  ])('given %j, names the variable in its refusal', (env, message) => {
    expect(() => readCommand([], env)).toThrow(ConfigError);
    expect(() => readCommand([], env)).toThrow(message);
    expect(() => readCommand([], env)).not.toThrow(/\n/);
  });

  it.each([
    [['--port', '70000'], /--port must be a number from 0 to 65535, not "70000"/],
    [['--port', '4e3'], /--port must be a number/],
    [['--host', '0.0.0.0'], /name the host people will open with --allow-host/],
    [['--allow-host', 'http://x/'], /--allow-host takes a host name/],
    [['--public-url', 'desk.example.com'], /--public-url must be an http or https origin/],
    [['--public-url', 'https://desk.example.com/desk'], /--public-url must be an http or https origin/],
    [['--trust-proxy', '0'], /--trust-proxy must be a number of proxies from 1 to 99, or addresses such as/],
    [['--trust-proxy', '10.0.0.0/33'], /--trust-proxy must be .*, not "10.0.0.0\/33"/],
    [['--trust-proxy', '1', '--trust-proxy', '10.0.0.0/8'], /--trust-proxy must be .*, not "1"/],
    [['--registry', 'api.smithery.ai'], /--registry must be an http or https URL/],
    [['--registry', 'https://user@x'], /--registry must be an http or https URL/],
    [['--registry', 'https://:secret@x'], /^--registry must be [^\n]*, not "https:\/\/…@x"\.$/],
    [['--database', 'mysql://x'], /--database must be a PostgreSQL URL/],
    [['--keep-activity', '23h'], /--keep-activity must be a day or more, not "23h"/],
    [['--keep-activity', 'forever'], /--keep-activity must be a time such as 12h or 30d/],
    [['--name-hold', '30'], /--name-hold must be a time such as 12h or 30d/],
    [['--keep-logs', 'forever'], /--keep-logs must be a time such as 12h or 30d/],
    [['--secret', 'short'], /--secret must have at least 32 characters/],
    [['--data', ''], /--data must not be empty/],
    [['--blobs', '~bob/x'], /--blobs cannot tell whose home "~bob" is/],
    [['--prot', '1'], /Unknown option '--prot'.*See touchmark --help/],
    [['extra'], /Unexpected argument 'extra'/],
  ])('refuses %j and says what to do', (argv, message) => {
    expect(() => readCommand(argv, {})).toThrow(ConfigError);
    expect(() => readCommand(argv, {})).toThrow(message);
    expect(() => readCommand(argv, {})).not.toThrow(/\n/);
  });

  it('trusts as many proxies as it is told, or those of some addresses', () => {
    expect(configOf(['--trust-proxy', '2']).trustProxy).toEqual({ hops: 2 });
    const ranges = ['10.0.0.0/8', '::1'];
    expect(configOf(ranges.flatMap((range) => ['--trust-proxy', range])).trustProxy).toEqual({ ranges });
  });

  it('never repeats a database password in an error', () => {
    expect(() => readCommand(['--database', 'mysql://me:hunter2@x'], {})).not.toThrow(/hunter2/);
  });

  it('reads a command about people wherever its options stand, and where its data is', () => {
    const env = { TOUCHMARK_DATA: '/var/lib/touchmark', DATABASE_URL: 'postgres://db/touchmark' };
    expect(readCommand(['--json', 'key', 'create', 'alice', '--expires', '30d'], env)).toEqual({
      command: 'people',
      request: { name: 'key create', user: 'alice', label: 'Made on the command line', expiresMs: 30 * DAY },
      json: true,
      dataFolder: '/var/lib/touchmark',
      databaseUrl: 'postgres://db/touchmark',
    });
    expect(readCommand(['org', 'member', 'guild', 'alice'], {})).toMatchObject({
      request: { organization: 'guild', user: 'alice', role: 'member' },
      json: false,
      databaseUrl: null,
    });
  });

  it.each([
    [
      ['user'],
      /^Say one of: touchmark user add, touchmark user list, touchmark user disable, touchmark user admin, touchmark user quota\./,
    ],
    [['user', 'quota', 'one', '--max-servers', 'many'], /^--max-servers must be a whole number, or default/],
    [['user', 'add', 'one', '--max-servers', '1'], /^touchmark user add takes no --max-servers\./],
    [['key', 'steal'], /^Say one of: touchmark key create, /],
    [['user', 'add'], /^Usage: touchmark user add NAME\./],
    [['user', 'add', 'one', 'two'], /^Usage: touchmark user add NAME\./],
    [['org', 'member', 'guild'], /^Usage: touchmark org member ORG USER\./],
    [['key', 'list', 'one', 'two'], /^Usage: touchmark key list \[USER\]\./],
    [['user', 'list', '--port', '4000'], /^touchmark user list takes no --port\./],
    [['user', 'add', 'one', '--label', 'x'], /^touchmark user add takes no --label\./],
    [['key', 'create', 'one', '--expires', 'soon'], /^--expires must be a time such as 12h or 30d/],
    [['key', 'create', 'one', '--expires', '0d'], /^--expires must be a time/],
    [['key', 'create', 'one', '--label', 'two\nlines'], /^--label must be a text/],
    [['key', 'create', 'one', '--label', ''], /^--label must be a text/],
    [['org', 'member', 'guild', 'one', '--role', 'king'], /^--role must be admin or member/],
    [['org', 'member', 'guild', 'one', '--role', 'admin', '--remove'], /cannot go together/],
    [['--json'], /^--json needs a command/],
    [['people', 'add'], /^Unexpected argument 'people'/],
  ])('cannot understand %j, and says what could be meant', (argv, message) => {
    expect(() => readCommand(argv, {})).toThrow(ConfigError);
    expect(() => readCommand(argv, {})).toThrow(message);
    expect(() => readCommand(argv, {})).not.toThrow(/\n/);
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
      expect(helpText()).toContain(`--${option}`);
    }
    for (const command of ['user add', 'user list', 'user disable', 'key create', 'key list', 'key revoke']) {
      expect(helpText()).toContain(`  ${command}`);
    }
    for (const command of ['org add', 'org list', 'org member']) expect(helpText()).toContain(`  ${command}`);
    expect(readCommand(['--help'], {})).toEqual({ command: 'help' });
    expect(readCommand(['--version'], {})).toEqual({ command: 'version' });
  });
});
