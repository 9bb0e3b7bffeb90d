import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, engines, type TestDatabase } from '#e2e/support/databases.ts';
import {
  addBelongings,
  createTestRegistry,
  dumpTables,
  type TestRegistry,
} from '#e2e/support/test-registry.ts';
import { readCommand } from '#cli/config.ts';
import { writeBackup } from '#database/copy/backup-file.ts';
import type { Engine } from '#database/engine.ts';
import { writeInstallation } from '#database/installation.ts';
import { executedMigrations, openDatabase, type OpenDatabase } from '#database/open.ts';
import { fingerprint } from '#platform/sealing.ts';
import type { BlobStore } from '#registry/files/blob-store.ts';
import { databaseBlobs } from '#registry/files/database-blobs.ts';
import { blobPath, fileBlobs } from '#registry/files/file-blobs.ts';
import { fileRelease } from '#registry/filing/file-release.ts';
import { runDataCommand } from './data-command.ts';

const NOW = new Date('2026-03-02T12:00:00.000Z');
const SECRET = Buffer.alloc(32, 5);
// Several pieces that cannot be packed any smaller, as bundles are.
const BUNDLE = createHash('shake256', { outputLength: 700_000 }).update('bundle').digest();
const now = () => NOW;

async function run(...words: string[]): Promise<{ status: number; text: string }> {
  const command = readCommand(words, {});
  if (command.command !== 'data') throw new Error('expected a command about data');
  return runDataCommand(command, now);
}

