import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, link, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { mayFailUnread, measure, type Blob, type BlobStore } from './blob-store.ts';

/** Where a folder of blobs keeps this one. */
export function blobPath(folder: string, hash: string): string {
  return join(folder, hash.slice(0, 2), hash);
}

/** Blobs as files of a folder, named by their hash. The folder is made when the first comes. */
export function fileBlobs(folder: string, now: () => Date): BlobStore {
  const drafts = join(folder, 'drafts');
  const pathOf = (hash: string): string => blobPath(folder, hash);

  return {
    async put(bytes, maxBytes) {
      await mkdir(drafts, { recursive: true, mode: 0o700 });
      const draft = join(drafts, randomUUID());
      try {
        const blob = await writeDraft(bytes, draft, maxBytes);
        const path = pathOf(blob.hash);
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await utimes(draft, now(), now());
        await rename(draft, path);
        await syncFolder(dirname(path));
        await syncFolder(folder);
        return blob;
      } finally {
        await rm(draft, { force: true });
      }
    },
    async read(hash, range) {
      const file = await open(pathOf(hash), 'r');
      return createReadStream('', { fd: file, ...range });
    },
    async open(hash) {
      const file = await open(pathOf(hash), 'r');
      return {
        size: (await file.stat()).size,
        async read(position, length) {
          const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
          return buffer.subarray(0, bytesRead);
        },
        close: async () => file.close(),
      };
    },
    has: async (hash) => (await unlessGone(async () => access(pathOf(hash)).then(() => true))) ?? false,
    async sweep({ before, isNeeded }) {
      for (const name of await namesIn(folder)) {
        for (const file of await namesIn(join(folder, name))) {
          const path = join(folder, name, file);
          if (!(await isOlder(path, before))) continue;
          if (name === 'drafts') await rm(path, { force: true });
          else if (!(await isNeeded(file))) await removeUnlessFresh(path, join(drafts, randomUUID()), before);
        }
      }
    },
  };
}

async function writeDraft(bytes: Readable, path: string, maxBytes: number): Promise<Blob> {
  mayFailUnread(bytes);
  // Opened before anything can fail: a stream that opens it later would make it after it was tidied away.
  const handle = await open(path, 'wx', 0o600);
  const measured = measure(maxBytes);
  await pipeline(bytes, measured.through, handle.createWriteStream({ flush: true }));
  return measured.blob();
}

// It may have been put again, by any process, since it was looked at. So it is taken out of the way first, and whoever
// finds that it took a fresh one puts that back.
async function removeUnlessFresh(path: string, aside: string, before: Date): Promise<void> {
  await mkdir(dirname(aside), { recursive: true, mode: 0o700 });
  if ((await unlessGone(async () => rename(path, aside).then(() => true))) === undefined) return;
  if (!(await isOlder(aside, before))) {
    await link(aside, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  await rm(aside, { force: true });
}

// A name is safe from a power loss only once its folder is written too.
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await unlessGone(() => readdir(folder))) ?? [];
}

// A draft becomes a blob, under another name, at any time.
async function isOlder(path: string, time: Date): Promise<boolean> {
  const found = await unlessGone(() => stat(path));
  return found !== undefined && found.mtime < time;
}

async function unlessGone<Result>(read: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
