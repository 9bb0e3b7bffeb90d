import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlobTooLarge, fileBlobs, type BlobStore } from './blob-store.ts';

const NOON = new Date('2026-03-01T12:00:00.000Z');
const EVENING = new Date('2026-03-01T18:00:00.000Z');

describe('blobs', () => {
  let folder: string;
  let clock: Date;
  let blobs: BlobStore;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'touchmark-blobs-'));
    clock = NOON;
    blobs = fileBlobs(folder, () => clock);
  });
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  const put = (content: string) => blobs.put(Readable.from([Buffer.from(content)]), 1000);
  const files = async () =>
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);

  it('are kept once for the same bytes, and read whole or in part', async () => {
    const [first, second] = await Promise.all([put('weather'), put('weather')]);
    expect(first).toEqual(second);
    expect(first).toEqual({ hash: expect.stringMatching(/^[0-9a-f]{64}$/), size: 7 });
    expect(await files()).toEqual([first.hash]);
    expect(await text(await blobs.read(first.hash))).toBe('weather');
    expect(await text(await blobs.read(first.hash, { start: 1, end: 3 }))).toBe('eat');
    await expect(blobs.read('0'.repeat(64))).rejects.toThrow('ENOENT');
  });

  it('are kept whole or not at all', async () => {
    await expect(blobs.put(Readable.from([Buffer.alloc(600), Buffer.alloc(600)]), 1000)).rejects.toThrow(
      BlobTooLarge,
    );
    const broken = new Readable({ read: () => {} });
    broken.push('half');
    const kept = blobs.put(broken, 1000);
    setTimeout(() => broken.destroy(new Error('gone')), 10);
    await expect(kept).rejects.toThrow('gone');
    expect(await files()).toEqual([]);
  });

  it('go when they are old and nobody needs them, with the drafts of a crash', async () => {
    const needed = await put('needed');
    await put('useless');
    await writeFile(join(folder, 'drafts', 'left-by-a-crash'), 'half');
    clock = EVENING;
    const fresh = await put('fresh');
    const before = new Date('2999-01-01T00:00:00.000Z');
    await blobs.sweep({ before: EVENING, isNeeded: async (hash) => hash === needed.hash });
    expect(new Set(await files())).toEqual(new Set([needed.hash, fresh.hash, 'left-by-a-crash']));
    await blobs.sweep({ before, isNeeded: async () => true });
    expect(new Set(await files())).toEqual(new Set([needed.hash, fresh.hash]));
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
    expect(await files()).toEqual([old.hash]);
  });
});
