import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, engines, type TestDatabase } from '#e2e/support/databases.ts';
import { storedIn } from '#e2e/support/test-blobs.ts';
import { ensureOwner } from '#registry/access/key-store.ts';
import { openBlobs, type BlobPlace, type Moved } from './blob-place.ts';
import { blobPath, fileBlobs } from './file-blobs.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');

describe.each(engines)('the bundles of an installation on %s', (engine) => {
  let database: TestDatabase;
  let folder: string;
  let ownFolder: string;
  let sharedFolder: string;
  let told: Moved[];
  beforeAll(async () => {
    database = await createTestDatabase(engine);
  });
  afterAll(async () => database.drop());
  beforeEach(async () => {
    for (const table of ['installation', 'skills', 'blobs'] as const) {
      await database.db.deleteFrom(table).execute();
    }
    folder = await mkdtemp(join(tmpdir(), 'touchmark-place-'));
    ownFolder = join(folder, 'data', 'blobs');
    sharedFolder = join(folder, 'shared');
    told = [];
  });
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  const open = async (place: Partial<BlobPlace>) =>
    openBlobs({
      db: database.db,
      ownFolder,
      sharedFolder: null,
      inDatabase: false,
      keepsOwn: false,
      now: () => NOW,
      onMoved: (progress) => told.push(progress),
      ...place,
    });

  /** Leaves a bundle in the data folder, as an older version did, with a skill that refers to it. */
  async function leave(content: string): Promise<string> {
    const { hash, size } = await fileBlobs(ownFolder, () => NOW).put(
      Readable.from([Buffer.from(content)]),
      1000,
    );
    await refer(hash, size);
    return hash;
  }

  async function refer(hash: string, size = 7): Promise<void> {
    const { userId } = await ensureOwner(database.db, NOW);
    const created_at = NOW.toISOString();
    await database.db
      .insertInto('namespaces')
      .values({ name: 'acme', owner_id: userId, created_at })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await database.db
      .insertInto('skills')
      .values({
        id: hash,
        namespace: 'acme',
        slug: hash,
        qualified_name: `acme/${hash}`,
        display_name: 'Skill',
        description: '',
        bundle_hash: hash,
        bundle_size: size,
        listed: 0,
        created_at,
        updated_at: created_at,
        prompt: '',
      })
      .execute();
  }

  const places: [string, () => Partial<BlobPlace>][] = [
    ['the database', () => ({ inDatabase: true })],
    ['a shared folder', () => ({ inDatabase: true, sharedFolder })],
  ];

  it.each(places)('are moved from the data folder to %s, and nothing else is', async (_name, place) => {
    const hashes = [await leave('weather'), await leave('tides')];
    const others = await fileBlobs(ownFolder, () => NOW).put(Readable.from([Buffer.from('other')]), 1000);
    const blobs = await open(place());
    expect(await text(await blobs.read(hashes[0] ?? ''))).toBe('weather');
    expect(await text(await blobs.read(hashes[1] ?? ''))).toBe('tides');
    expect(await storedIn(ownFolder)).toEqual([others.hash]);
    expect(told).toEqual([{ done: 2, of: 2, damaged: 0, missing: 0 }]);
    // From now on there is nothing to do.
    await open(place());
    expect(told).toHaveLength(1);
    await rm(ownFolder, { recursive: true });
    await open(place());
  });

  it.each(places)('go on to be moved to %s where that was interrupted', async (_name, place) => {
    const done = await leave('done');
    const blobs = await open(place());
    // One is there already, and its file is still there too; the other one was not reached.
    await fileBlobs(ownFolder, () => NOW).put(Readable.from([Buffer.from('done')]), 1000);
    const open2 = await leave('not reached');
    await open(place());
    expect([await blobs.has(done), await blobs.has(open2)]).toEqual([true, true]);
    expect(await readdir(join(folder, 'data'))).toEqual([]);
  });

  it.each(places)(
    'stay where they are if another database may need them, beside %s',
    async (_name, place) => {
      const hash = await leave('weather');
      const blobs = await open({ ...place(), keepsOwn: true });
      expect(await blobs.has(hash)).toBe(true);
      expect(await storedIn(ownFolder)).toEqual([hash]);
      await open({ ...place(), keepsOwn: true });
      expect(told).toEqual([{ done: 1, of: 1, damaged: 0, missing: 0 }]);
    },
  );

  it.each(places)('are not moved to %s where their bytes are others', async (_name, place) => {
    const hash = await leave('weather');
    await writeFile(blobPath(ownFolder, hash), 'changed');
    const blobs = await open(place());
    expect(await blobs.has(hash)).toBe(false);
    expect(await readFile(blobPath(ownFolder, hash), 'utf8')).toBe('changed');
    expect(told).toEqual([{ done: 1, of: 1, damaged: 1, missing: 0 }]);
  });

  it.each(places)('are not given up for %s by a process that cannot see them', async (_name, place) => {
    const hash = await leave('weather');
    const elsewhere = join(folder, 'other-data', 'blobs');
    await expect(open({ ...place(), ownFolder: elsewhere })).rejects.toThrow(
      /^1 bundles that this database refers to are not here: .* Start once with that --data;.*$/,
    );
    // Nothing was decided by that.
    expect(await (await open(place())).has(hash)).toBe(true);
    await open({ ...place(), ownFolder: elsewhere });
  });

  it('can be given up where their folder is lost', async () => {
    await refer('0'.repeat(64));
    await expect(open({ inDatabase: true })).rejects.toThrow('make an empty folder');
    await mkdir(ownFolder, { recursive: true });
    await open({ inDatabase: true });
    expect(told).toEqual([{ done: 0, of: 0, damaged: 0, missing: 1 }]);
  });

  it('are in the data folder where nothing else is said', async () => {
    const hash = await leave('weather');
    expect(await (await open({})).has(hash)).toBe(true);
    expect(told).toEqual([]);
  });

  it('are refused to a process that was told another place', async () => {
    await open({ inDatabase: true });
    await expect(open({ inDatabase: true, sharedFolder })).rejects.toThrow(
      /^The bundles of this installation are in its database: start without --blobs\.$/,
    );
  });

  it('are refused to a process without the folder, or with another', async () => {
    await open({ inDatabase: true, sharedFolder });
    await open({ inDatabase: true, sharedFolder });
    for (const place of [{ inDatabase: true }, {}]) {
      await expect(open(place)).rejects.toThrow(
        /^The bundles of this installation are in a folder .*: name it with --blobs\.$/,
      );
    }
    const other = join(folder, 'not-mounted');
    await expect(open({ sharedFolder: other })).rejects.toThrow(/is not the one with the bundles/);
    await mkdir(other);
    await expect(open({ sharedFolder: other })).rejects.toThrow(/installation\.txt is missing/);
    expect(await readdir(other)).toEqual([]);
    await writeFile(join(other, 'installation.txt'), 'another id\n');
    await expect(open({ sharedFolder: other })).rejects.toThrow(/holds the bundles of another installation/);
  });

  it('are not put beside those of another installation', async () => {
    const another = await createTestDatabase(engine);
    await open({ db: another.db, sharedFolder });
    await another.drop();
    await expect(open({ sharedFolder })).rejects.toThrow(/holds the bundles of another installation/);
  });

  it('may have a crash between the mark in the folder and the word in the database', async () => {
    await open({ sharedFolder });
    await database.db.deleteFrom('installation').where('key', '=', 'blobs').execute();
    await expect(open({ sharedFolder })).resolves.toBeDefined();
  });

  it('are begun by two processes at once in one place', async () => {
    await Promise.all([open({ sharedFolder }), open({ sharedFolder })]);
    expect(await readdir(sharedFolder)).toEqual(['installation.txt']);
  });

  it('are begun by two processes at once in two places by one of them only', async () => {
    const starts = await Promise.allSettled([
      open({ inDatabase: true }),
      open({ inDatabase: true, sharedFolder }),
    ]);
    expect(starts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('outlive that the shared folder is the one in the data folder, by whatever path', async () => {
    const hash = await leave('weather');
    const path = join(folder, 'link');
    await symlink(ownFolder, path);
    for (const sharedPath of [path, ownFolder]) {
      const blobs = await open({ inDatabase: true, sharedFolder: sharedPath });
      expect(await text(await blobs.read(hash))).toBe('weather');
    }
    expect(await storedIn(ownFolder)).toEqual([hash]);
  });

  it('are refused a folder that cannot be used', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(open({ sharedFolder: join(folder, 'file', 'x') })).rejects.toThrow(
      /^The folder .* cannot be used \(.*\)\. Make it writable, or name another one with --blobs\.$/,
    );
  });
});
