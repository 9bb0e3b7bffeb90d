import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { joinProcesses } from '#database/processes.ts';
import { createTestDatabase, type TestDatabase } from './support/databases.ts';
import { cleanEnvironment, startDesk, type Desk, type DeskOptions } from './support/desk.ts';
import { createPostgresDatabase, onPostgres } from './support/postgres.ts';
import { eventually } from './support/test-desk.ts';
import { createVisitor } from './support/visitor.ts';

const program = fileURLToPath(new URL('../dist/server/touchmark.js', import.meta.url));
const SECRET = 'the one secret of this installation';
const PATIENCE = { timeout: 120_000 };

describe('desks on one PostgreSQL', PATIENCE, () => {
  let database: TestDatabase;
  let url: string;
  let desks: Desk[];
  let folders: string[];
  beforeEach(async () => {
    database = await createTestDatabase('postgres');
    url = database.location.engine === 'postgres' ? database.location.url : '';
    desks = [];
    folders = [];
  });
  afterEach(async () => {
    await Promise.all(desks.map((desk) => desk.stop()));
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    await database.drop();
  });

  async function start({ args = [], ...options }: DeskOptions = {}): Promise<Desk> {
    const desk = await startDesk({ ...options, args: ['--database', url, ...args] });
    desks.push(desk);
    return desk;
  }

  async function run(args: string[]) {
    const data = mkdtempSync(join(tmpdir(), 'touchmark-shared-'));
    folders.push(data);
    const child = spawn(process.execPath, [program, ...args, '--data', data, '--database', url], {
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'exit') as Promise<[number | null]>;
    const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { status, stdout, stderr, data };
  }

  it('started for the first time at once, make one owner and the samples once', async () => {
    const name = `first_${Date.now()}`;
    url = await createPostgresDatabase(inject('postgresUrl'), name);
    const args = ['--secret', SECRET];
    const started = await Promise.all([1, 2, 3].map(() => start({ args })));
    const keys = started.flatMap(({ ownerKey }) => ownerKey ?? []);
    expect(keys).toHaveLength(1);
    const [rows] = await onPostgres(
      url,
      `select (select count(*) from users where name = 'owner') as owners,
              (select count(*) from users where name = 'studio') as neighbours,
              (select count(*) from processes) as processes`,
    );
    expect(rows).toEqual({ owners: '1', neighbours: '1', processes: '3' });
    for (const { registryUrl } of started) {
      const list = await fetch(`${registryUrl}/servers`, { headers: { Authorization: `Bearer ${keys[0]}` } });
      expect(list.status).toBe(200);
    }
  });

  it('have one secret: one with another, or without any, is refused in one line and makes no key file', async () => {
    await start({ args: ['--no-samples'] });
    for (const [args, reason] of [
      [['--secret', SECRET], /sealed with another secret/],
      [[], /sealed with a secret that is not here\. Pass the --secret/],
    ] as const) {
      const { status, stderr, stdout, data } = await run(['--port', '0', ...args]);
      expect([status, stdout, stderr.trim().split('\n')]).toEqual([2, '', [expect.stringMatching(reason)]]);
      expect(existsSync(join(data, 'secret.key'))).toBe(false);
    }
  });

  it('print a new sign-in link while they run, which any of them takes, and say where none runs', async () => {
    const desk = await start({ args: ['--no-samples', '--secret', SECRET] });
    const other = await start({ args: ['--no-samples', '--secret', SECRET] });
    const { status, stdout } = await run(['sign-in-link']);
    expect(status).toBe(0);
    const code = new RegExp(`^(?:${desk.url}|${other.url})/sign-in#code=(\\S+)\n$`).exec(stdout)?.[1] ?? '';
    expect((await createVisitor(desk.url).signIn({ code })).status).toBe(200);
    expect((await createVisitor(other.url).signIn({ code })).status).toBe(401);
    expect(JSON.parse((await run(['sign-in-link', '--json'])).stdout)).toEqual({
      link: expect.stringContaining('/sign-in#code='),
    });
    await Promise.all(desks.splice(0).map((running) => running.stop()));
    const without = await run(['sign-in-link']);
    expect([without.status, without.stderr]).toEqual([
      1,
      'No desk runs on this data. Start touchmark: it prints a link.\n',
    ]);
  });

  it('asked to end, say so first, serve on with connections that end, and only then are gone', async () => {
    const desk = await start({ args: ['--no-samples', '--drain', '2s'] });
    const headers = { Authorization: `Bearer ${desk.ownerKey}` };
    const before = await fetch(`${desk.registryUrl}/namespaces`, { headers });
    expect([before.status, before.headers.get('connection')]).toEqual([200, 'keep-alive']);
    const exit = once(desk.process, 'exit');
    const askedAt = performance.now();
    desk.process.kill('SIGTERM');
    const readiness = await eventually(
      async () => fetch(`${desk.url}/readyz`),
      ({ status }) => status === 503,
    );
    expect(await readiness.json()).toEqual({ status: 'ending' });
    const during = await fetch(`${desk.registryUrl}/namespaces/acme`, { method: 'PUT', headers });
    expect([during.status, during.headers.get('connection')]).toEqual([201, 'close']);
    expect((await fetch(`${desk.url}/healthz`)).status).toBe(200);
    expect(await exit).toEqual([0, null]);
    expect(performance.now() - askedAt).toBeGreaterThanOrEqual(2000);
    const [left] = await onPostgres(url, 'select count(*) as processes from processes');
    expect(left).toEqual({ processes: '0' });
  });

  it('are of one version: what must change the schema refuses beside another, and changes nothing', async () => {
    const other = await joinProcesses({
      db: database.db,
      registry: 'embedded',
      url: 'http://desk.example.com',
      now: () => new Date(),
      alone: false,
      onBeat: async () => {},
    });
    const last = 'select name, timestamp from kysely_migration order by name desc limit 1';
    const [{ name, timestamp } = {}] = await onPostgres(url, last);
    // As an older version left it: its last change was never made.
    await onPostgres(url, `delete from kysely_migration where name = '${String(name)}'`);
    const { status, stderr } = await run(['--port', '0', '--secret', SECRET]);
    await other.leave();
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(
        /^This version must change the database, and others run on it: .*\(http:\/\/desk\.example\.com\)\. Stop them all, then start this one\.\n$/,
      ),
    ]);
    expect(await onPostgres(url, last)).not.toEqual([{ name, timestamp }]);
    // As it was, for the test that is given this database next: they are told apart by their time as well.
    await onPostgres(
      url,
      `insert into kysely_migration (name, timestamp) values ('${String(name)}', '${String(timestamp)}')`,
    );
  });
});
