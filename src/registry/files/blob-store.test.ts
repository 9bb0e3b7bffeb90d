import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '#e2e/support/databases.ts';
import { createFileBlobs, createRowBlobs, type TestBlobs } from '#e2e/support/test-blobs.ts';
import type { Engine } from '#database/engine.ts';
import { BlobTooLarge, type BlobStore } from './blob-store.ts';

const NOON = new Date('2026-03-01T12:00:00.000Z');
const EVENING = new Date('2026-03-01T18:00:00.000Z');
const FAR = new Date('2999-01-01T00:00:00.000Z');
const LARGE = 1_000_000;

describe.each<[string, Engine | null]>([
  ['files', null],
  ['rows of sqlite', 'sqlite'],
  ['rows of postgres', 'postgres'],
])('blobs in %s', (_place, engine) => {
  let place: Place;
  let clock: Date;
  let blobs: BlobStore;
  beforeEach(async () => {
    clock = NOON;
    place = await createPlace(engine, () => clock);
    blobs = place.blobs;
  });
  afterEach(async () => place.drop());

  const put = (content: string) => blobs.put(Readable.from([Buffer.from(content)]), LARGE);
  const stored = async () => place.stored();
  const none = '0'.repeat(64);

  it('are kept once for the same bytes, and read whole or in part', async () => {
    const [first, second] = await Promise.all([put('weather'), put('weather')]);
    expect(first).toEqual(second);
    expect(first).toEqual({ hash: expect.stringMatching(/^[0-9a-f]{64}$/), size: 7 });
    expect(await stored()).toEqual([first.hash]);
    expect(await text(await blobs.read(first.hash))).toBe('weather');
    expect(await text(await blobs.read(first.hash, { start: 1, end: 3 }))).toBe('eat');
    await expect(blobs.read(none)).rejects.toThrow('ENOENT');
    await expect(blobs.open(none)).rejects.toThrow('ENOENT');
    expect([await blobs.has(first.hash), await blobs.has(none)]).toEqual([true, false]);
  });

  it('may be empty', async () => {
    const { hash, size } = await blobs.put(Readable.from([]), LARGE);
    expect(size).toBe(0);
    expect(await text(await blobs.read(hash))).toBe('');
    const blob = await blobs.open(hash);
    expect([blob.size, (await blob.read(0, 10)).length]).toEqual([0, 0]);
    await blob.close();
  });

  it('are the bytes that came, however those were cut, and read from any place on', async () => {
    const bytes = Buffer.from(Array.from({ length: 700_000 }, (_, i) => (i * 7 + (i >> 8)) % 251));
    for (const length of [1777, 262_144, 700_000]) {
      const pieces = [];
      for (let i = 0; i < bytes.length; i += length) pieces.push(bytes.subarray(i, i + length));
      const { hash, size } = await blobs.put(Readable.from(pieces), LARGE);
      expect(size).toBe(bytes.length);
      expect(Buffer.compare(await buffer(await blobs.read(hash)), bytes)).toBe(0);
      const blob = await blobs.open(hash);
      expect(blob.size).toBe(bytes.length);
      for (const [start, end] of [
        [0, 0],
        [262_143, 262_144],
        [262_144, 524_287],
        [100, 699_999],
        [699_999, 699_999],
      ] as const) {
        const range = bytes.subarray(start, end + 1);
        expect(Buffer.compare(await buffer(await blobs.read(hash, { start, end })), range)).toBe(0);
        expect(Buffer.compare(await blob.read(start, end - start + 1), range)).toBe(0);
      }
      expect((await blob.read(699_990, 100)).length).toBe(10);
      await blob.close();
    }
    expect(await stored()).toHaveLength(1);
  });

  it('are kept whole or not at all', async () => {
    await expect(blobs.put(Readable.from([Buffer.alloc(600), Buffer.alloc(600)]), 1000)).rejects.toThrow(
      BlobTooLarge,
    );
    const broken = new Readable({ read: () => {} });
    broken.push(Buffer.alloc(300_000));
    const kept = blobs.put(broken, LARGE);
    setTimeout(() => broken.destroy(new Error('gone')), 10);
    await expect(kept).rejects.toThrow('gone');
    expect(await stored()).toEqual([]);
  });

  it('go when they are old and nobody needs them, with the drafts of a crash', async () => {
    const needed = await put('needed');
    await put('useless');
    clock = EVENING;
    await place.leaveDraft();
    const fresh = await put('fresh');
    await blobs.sweep({ before: EVENING, isNeeded: async (hash) => hash === needed.hash });
    expect(new Set(await stored())).toEqual(new Set([needed.hash, fresh.hash, 'draft']));
    await blobs.sweep({ before: FAR, isNeeded: async () => true });
    expect(new Set(await stored())).toEqual(new Set([needed.hash, fresh.hash]));
  });

  it('do not vanish where they are put again while they are looked at', async () => {
    const old = await put('weather');
    clock = EVENING;
    let again: Promise<unknown> = Promise.resolve();
    await blobs.sweep({
      before: EVENING,
      isNeeded: async () => {
        again = put('weather');
        await new Promise((resolve) => {
          setTimeout(resolve, 50);
        });
        return false;
      },
    });
    await again;
    expect(await text(await blobs.read(old.hash))).toBe('weather');
    await blobs.sweep({ before: EVENING, isNeeded: async () => false });
    expect(await stored()).toEqual([old.hash]);
  });

  it('are there again where they are put after they were forgotten', async () => {
    const { hash } = await put('weather');
    await blobs.sweep({ before: EVENING, isNeeded: async () => false });
    await expect(blobs.read(hash)).rejects.toThrow('ENOENT');
    await put('weather');
    await blobs.sweep({ before: NOON, isNeeded: async () => false });
    expect(await text(await blobs.read(hash))).toBe('weather');
  });

  it('stay, of many that come and are swept at once, where they were put last', async () => {
    const contents = Array.from({ length: 8 }, (_, i) => `bundle ${i}`);
    const hashes = await Promise.all(contents.map(async (content) => (await put(content)).hash));
    clock = EVENING;
    // As another process does, over and over, while these are put again.
    const over = new AbortController();
    const sweeping = (async () => {
      while (!over.signal.aborted) {
        await blobs.sweep({ before: EVENING, isNeeded: async () => false });
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let round = 0; round < 5; round += 1) await Promise.all(contents.map(put));
    over.abort();
    await sweeping;
    expect(await stored()).toEqual(hashes.sort());
  });

  it('are read to their end by whoever began before they were forgotten', async () => {
    const bytes = Buffer.alloc(900_000, 'weather');
    const { hash } = await blobs.put(Readable.from([bytes]), LARGE);
    const reading = await blobs.read(hash);
    const open = await blobs.open(hash);
    clock = EVENING;
    await blobs.sweep({ before: EVENING, isNeeded: async () => false });
    expect(await stored()).toEqual([]);
    expect(Buffer.compare(await buffer(reading), bytes)).toBe(0);
    expect((await open.read(800_000, 7)).toString()).toBe(bytes.subarray(800_000, 800_007).toString());
    await open.close();
    clock = FAR;
    await blobs.sweep({ before: FAR, isNeeded: async () => false });
    expect(await place.chunks()).toBe(0);
  });
});

// Rows of SQLite are kept as soon as they are given.
describe.each<[string, Engine | null]>([
  ['files', null],
  ['rows of postgres', 'postgres'],
])('blobs that take their time to be kept in %s', (_place, engine) => {
  it('are taken no faster than they are kept', async () => {
    const place = await createPlace(engine, () => NOON);
    let given = 0;
    const source = new Readable({
      highWaterMark: 1,
      read() {
        given += 1;
        this.push(given > 40 ? null : Buffer.alloc(65_536, given));
      },
    });
    const kept = place.blobs.put(source, 10_000_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(given).toBeLessThan(30);
    expect((await kept).size).toBe(40 * 65_536);
    await place.drop();
  });
});

interface Place extends TestBlobs {
  /** How many pieces of blobs there are in rows. */
  chunks(): Promise<number>;
}

async function createPlace(engine: Engine | null, now: () => Date): Promise<Place> {
  if (engine === null) return { ...(await createFileBlobs(now)), chunks: async () => 0 };
  const database = await createTestDatabase(engine);
  const { db } = database;
  const chunks = async () => (await db.selectFrom('blob_chunks').select('seq').execute()).length;
  return { ...createRowBlobs(db, now), chunks, drop: async () => database.drop() };
}
