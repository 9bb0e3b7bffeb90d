import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A file kept by its content: the same bytes are kept once. */
export interface Blob {
  /** SHA-256 of the bytes, in hex. */
  hash: string;
  /** In bytes. */
  size: number;
}

/** More bytes came than may. */
export class BlobTooLarge extends Error {
  override name = 'BlobTooLarge';
}

/** Where bundles are kept. Files here; a bucket elsewhere could do the same. */
export interface BlobStore {
  /** Keeps what the stream gives, whole or not at all. Rejects with BlobTooLarge above `maxBytes`. */
  put(bytes: Readable, maxBytes: number): Promise<Blob>;
  /** The bytes from `start` to `end`, both included; rejects where there is no such blob. */
  read(hash: string, range?: { start: number; end: number }): Promise<Readable>;
  /** A path at which the whole blob can be read, for as long as nobody removes it. */
  localPath(hash: string): string;
  /** Forgets every blob that was last put before this time and is not needed, and drafts that a crash left. */
  sweep(options: { before: Date; isNeeded: (hash: string) => Promise<boolean> }): Promise<void>;
}

/** Blobs as files of a folder, named by their hash. The folder is made when the first comes; one process uses it. */
export function fileBlobs(folder: string, now: () => Date): BlobStore {
  const drafts = join(folder, 'drafts');
  const localPath = (hash: string): string => join(folder, hash.slice(0, 2), hash);
  const exclusively = createMutex();

  return {
    localPath,
    async put(bytes, maxBytes) {
      await mkdir(drafts, { recursive: true, mode: 0o700 });
      const draft = join(drafts, randomUUID());
      try {
        const blob = await writeDraft(bytes, draft, maxBytes);
        const path = localPath(blob.hash);
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await utimes(draft, now(), now());
        await exclusively(() => rename(draft, path));
        await syncFolder(dirname(path));
        await syncFolder(folder);
        return blob;
      } finally {
        await rm(draft, { force: true });
      }
    },
    async read(hash, range) {
      const file = await open(localPath(hash), 'r');
      return createReadStream('', { fd: file, ...range });
    },
    async sweep({ before, isNeeded }) {
      for (const name of await namesIn(folder)) {
        for (const file of await namesIn(join(folder, name))) {
          const path = join(folder, name, file);
          // A blob that is put again meanwhile is either seen as new here, or written after this is over.
          await exclusively(async () => {
            const putAt = await modifiedAt(path);
            if (putAt === undefined || putAt >= before) return;
            if (name === 'drafts' || !(await isNeeded(file))) await rm(path, { force: true });
          });
        }
      }
    },
  };
}

function createMutex(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine.catch(() => {});
    return mine;
  };
}

async function writeDraft(bytes: Readable, path: string, maxBytes: number): Promise<Blob> {
  const hash = createHash('sha256');
  let size = 0;
  // Opened before anything can fail: a stream that opens it later would make it after it was tidied away.
  const handle = await open(path, 'wx', 0o600);
  await pipeline(
    bytes,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        size += chunk.length;
        if (size > maxBytes) throw new BlobTooLarge(`More than ${maxBytes} bytes`);
        hash.update(chunk);
        yield chunk;
      }
    },
    handle.createWriteStream({ flush: true }),
  );
  return { hash: hash.digest('hex'), size };
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
async function modifiedAt(path: string): Promise<Date | undefined> {
  return (await unlessGone(() => stat(path)))?.mtime;
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