async function tell(...words: string[]): Promise<Record<string, unknown>> {
  return JSON.parse((await run(...words, '--json')).text) as Record<string, unknown>;
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'touchmark-data-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

/** A desk's data with something of every kind in it. */
interface UsedDesk extends TestRegistry {
  /** The options that name it. */
  place: string[];
  dataFolder: string;
  blobs: BlobStore;
  hash: string;
}

async function createUsedDesk(engine: Engine): Promise<UsedDesk> {
  const registry = await createTestRegistry(engine);
  const { db, location } = registry;
  const dataFolder =
    location.engine === 'sqlite'
      ? dirname(location.path)
      : await mkdtemp(join(tmpdir(), 'touchmark-data-postgres-'));
  const blobs = engine === 'sqlite' ? fileBlobs(join(dataFolder, 'blobs'), now) : databaseBlobs(db, now);
  if (engine === 'postgres') await writeInstallation(db, 'blobs', 'database');
  await writeInstallation(db, 'secret-fingerprint', fingerprint(SECRET));
  await writeFile(join(dataFolder, 'secret.key'), SECRET.toString('base64'));
  await registry.put('acme', 'acme/weather', 'acme/gone');
  await registry.call('PATCH', '/servers/acme%2Fweather', {
    body: { displayName: 'Wetter “heute” 🌦', description: 'Zeile\u2028zwei, {"base64":"x"}\n' },
  });
  await addBelongings(registry, 'acme/weather');
  const { rid } = await db
    .selectFrom('servers')
    .select('rid')
    .where('slug', '=', 'weather')
    .executeTakeFirstOrThrow();
  const card = { serverInfo: null, tools: [{ name: 'getForecast', inputSchema: { type: 'object' } }] };
  await fileRelease(db, { serverRid: rid, releaseId: 'release-of-acme/weather', card, now: NOW });
  await registry.call('DELETE', '/servers/acme%2Fgone');
  const { hash, size } = await blobs.put(Readable.from([BUNDLE]), 1e6);
  await db.updateTable('releases').set({ bundle_hash: hash, bundle_size: size }).execute();
  for (const [index, state] of (['sending', 'unknown', 'applied'] as const).entries()) {
    await db
      .insertInto('operations')
      .values({
        id: `operation-${index}`,
        registry: 'embedded',
        action: 'delete-server',
        target: 'acme/weather',
        namespace: 'acme',
        target_id: null,
        actor: 'print',
        key_sealed: null,
        state,
        finding: null,
        status: null,
        message: null,
        retry_after: null,
        request_id: 'r',
        user_agent: null,
        created_at: NOW.toISOString(),
        settled_at: null,
        checked_at: null,
        process_id: state === 'applied' ? null : 'of-a-process',
      })
      .execute();
  }
  await db.insertInto('sign_in_codes').values({ hash: 'h', expires_at: NOW.toISOString() }).execute();
  await db
    .insertInto('sessions')
    .values({
      id_hash: 'a',
      registry: 'r',
      key_sealed: 's',
      key_print: 'p',
      key_minted: 0,
      namespaces: '[]',
      namespaces_at: NOW.toISOString(),
      user_agent: null,
      plain_cookie: 0,
      created_at: NOW.toISOString(),
      seen_at: NOW.toISOString(),
    })
    .execute();
  const place =
    location.engine === 'sqlite'
      ? ['--data', dataFolder]
      : ['--data', dataFolder, '--database', location.url];
  return {
    ...registry,
    place,
    dataFolder,
    blobs,
    hash,
    drop: async () => {
      await registry.drop();
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

/** An empty place to restore into; `open` is for looking at it. */
async function emptyPlace(engine: Engine): Promise<{
  place: string[];
  dataFolder: string;
  open: () => Promise<OpenDatabase>;
  drop: () => Promise<void>;
}> {
  const dataFolder = join(folder, 'restored');
  if (engine === 'sqlite') {
    return {
      place: ['--data', dataFolder],
      dataFolder,
      open: async () => openDatabase({ engine, path: join(dataFolder, 'touchmark.db') }),
      drop: async () => {},
    };
  }
  const database = await createTestDatabase(engine);
  const { location } = database;
  if (location.engine !== 'postgres') throw new Error('expected PostgreSQL');
  return {
    place: ['--data', dataFolder, '--database', location.url],
    dataFolder,
    open: async () => database,
    drop: async () => database.drop(),
  };
}

// The engines give bytes as arrays of different kinds.
const dump = async (database: OpenDatabase) => {
  const icons = await database.db.selectFrom('icons').selectAll().orderBy('server_rid').execute();
  return {
    ...(await dumpTables(database as TestDatabase)),
    icons: icons.map(({ server_rid, bytes, hash }) => [server_rid, Buffer.from(bytes).toString('hex'), hash]),
  };
};

describe.each(engines)('the data of a desk on %s', (engine) => {
  let desk: UsedDesk;
  beforeAll(async () => {
    desk = await createUsedDesk(engine);
  });
  afterAll(async () => desk.drop());

  it.each(engines)('is backed up, and restored on %s with every row and bundle', async (other) => {
    const file = join(folder, 'a.backup');
    const made = await run('backup', file, ...desk.place);
    expect(made).toMatchObject({ status: 0, text: expect.stringContaining('1 bundle.\nIt does not hold') });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const target = await emptyPlace(other);
    const { status, text } = await run('restore', file, ...target.place);
    expect([status, text]).toEqual([0, expect.stringContaining('copy the secret.key of the desk')]);
    expect(existsSync(join(target.dataFolder, 'secret.key'))).toBe(false);
    const restored = await target.open();
    expect(await dump(restored)).toEqual(await dump(desk));
    const { db } = restored;
    expect(
      await db.selectFrom('operations').select(['id', 'state', 'process_id']).orderBy('id').execute(),
    ).toEqual([
      { id: 'operation-0', state: 'unknown', process_id: '' },
      { id: 'operation-1', state: 'unknown', process_id: '' },
      { id: 'operation-2', state: 'applied', process_id: null },
    ]);
    const record = db.selectFrom('audit_entries').select(['actor_kind', 'origin', 'note', 'at']);
    expect(await record.where('action', '=', 'data.restore').execute()).toEqual([
      {
        actor_kind: 'operator',
        origin: 'command',
        note: `All is as it was at ${NOW.toISOString()}, and everybody is signed out.`,
        at: NOW.toISOString(),
      },
    ]);
    for (const table of ['sessions', 'sign_in_codes', 'processes'] as const) {
      expect(await db.selectFrom(table).selectAll().execute()).toEqual([]);
    }
    const blobs =
      other === 'sqlite' ? fileBlobs(join(target.dataFolder, 'blobs'), now) : databaseBlobs(db, now);
    expect((await buffer(await blobs.read(desk.hash))).equals(BUNDLE)).toBe(true);
    // A new row takes no number that is taken.
    const { server_rid } = await db.selectFrom('releases').select('server_rid').executeTakeFirstOrThrow();
    await db.insertInto('log_phrases').values({ server_rid, hash: 'x', newest_at: 'x' }).execute();
    if (other === 'sqlite') await db.destroy();
    expect(await run('check', ...target.place)).toMatchObject({ status: 0 });
    await target.drop();
  });

  it('is backed up with its secret where that is asked for', async () => {
    const file = join(folder, 'a.backup');
    await run('backup', file, '--with-secret', ...desk.place);
    const target = await emptyPlace('sqlite');
    expect(await tell('restore', file, ...target.place)).toMatchObject({ needsSecret: false });
    expect((await readFile(join(target.dataFolder, 'secret.key'), 'utf8')).trim()).toBe(
      SECRET.toString('base64'),
    );
  });

  it('is restored beside the right secret, not beside another', async () => {
    const file = join(folder, 'a.backup');
    await run('backup', file, ...desk.place);
    const target = await emptyPlace('sqlite');
    await mkdir(target.dataFolder);
    await writeFile(join(target.dataFolder, 'secret.key'), Buffer.alloc(32, 6).toString('base64'));
    await expect(run('restore', file, ...target.place)).rejects.toThrow(
      'is not the one that this backup is sealed with',
    );
    expect(existsSync(join(target.dataFolder, 'touchmark.db'))).toBe(false);
    await writeFile(join(target.dataFolder, 'secret.key'), SECRET.toString('base64'));
    expect(await tell('restore', file, ...target.place)).toMatchObject({ needsSecret: false });
  });

  it('is never overwritten, by a backup or by a restore', async () => {
    const file = join(folder, 'a.backup');
    await run('backup', file, ...desk.place);
    const bytes = await readFile(file);
    await expect(run('backup', file, ...desk.place)).rejects.toThrow('There is a file');
    expect((await readFile(file)).equals(bytes)).toBe(true);
    const before = await dump(desk);
    await expect(run('restore', file, ...desk.place)).rejects.toThrow(
      'is used already. Nothing was changed.',
    );
    expect(await dump(desk)).toEqual(before);
  });

  it('names bundles that are gone or changed, in a backup and in a check', async () => {
    const other = await createUsedDesk(engine);
    const { db, hash, dataFolder } = other;
    if (engine === 'sqlite') await writeFile(blobPath(join(dataFolder, 'blobs'), hash), 'changed');
    else
      await db
        .updateTable('blob_chunks')
        .set({ bytes: Buffer.from('changed') })
        .execute();
    const missing = '0'.repeat(64);
    await db
      .insertInto('releases')
      .values({
        id: 'r2',
        server_rid: 2,
        status: 'SUCCESS',
        type: 'stdio',
        bundle_hash: missing,
        created_at: '2026',
        updated_at: '2026',
      })
      .execute();
    const file = join(folder, 'a.backup');
    expect(await run('backup', file, ...other.place)).toMatchObject({
      status: 1,
      text: expect.stringMatching(
        new RegExp(
          `bundle ${missing} is missing\\.\n.*bundle ${hash} is damaged, and left out\\.\nEverything else`,
        ),
      ),
    });
    const target = await emptyPlace(engine);
    expect(await tell('restore', file, ...target.place)).toMatchObject({
      missing: [missing],
      damaged: [hash],
    });
    const { status, text } = await run('check', ...other.place);
    expect(status).toBe(1);
    expect(text).toContain(`releases r2 of acme/weather: its bundle ${missing} is missing; restore it`);
    expect(text).toContain(
      `releases release-of-acme/weather of acme/weather: its bundle ${hash} is damaged; `,
    );
    await target.drop();
    await other.drop();
  });

  it('is checked row by row', async () => {
    const other = await createUsedDesk(engine);
    const { db } = other;
    expect(await run('check', ...other.place)).toMatchObject({ status: 0, text: /^Nothing is wrong/ });
    await db.updateTable('invocation_counts').set({ calls: 3 }).where('phrase_rid', '=', 0).execute();
    const { server_rid } = await db.selectFrom('call_days').select('server_rid').executeTakeFirstOrThrow();
    await db.insertInto('call_days').values({ server_rid, day: '2100-01-01', calls: 2, errors: 0 }).execute();
    await db.deleteFrom('search_postings').where('weight', '=', 2).execute();
    await db.updateTable('servers').set({ live_release_id: 'none' }).where('slug', '=', 'weather').execute();
    await db.updateTable('servers').set({ state_rank: 2 }).where('slug', '=', 'weather').execute();
    await db.updateTable('invocations').set({ phrase_rid: 99 }).execute();
    await db.deleteFrom('tool_postings').where('term', '=', 'forecast').execute();
    const { findings } = (await tell('check', ...other.place)) as {
      findings: { table: string; problem: string }[];
    };
    expect(findings.map(({ table, problem }) => `${table}: ${problem}`)).toEqual([
      'servers: its live release none is not there',
      'servers: its place in lists is not what its releases make of it',
      'invocations: the words that it is searched by are not there',
      'invocation_counts: calls counted that are not there: 2',
      'invocation_counts: calls counted that are not there: 1',
      'invocation_counts: calls that are not counted: 1',
      'call_days: its hours have 2 calls fewer',
      'servers: it is not filed for the search under the words it has',
      'tools: it is not filed for the search under the words it has',
    ]);
    await other.drop();
  });
});

it('a check names rows of SQLite that refer to nothing', async () => {
  const desk = await createUsedDesk('sqlite');
  await sql`pragma foreign_keys = off`.execute(desk.db);
  await desk.db.deleteFrom('namespaces').where('name', '=', 'acme').execute();
  expect(await run('check', ...desk.place)).toEqual({
    status: 1,
    text: expect.stringMatching(/^servers row 1: what it refers to in namespaces is not there; restore/),
  });
  await desk.drop();
});

describe('a backup file', () => {
  let desk: UsedDesk;
  let whole: Buffer;
  let file: string;
  beforeAll(async () => {
    desk = await createUsedDesk('sqlite');
    const made = join(desk.dataFolder, 'a.backup');
    await run('backup', made, ...desk.place);
    whole = await readFile(made);
  });
  afterAll(async () => desk.drop());
  beforeEach(() => {
    file = join(folder, 'b.backup');
  });

  /** Why it is not restored; undefined where it is. */
  const refusal = async (bytes: Uint8Array): Promise<string | undefined> => {
    await writeFile(file, bytes);
    const data = join(folder, 'restored');
    const words = await run('restore', file, '--data', data).then(
      () => undefined,
      (error: Error) => error.message,
    );
    return existsSync(data) ? 'something was made' : words;
  };
  const REFUSED = /is no (whole backup|backup of Touchmark)/;

  it('is refused where it was cut, before anything is made', async () => {
    for (let part = 0; part < 20; part++) {
      expect(await refusal(whole.subarray(0, Math.floor((whole.length * part) / 20)))).toMatch(REFUSED);
    }
    expect(await refusal(whole.subarray(0, -1))).toMatch(REFUSED);
  });

  it('is refused where a bit of it is another', async () => {
    for (let part = 1; part < 20; part++) {
      const changed = Buffer.from(whole);
      const at = Math.floor((whole.length * part) / 20);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(await refusal(changed)).toMatch(REFUSED);
    }
  });

  it('is refused where it was unpacked, changed and packed again', async () => {
    const lines = gunzipSync(whole).toString('utf8').split('\n');
    const pack = (some: readonly string[]) => gzipSync(some.join('\n'));
    expect(await refusal(pack(lines.map((line) => line.replace('acme/weather', 'acme/wexther'))))).toMatch(
      REFUSED,
    );
    expect(await refusal(pack(lines.filter((_, index) => index !== 20)))).toMatch(REFUSED);
    expect(await refusal(pack([...lines.slice(0, -1), lines[3] ?? '', '']))).toMatch(REFUSED);
    expect(await refusal(pack(lines.slice(0, -2)))).toMatch(REFUSED);
    expect(await refusal(pack([...lines.slice(0, 30), 'no JSON', ...lines.slice(30)]))).toMatch(REFUSED);
    expect(await refusal(Buffer.from('just a text'))).toMatch(REFUSED);
    expect(await refusal(gzipSync('{"touchmark":"other"}\n'))).toMatch(REFUSED);
  });

  it('of an older version is restored and brought up to date; of a newer one it is refused', async () => {
    const migrations = await executedMigrations(desk);
    const header = { at: NOW.toISOString(), secretFingerprint: null, secret: null };
    const older = await writeBackup(file, { ...header, migrations: migrations.slice(0, 10) });
    await older.table('users', [
      { id: 'u', name: 'old', created_at: 'then', kind: 'user', disabled_at: null },
    ]);
    await older.end({ missing: [], damaged: [] });
    const data = join(folder, 'restored');
    await run('restore', file, '--data', data);
    const { db } = await openDatabase({ engine: 'sqlite', path: join(data, 'touchmark.db') });
    expect(await db.selectFrom('users').select('name').execute()).toEqual([{ name: 'old' }]);
    await db.destroy();
    const newer = join(folder, 'newer.backup');
    const writer = await writeBackup(newer, { ...header, migrations: [...migrations, '9999-tomorrow'] });
    await writer.end({ missing: [], damaged: [] });
    await expect(run('restore', newer, '--data', join(folder, 'other'))).rejects.toThrow(
      'is of another version',
    );
  });

  it('is not left half written where the disk takes no more', async () => {
    await expect(run('backup', '/dev/full/a', ...desk.place)).rejects.toThrow(/^That failed/);
    await expect(run('backup', join(folder, 'none', 'a'), ...desk.place)).rejects.toThrow(/ENOENT/);
  });
});

describe('a move to PostgreSQL', () => {
  let desk: UsedDesk;
  let target: TestDatabase;
  let to: string;
  beforeEach(async () => {
    desk = await createUsedDesk('sqlite');
    target = await createTestDatabase('postgres');
    if (target.location.engine !== 'postgres') throw new Error('expected PostgreSQL');
    to = target.location.url;
  });
  afterEach(async () => {
    await desk.drop();
    await target.drop();
  });

  it('copies every row, session and bundle, and leaves the source as it is', async () => {
    const before = await dump(desk);
    const { status, text } = await run('migrate-database', '--to', to, ...desk.place);
    expect([status, text]).toEqual([0, expect.stringContaining('secret.key')]);
    expect(text).not.toContain(`:${new URL(to).password}@`);
    expect(await dump(target)).toEqual(before);
    expect(await dump(desk)).toEqual(before);
    for (const table of ['operations', 'sessions'] as const) {
      expect(await target.db.selectFrom(table).selectAll().orderBy('created_at').execute()).toEqual(
        await desk.db.selectFrom(table).selectAll().orderBy('created_at').execute(),
      );
    }
    expect(await desk.blobs.has(desk.hash)).toBe(true);
    expect(await databaseBlobs(target.db, now).has(desk.hash)).toBe(true);
    expect(await run('check', '--data', folder, '--database', to)).toMatchObject({ status: 0 });
    // It is whole: a second run finds a used target.
    await expect(run('migrate-database', '--to', to, ...desk.place)).rejects.toThrow('is used already');
  });

  it('refuses a target with rows, or with half a copy of something else', async () => {
    await target.db.insertInto('users').values({ id: 'u', name: 'other', created_at: 'then' }).execute();
    const before = await dump(target);
    await expect(run('migrate-database', '--to', to, ...desk.place)).rejects.toThrow('is used already');
    expect(await dump(target)).toEqual(before);
    await writeInstallation(target.db, 'unfinished-copy', 'of another');
    await expect(run('migrate-database', '--to', to, ...desk.place)).rejects.toThrow(
      'of another data folder',
    );
    await expect(openDatabase(target.location)).rejects.toThrow('holds a part of a copy');
  });
});
