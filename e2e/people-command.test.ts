import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterAll, beforeAll, describe, expect, inject, it, type TestContext } from 'vitest';
import { engines } from './support/databases.ts';
import type { Desk } from './support/desk.ts';
import { startDeskOn } from './support/desk-on-engine.ts';
import { runCommand as run } from './support/run-command.ts';

/** A folder that goes with the test. */
function folder({ onTestFinished }: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'touchmark-people-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

// Each command is a process, which takes its time on a busy machine.
const PATIENCE = { timeout: 240_000 };

describe.concurrent.each(engines)('commands about people beside a running desk on %s', PATIENCE, (engine) => {
  let desk: Desk;
  let place: string[];
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ desk, place, stop } = await startDeskOn(engine));
  });
  afterAll(async () => stop());

  const say = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await run([...args, ...place]);
    expect([args, status, stderr]).toEqual([args, 0, '']);
    return stdout;
  };
  const tell = async (...args: string[]): Promise<Record<string, unknown>> =>
    JSON.parse(await say(...args, '--json')) as Record<string, unknown>;
  const statusOf = async (key: string, method = 'GET', path = '/servers') => {
    const headers = { Authorization: `Bearer ${key}` };
    const answer = await fetch(`${desk.registryUrl}${path}`, { method, headers });
    await answer.body?.cancel();
    return answer.status;
  };

  it.sequential('add a user and a key that works at once, until it is revoked', async () => {
    await say('user', 'add', 'alice');
    const shown = await say('key', 'create', 'alice', '--label', 'Laptop', '--expires', '30d');
    const [, key = '', id = ''] = /^(tm_\w{36})\n.*cannot be shown again.*id is (\S+),/.exec(shown) ?? [];
    expect(await statusOf(key)).toBe(200);
    const list = await say('key', 'list');
    expect(list).toContain(`${id}  alice  Laptop  `);
    expect(list).not.toContain(key);
    await say('key', 'revoke', id);
    expect(await statusOf(key)).toBe(401);
  });

  it.sequential('disable a user, whose keys end at once', async () => {
    await say('user', 'add', 'carol');
    const { key } = await tell('key', 'create', 'carol');
    expect(await statusOf(String(key))).toBe(200);
    expect(await tell('user', 'disable', 'carol')).toMatchObject({ name: 'carol', endedKeys: 1 });
    expect(await statusOf(String(key))).toBe(401);
    expect(await run(['key', 'create', 'carol', '--json', ...place])).toEqual({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^carol is disabled since .*\n$/),
    });
  });

  it.sequential('make an organization whose members and keys reach its things', async () => {
    await say('user', 'add', 'dave');
    await say('org', 'add', 'guild', '--admin', 'owner');
    const own = String((await tell('key', 'create', 'guild'))['key']);
    expect(await statusOf(own, 'PUT', '/namespaces/guild-hall')).toBe(201);
    const daves = String((await tell('key', 'create', 'dave'))['key']);
    expect(await statusOf(daves, 'PUT', '/servers/guild-hall%2Fone')).toBe(403);
    const { id } = await tell('org', 'member', 'guild', 'dave');
    expect(await statusOf(daves, 'PUT', '/servers/guild-hall%2Fone')).toBe(201);
    expect(await statusOf(daves, 'GET', `/organizations/${String(id)}/api-keys`)).toBe(403);
    await say('org', 'member', 'guild', 'dave', '--role', 'admin');
    expect(await statusOf(daves, 'GET', `/organizations/${String(id)}/api-keys`)).toBe(200);
    await say('org', 'member', 'guild', 'dave', '--remove');
    expect(await statusOf(daves, 'PATCH', '/servers/guild-hall%2Fone')).toBe(403);
  });

  it.sequential('work while the desk writes', async () => {
    const owner = desk.ownerKey ?? '';
    await statusOf(owner, 'PUT', '/namespaces/busy');
    await say('user', 'add', 'erin');
    let written = 0;
    const writing = new AbortController();
    const writer = (async () => {
      while (!writing.signal.aborted) {
        expect(await statusOf(owner, 'PUT', `/servers/busy%2Fserver-${written}`)).toBe(201);
        written++;
      }
    })();
    const made = await Promise.all(
      ['one', 'two'].map((label) => tell('key', 'create', 'erin', '--label', label)),
    );
    writing.abort();
    await writer;
    expect(written).toBeGreaterThan(0);
    for (const { key } of made) expect(await statusOf(String(key))).toBe(200);
  });
});

describe.concurrent('commands about people', PATIENCE, () => {
  it('are refused with status 2 where they cannot be understood', async () => {
    expect(await run(['user', 'add', '--data', '/nowhere'])).toEqual({
      status: 2,
      stdout: '',
      stderr: 'Usage: touchmark user add NAME. See touchmark --help.\n',
    });
  });

  it('make no data folder where there is none', async (test) => {
    const data = join(folder(test), 'mistyped');
    for (const args of [['--data', data], []]) {
      const { status, stderr } = await run(
        ['user', 'add', 'alice', ...args],
        args.length === 0 ? { TOUCHMARK_DATA: data } : {},
      );
      expect([status, stderr]).toEqual([
        2,
        `There is no Touchmark data in ${data}. Start touchmark there once, or pass another --data.\n`,
      ]);
    }
    expect(existsSync(data)).toBe(false);
  });

  it('leave data of another version, or of something else, as it is', async (test) => {
    const data = folder(test);
    const path = join(data, 'touchmark.db');
    const other = new DatabaseSync(path);
    other.exec('CREATE TABLE things (name TEXT)');
    other.close();
    const { status, stderr } = await run(['user', 'add', 'alice', '--data', data]);
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/is none of this version of Touchmark\. Start it there/),
    ]);
    const again = new DatabaseSync(path);
    expect(again.prepare('SELECT name FROM sqlite_master').all()).toEqual([{ name: 'things' }]);
    again.close();
    writeFileSync(path, 'no database at all, but long enough to be looked at as if it were one'.repeat(20));
    expect(await run(['user', 'list', '--data', data])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^The database .* cannot be opened \(.*\)\. .*\n$/),
    });
  });

  it('say that a database does not answer, without its password', async () => {
    const { status, stderr } = await run([
      'user',
      'list',
      '--database',
      'postgres://me:hunter2@127.0.0.1:9/none',
    ]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^The database at 127\.0\.0\.1:9\/none cannot be reached .*\n$/);
    expect(stderr).not.toContain('hunter2');
  });

  it('give up on a database that stays locked, in one line', async (test) => {
    const data = folder(test);
    copyFileSync(inject('sqliteTemplate'), join(data, 'touchmark.db'));
    const holder = new DatabaseSync(join(data, 'touchmark.db'));
    holder.exec('BEGIN IMMEDIATE');
    const refused = await run(['user', 'add', 'alice', '--data', data]);
    holder.exec('ROLLBACK');
    holder.close();
    expect([refused.status, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(/^That failed \(database is locked\)\. .*try again\.\n$/);
    expect((await run(['user', 'add', 'alice', '--data', data])).status).toBe(0);
  });
});
