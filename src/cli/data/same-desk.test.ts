import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { AuditList } from '#contract/activity.ts';
import type { OwnedServerPage } from '#contract/owned-servers.ts';
import { createTestDatabase, engines } from '#e2e/support/databases.ts';
import { createPostgresDatabase } from '#e2e/support/postgres.ts';
import { eventually } from '#e2e/support/test-desk.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { readCommand } from '#cli/config.ts';
import { COPIED_TABLES } from '#database/copy/copied-tables.ts';
import { chunks } from '#database/row-chunks.ts';
import {
  executedMigrations,
  migrateAsFarAs,
  openDatabase,
  openDatabaseAsItIs,
  type DatabaseLocation,
  type OpenDatabase,
} from '#database/open.ts';
import { createRegistry } from '#registry/create-registry.ts';
import { addUser, setAdmin } from '#registry/people/people-store.ts';
import { addSamples } from '#registry/samples/add-samples.ts';
import { runDataCommand } from './data-command.ts';

const GONE = '/servers/acme%2Fgone';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'touchmark-same-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

async function run(...words: string[]): Promise<void> {
  const command = readCommand(words, {});
  if (command.command !== 'data') throw new Error('expected a command about data');
  expect(await runDataCommand(command, () => TEST_NOW)).toMatchObject({ status: 0 });
}

/** A registry with servers in every state, their logs, and people who changed some. */
async function createUsedRegistry(): Promise<TestRegistry> {
  const registry = await createTestRegistry('sqlite');
  const { db, ownerId } = registry;
  await addSamples(db, { ownerId, seed: 5, now: TEST_NOW });
  await registry.put('acme/gone', 'acme/old', 'acme/weather');
  await registry.call('PATCH', '/servers/acme%2Fweather', {
    body: { displayName: 'Wetter 🌦', license: 'MIT' },
  });
  await registry.call('PUT', `${GONE}/secrets`, { body: { name: 'TOKEN', value: 'x' } });
  await registry.call('DELETE', GONE);
  const to = { targetNamespace: 'acme', targetOrganizationId: ownerId, targetSlug: 'new' };
  await registry.call('POST', '/servers/acme%2Fold/transfer', { body: to });
  await registry.call('PUT', '/servers/rival%2Fone', { key: registry.rivalKey });
  return registry;
}

describe('a desk', () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createUsedRegistry();
  });
  afterAll(async () => registry.drop());

  /** What a registry over this database tells its owner, and keeps of what it does not tell. */
  async function told({ db }: OpenDatabase) {
    const over = createRegistry({ ...registry.registryOptions, db });
    const ask = async (path: string, key = registry.ownerKey): Promise<unknown> => {
      const headers = { Authorization: `Bearer ${key}` };
      return (await over.fetch(new Request(`http://desk.test${path}`, { headers }))).json();
    };
    const list = async (key?: string) =>
      (await ask('/-/servers?limit=1000&sort=called', key)) as OwnedServerPage;
    const record = async (key?: string) =>
      ((await ask('/-/audit?limit=200', key)) as AuditList).entries.filter(
        ({ action }) => action !== 'data.restore',
      );
    const rowsOf = async (
      table: 'call_hours' | 'call_days' | 'audit_viewers' | 'owned_lists' | 'owned_servers',
    ) => (await db.selectFrom(table).selectAll().execute()).map((row) => JSON.stringify(row)).sort();
    const all = {
      servers: (await list()).servers,
      counts: await ask('/-/servers/counts'),
      ofRival: (await list(registry.rivalKey)).servers,
      record: await record(),
      recordOfRival: await record(registry.rivalKey),
      gone: await ask('/-/tombstones/acme%2Fgone'),
      moved: await ask('/-/tombstones/acme%2Fold'),
      users: await db.selectFrom('users').select(['name', 'is_admin']).orderBy('name').execute(),
      hours: await rowsOf('call_hours'),
      days: await rowsOf('call_days'),
      viewers: await rowsOf('audit_viewers'),
      keptLists: await rowsOf('owned_lists'),
      keptServers: await rowsOf('owned_servers'),
    };
    await over.close();
    return all;
  }

  it('tells the same when it is restored, moved to PostgreSQL and brought back: servers, figures, Activity, people', async () => {
    const { db, location } = registry;
    await addUser(db, { id: 'second', name: 'second', now: TEST_NOW });
    await setAdmin(db, { name: 'second', isAdmin: true, now: TEST_NOW });
    await keepRemoteServers(db);
    const original = await told(registry);
    expect(original.servers.filter(({ calls }) => (calls.in7Days ?? 0) > 0).length).toBeGreaterThan(5);
    expect(original).toMatchObject({
      gone: { entry: { action: 'server.delete' }, went: { secrets: 1 } },
      moved: { movedTo: 'acme/new' },
      users: expect.arrayContaining([{ name: 'second', is_admin: 1 }]),
    });
    for (const part of [original.hours, original.keptServers, original.recordOfRival])
      expect(part).not.toEqual([]);

    if (location.engine !== 'sqlite') throw new Error('expected SQLite');
    const [moved, restored] = [await createTestDatabase('postgres'), await createTestDatabase('postgres')];
    const urlOf = ({ location: at }: OpenDatabase) => (at.engine === 'postgres' ? at.url : '');
    await run('migrate-database', '--data', dirname(location.path), '--to', urlOf(moved));
    expect(await told(moved)).toEqual(original);
    const [first, second] = [join(folder, 'first.backup'), join(folder, 'second.backup')];
    await run('backup', first, '--data', dirname(location.path));
    await run('restore', first, '--data', join(folder, 'a'), '--database', urlOf(restored));
    expect(await told(restored)).toEqual(original);
    await run('backup', second, '--data', join(folder, 'b'), '--database', urlOf(moved));
    await run('restore', second, '--data', join(folder, 'c'));
    const back = await openDatabase({ engine: 'sqlite', path: join(folder, 'c', 'touchmark.db') });
    expect(await told(back)).toEqual(original);
    await back.db.destroy();
    await moved.drop();
    await restored.drop();
  });
});

