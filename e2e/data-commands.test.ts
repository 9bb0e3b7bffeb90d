import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, it, type TestContext } from 'vitest';
import { openDatabase } from '#database/open.ts';
import { createTestDatabase, engines } from './support/databases.ts';
import { startDesk } from './support/desk.ts';
import { runCommand, startCommand } from './support/run-command.ts';

// Each command is a process, which takes its time on a busy machine.
const PATIENCE = { timeout: 240_000 };
const WRITERS = 4;
const PAGE = 100;

async function folderOf({ onTestFinished }: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'touchmark-commands-'));
  onTestFinished(async () => rm(path, { recursive: true, force: true }));
  return path;
}

async function postgresOf({ onTestFinished }: TestContext): Promise<string> {
  const database = await createTestDatabase('postgres');
  const { location } = database;
  onTestFinished(async () => database.drop());
  if (location.engine !== 'postgres') throw new Error('expected PostgreSQL');
  return location.url;
}

/** Runs a command that must succeed, and answers with its one JSON document. */
async function tell(...args: string[]): Promise<unknown> {
  const { status, stdout, stderr } = await runCommand([...args, '--json']);
  // Where it takes long, it says on stderr how far it is.
  expect([args, status, status === 0 ? '' : stderr]).toEqual([args, 0, '']);
  return JSON.parse(stdout) as unknown;
}

describe.concurrent.each(engines)('a backup of a desk on %s', PATIENCE, (engine) => {
  it('taken while it writes restores, on the other engine, to a state that was', async (test) => {
    const folder = await folderOf(test);
    const url = await postgresOf(test);
    const [onDesk, onOther] = engine === 'postgres' ? [['--database', url], []] : [[], ['--database', url]];
    const desk = await startDesk({ args: ['--no-samples', ...onDesk] });
    test.onTestFinished(async () => desk.stop());
    const call = async (registryUrl: string, method: string, path: string): Promise<Response> => {
      const headers = { Authorization: `Bearer ${desk.ownerKey}` };
      return fetch(`${registryUrl}${path}`, { method, headers });
    };
    expect((await call(desk.registryUrl, 'PUT', '/namespaces/busy')).status).toBe(201);

    // Each writer makes servers and deletes every other one of its own, the one before.
    const made = new Set<string>();
    const deleted = new Set<string>();
    const asked = new Set<string>();
    const ending = new AbortController();
    const write = async (writer: number): Promise<void> => {
      for (let i = 0; !ending.signal.aborted; i++) {
        const name = `w${writer}-${i}`;
        const { status } = await call(desk.registryUrl, 'PUT', `/servers/busy%2F${name}`);
        if (status === 201) made.add(name);
        if (i % 2 === 0) continue;
        const old = `w${writer}-${i - 1}`;
        asked.add(old);
        if ((await call(desk.registryUrl, 'DELETE', `/servers/busy%2F${old}`)).status === 200)
          deleted.add(old);
      }
    };
    const writing = Promise.all(Array.from({ length: WRITERS }, async (_, writer) => write(writer)));
    while (made.size < 40) await new Promise((resolve) => setTimeout(resolve, 50));
    const before = { made: [...made], deleted: [...deleted] };
    const file = join(folder, 'desk.backup');
    await tell('backup', file, '--data', desk.dataFolder, ...onDesk);
    const during = made.size - before.made.length;
    ending.abort();
    await writing;
    expect(during).toBeGreaterThan(0);

    const data = join(folder, 'restored');
    expect(await tell('restore', file, '--data', data, ...onOther)).toMatchObject({ needsSecret: true });
    // Each row with all that is kept beside it.
    expect(await tell('check', '--data', data, ...onOther)).toMatchObject({ findings: [] });
    await copyFile(join(desk.dataFolder, 'secret.key'), join(data, 'secret.key'));
    const restored = await startDesk({ args: ['--no-samples', ...onOther], dataFolder: data });
    test.onTestFinished(async () => restored.stop());
    const there = new Set<string>();
    for (let page = 1; ; page++) {
      const path = `/servers?namespace=busy&pageSize=${PAGE}&page=${page}`;
      const { servers } = (await (await call(restored.registryUrl, 'GET', path)).json()) as {
        servers: { slug: string }[];
      };
      for (const { slug } of servers) there.add(slug);
      if (servers.length < PAGE) break;
    }
    // What was acknowledged before it began is in it, and what was deleted is not.
    expect(before.made.filter((name) => !there.has(name) && !asked.has(name))).toEqual([]);
    expect(before.deleted.filter((name) => there.has(name))).toEqual([]);
    // One moment: of what a writer did, one after the other, a beginning.
    for (let writer = 0; writer < WRITERS; writer++) {
      const last = Math.max(
        ...[...there]
          .filter((name) => name.startsWith(`w${writer}-`))
          .map((name) => Number(name.split('-')[1])),
      );
      for (let i = 1; i < last; i += 2) expect(there).toContain(`w${writer}-${i}`);
      for (let i = 0; i < last - 1; i += 2) expect(there).not.toContain(`w${writer}-${i}`);
    }
  });
});

describe.concurrent('a move to PostgreSQL', PATIENCE, () => {
  it('goes on where it was killed, and leaves the data folder as it is', async (test) => {
    const data = join(await folderOf(test), 'data');
    await mkdir(data);
    const path = join(data, 'touchmark.db');
    const { db } = await openDatabase({ engine: 'sqlite', path });
    const created_at = '2026-03-01T12:00:00.000Z';
    await db.insertInto('users').values({ id: 'u', name: 'owner', created_at }).execute();
    // Many rows of some weight.
    await sql`
      with recursive n(i) as (select 0 union all select i + 1 from n where i < 30000)
      insert into operations (id, registry, action, target, namespace, actor, state, message, request_id, created_at)
      select 'operation-' || i, 'embedded', 'delete-server', 'a/b', 'a', 'p', 'applied',
        ${randomBytes(300).toString('hex')}, 'r', ${created_at} from n`.execute(db);
    await db.destroy();
    const source = await readFile(path);
    const to = await postgresOf(test);
    const args = ['migrate-database', '--data', data, '--to', to];
    const target = await openDatabase({ engine: 'postgres', url: to });
    test.onTestFinished(async () => target.db.destroy());
    const countIn = async () => {
      const { count } = await target.db
        .selectFrom('operations')
        .select((e) => e.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      return count;
    };

    const first = startCommand(args);
    while ((await countIn()) < 2000) await new Promise((resolve) => setTimeout(resolve, 5));
    // Nobody starts a desk on the folder meanwhile, nor on the target.
    await expect(startDesk({ dataFolder: data })).rejects.toThrow('touchmark migrate-database');
    first.process.kill('SIGKILL');
    await first.outcome;
    const half = await countIn();
    expect(half).toBeLessThan(30_001);
    await expect(startDesk({ args: ['--database', to] })).rejects.toThrow('holds a part of a copy');

    const second = await runCommand([...args, '--json']);
    expect(second.status).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({ rows: { operations: 30_001, users: 1 } });
    expect(await countIn()).toBe(30_001);
    expect((await readFile(path)).equals(source)).toBe(true);
  });

  it('is refused while a desk runs on the folder', async (test) => {
    const desk = await startDesk({ args: ['--no-samples'] });
    test.onTestFinished(async () => desk.stop());
    const { status, stderr } = await runCommand([
      'migrate-database',
      '--data',
      desk.dataFolder,
      '--to',
      await postgresOf(test),
    ]);
    expect([status, stderr]).toEqual([1, expect.stringMatching(/is held by process \d+ .* Stop it, /)]);
  });
});
