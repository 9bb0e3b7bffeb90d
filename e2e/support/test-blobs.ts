import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import type { BlobStore } from '#registry/files/blob-store.ts';
import { databaseBlobs } from '#registry/files/database-blobs.ts';
import { blobPath, fileBlobs } from '#registry/files/file-blobs.ts';

/** A store of blobs and what a test must know of its inside. */
export interface TestBlobs {
  blobs: BlobStore;
  /** The hashes of all blobs that are there, sorted, and `draft` for each draft. */
  stored(): Promise<string[]>;
  /** Takes a blob's bytes away, as an accident would. */
  lose(hash: string): Promise<void>;
  /** Leaves a draft as a crash does in the middle of an upload. */
  leaveDraft(): Promise<void>;
  drop(): Promise<void>;
}

/** Blobs as files of a fresh folder. */
export async function createFileBlobs(now: () => Date): Promise<TestBlobs & { folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'touchmark-blobs-'));
  const drafts = join(folder, 'drafts');
  return {
    folder,
    blobs: fileBlobs(folder, now),
    stored: async () => storedIn(folder),
    lose: async (hash) => rm(blobPath(folder, hash)),
    async leaveDraft() {
      await mkdir(drafts, { recursive: true });
      await writeFile(join(drafts, randomUUID()), 'half');
    },
    drop: async () => rm(folder, { recursive: true, force: true }),
  };
}

/** Blobs in a test's database; they go with it. */
export function createRowBlobs(db: Kysely<Database>, now: () => Date): TestBlobs {
  return {
    blobs: databaseBlobs(db, now),
    async stored() {
      const rows = await db.selectFrom('blobs').select('hash').where('forgotten_at', 'is', null).execute();
      return rows.map(({ hash }) => hash ?? 'draft').sort();
    },
    async lose(hash) {
      await db.deleteFrom('blobs').where('hash', '=', hash).execute();
    },
    async leaveDraft() {
      const id = randomUUID();
      await db.insertInto('blobs').values({ id, size: 0, put_at: now().toISOString() }).execute();
      await db
        .insertInto('blob_chunks')
        .values({ blob_id: id, seq: 0, bytes: Buffer.from('half') })
        .execute();
    },
    drop: async () => {},
  };
}

/** What a folder of blobs holds, as `stored`. */
export async function storedIn(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile() && file.name !== 'installation.txt')
    .map(({ name, parentPath }) => (parentPath === join(folder, 'drafts') ? 'draft' : name))
    .sort();
}