async function keepRemoteServers(db: OpenDatabase['db']): Promise<void> {
  const at = TEST_NOW.toISOString();
  const { rid: list_rid } = await db
    .insertInto('owned_lists')
    .values({ registry: 'https://elsewhere.test', key_print: 'p', asked_at: at, filler: null })
    .returning('rid')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('owned_servers')
    .values({
      list_rid,
      qualified_name: 'far/away',
      namespace: 'far',
      sort_name: null,
      state_rank: 1,
      released_at: at,
      called_at: null,
      uses: 5,
      created_at: at,
      filter_bits: 3,
      quiet_from: null,
      as_of: at,
      listed_at: at,
      detailed_at: null,
      due_at: at,
      gone_at: null,
      changed: null,
      facts: '{"name":"Größe"}',
    })
    .execute();
}

describe.each(engines)('a desk of a version that kept a log alone, on %s', (engine) => {
  it('has its figures from that log, once, however often the new version starts', async () => {
    const registry = await createUsedRegistry();
    const former = openDatabaseAsItIs(await formerPlace(engine));
    const names = await executedMigrations(registry);
    expect(await migrateAsFarAs(former, names.slice(0, names.indexOf('0021-owned-servers')))).toBe(true);
    await copyWhatThereWas(registry, former);
    await former.db.destroy();

    const opened = await openDatabase(former.location);
    const { db } = opened;
    const options = { ...registry.registryOptions, db, limits: { firstSweepMs: 10 } };
    const listed = async ({ fetch }: Pick<TestRegistry, 'fetch'>) => {
      const headers = { Authorization: `Bearer ${registry.ownerKey}` };
      const path = '/-/servers?limit=1000&sort=called';
      const answer = await fetch(new Request(`http://desk.test${path}`, { headers }));
      return ((await answer.json()) as OwnedServerPage).servers;
    };
    const counts = async () => [
      await db.selectFrom('call_days').selectAll().orderBy('server_rid').orderBy('day').execute(),
      await db
        .selectFrom('call_hours')
        .select(['server_rid', 'hour', 'tool', 'calls', 'errors'])
        .orderBy('server_rid')
        .orderBy('hour')
        .orderBy('tool')
        .execute(),
    ];
    const startAndCount = async () => {
      const started = createRegistry(options);
      await eventually(
        async () => db.selectFrom('uncounted_servers').select('server_rid').execute(),
        ({ length }) => length === 0,
      );
      const servers = await listed(started);
      await started.close();
      return { servers, counts: await counts() };
    };
    const first = await startAndCount();
    const withoutSince = first.servers.map((server) => ({
      ...server,
      calls: { ...server.calls, since: undefined },
    }));
    expect(withoutSince).toEqual(await listed(registry));
    expect(first.servers.filter(({ calls }) => (calls.in7Days ?? 0) > 0).length).toBeGreaterThan(5);
    // What the log no longer told may have been: it is said how far it reaches.
    expect(first.servers.some(({ calls }) => calls.since !== undefined)).toBe(true);
    expect(await startAndCount()).toEqual(first);
    expect(await db.selectFrom('users').select('name').where('is_admin', '=', 1).execute()).toEqual([
      { name: 'owner' },
    ]);
    await db.destroy();
    await registry.drop();
  });
});

async function formerPlace(engine: 'sqlite' | 'postgres'): Promise<DatabaseLocation> {
  const name = `former_${randomBytes(6).toString('hex')}`;
  if (engine === 'sqlite') return { engine, path: join(folder, `${name}.db`) };
  return { engine, url: await createPostgresDatabase(inject('postgresUrl'), name) };
}

/** Every row, as far as the older tables and columns hold it. */
async function copyWhatThereWas(from: OpenDatabase, to: OpenDatabase): Promise<void> {
  const older = new Map((await to.db.introspection.getTables()).map(({ name, columns }) => [name, columns]));
  for (const { name } of COPIED_TABLES) {
    const columns = older.get(name)?.map((column) => column.name);
    if (columns === undefined || name === 'installation') continue;
    const rows = (await from.db.selectFrom(name).selectAll().execute()) as Record<string, unknown>[];
    const kept = rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column]])));
    for (const some of chunks(kept)) {
      await to.db.insertInto(name).values(some).execute();
    }
  }
}
