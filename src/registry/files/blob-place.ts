import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Kysely } from 'kysely';
import { claimInstallation, readInstallation } from '#database/installation.ts';
import type { Database } from '#database/schema.ts';
import { measure, type BlobStore } from './blob-store.ts';
import { databaseBlobs } from './database-blobs.ts';
import { blobPath, fileBlobs } from './file-blobs.ts';

export interface BlobPlace {
  db: Kysely<Database>;
  /** The folder in the data folder: the place of bundles where neither of the other two is. */
  ownFolder: string;
  /** A folder that all processes of the installation share, where one was named. */
  sharedFolder: string | null;
  /** Whether the database is the place of bundles where no folder was named. */
  inDatabase: boolean;
  /** Whether another database may need what is in the data folder: bundles are copied from there then, not moved. */
  keepsOwn: boolean;
  now: () => Date;
  /** Told now and then how far bundles are moved, and at the end. */
  onMoved: (progress: Moved) => void;
}

/**
 * How many bundles came from the data folder to their new place.
 */
export interface Moved {
  done: number;
  of: number;
  /** Of those done, how many were not what their name says, and stay where they were. */
  damaged: number;
  /** Bundles that releases and skills refer to and that are nowhere. */
  missing: number;
}

/** The bundles of this installation cannot be reached from here; the message is one line that says what to do. */
class BlobPlaceError extends Error {
  override name = 'BlobPlaceError';
}

const PROGRESS_EVERY_MS = 1000;

// How to go on where the bundles of an installation are elsewhere, by where they are.
const ELSEWHERE: Record<string, string> = {
  database: 'in its database: start without --blobs',
  folder: 'in a folder that its processes share: name it with --blobs',
};

/**
 * The bundles of the installation whose database this is, where it keeps them. Bundles that lie in the data folder
 * although their place is another are moved first. Throws BlobPlaceError where this process cannot see what others see.
 */
export async function openBlobs(options: BlobPlace): Promise<BlobStore> {
  const { db, ownFolder, sharedFolder, inDatabase, now } = options;
  const wanted = sharedFolder !== null ? 'folder' : inDatabase ? 'database' : undefined;
  // Nothing is written down as long as they are in the data folder, as they always were in older versions.
  const used = await readInstallation(db, 'blobs');
  refuseElsewhere(used, wanted);
  if (wanted === undefined) return fileBlobs(ownFolder, now);
  if (sharedFolder !== null) await openSharedFolder(db, sharedFolder, used !== undefined);
  const store = sharedFolder === null ? databaseBlobs(db, now) : fileBlobs(sharedFolder, now);
  await takeOver(store, options, used !== undefined);
  refuseElsewhere(await claimInstallation(db, 'blobs', wanted), wanted);
  return store;
}

/**
 * Where the bundles of an installation are that runs, or did, without moving or deciding anything: to be read with the
 * database, or a snapshot of it. Throws BlobPlaceError where they cannot be reached from here.
 */
export async function findBlobs({
  db,
  ownFolder,
  sharedFolder,
  now,
}: Pick<BlobPlace, 'db' | 'ownFolder' | 'sharedFolder' | 'now'>): Promise<
  (on: Kysely<Database>) => BlobStore
> {
  const used = await readInstallation(db, 'blobs');
  const place = used === 'database' ? used : undefined;
  refuseElsewhere(used, sharedFolder === null ? place : 'folder');
  if (sharedFolder !== null) await openSharedFolder(db, sharedFolder, true);
  return (on) => {
    if (used === 'database') return databaseBlobs(on, now);
    return fileBlobs(sharedFolder ?? ownFolder, now);
  };
}

function refuseElsewhere(used: string | undefined, wanted: string | undefined): void {
  if (used === undefined || used === wanted) return;
  throw new BlobPlaceError(`The bundles of this installation are ${ELSEWHERE[used] ?? used}.`);
}

// The mark is the installation's id: so two processes know that they see the same folder, and two installations that
// they would share one. The id is in the database before the mark is anywhere, hence a crash in between does no harm.
async function openSharedFolder(db: Kysely<Database>, folder: string, isUsed: boolean): Promise<void> {
  const id = await claimInstallation(db, 'id', randomUUID());
  try {
    if (!isUsed) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(markOf(folder), `${id}\n`, { flag: 'wx', mode: 0o600 }).catch(
        (error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw error;
        },
      );
    }
    const mark = await readMark(folder);
    if (mark === undefined) {
      throw new BlobPlaceError(
        `The folder ${folder} is not the one with the bundles of this installation: ${markOf(folder)} is missing. Name or mount the one that it was started with.`,
      );
    }
    if (mark !== id) {
      throw new BlobPlaceError(
        `The folder ${folder} holds the bundles of another installation. Name the one of this installation with --blobs.`,
      );
    }
    await access(folder, constants.R_OK | constants.W_OK);
  } catch (error) {
    if (error instanceof BlobPlaceError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new BlobPlaceError(
      `The folder ${folder} cannot be used (${reason}). Make it writable, or name another one with --blobs.`,
    );
  }
}

function markOf(folder: string): string {
  return join(folder, 'installation.txt');
}

async function readMark(folder: string): Promise<string | undefined> {
  try {
    return (await readFile(markOf(folder), 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Brings what lies in the data folder, and is referred to, to the store. Goes on where it was interrupted. */
async function takeOver(
  store: BlobStore,
  { db, ownFolder, keepsOwn, onMoved }: BlobPlace,
  wasTakenOver: boolean,
): Promise<void> {
  const isThere = await exists(ownFolder);
  if (wasTakenOver && !isThere) return;
  // With a mark, it is the shared folder itself, by whatever path.
  if (isThere && (await readMark(ownFolder)) !== undefined) return;
  const progress: Moved = { done: 0, of: 0, damaged: 0, missing: 0 };
  const toMove: string[] = [];
  for (const hash of await neededBlobs(db)) {
    const isStored = await store.has(hash);
    if (isThere && (await exists(blobPath(ownFolder, hash)))) {
      if (!isStored || !keepsOwn) toMove.push(hash);
    } else if (!isStored) progress.missing += 1;
  }
  if (progress.missing > 0 && !wasTakenOver && !isThere) {
    throw new BlobPlaceError(
      `${progress.missing} bundles that this database refers to are not here: they are in the data folder that it was used with. Start once with that --data; where it is lost, make an empty folder ${ownFolder} first.`,
    );
  }
  progress.of = toMove.length;
  let saidAt = performance.now();
  for (const hash of toMove) {
    if (!(await bring(store, { ownFolder, hash, keepsOwn }))) progress.damaged += 1;
    progress.done += 1;
    if (performance.now() - saidAt < PROGRESS_EVERY_MS) continue;
    saidAt = performance.now();
    onMoved({ ...progress });
  }
  if (toMove.length > 0 || (progress.missing > 0 && !wasTakenOver)) onMoved(progress);
  if (toMove.length > 0 && !keepsOwn) await removeIfEmpty(join(ownFolder, 'drafts'), ownFolder);
}

/** False where the file is not what its name says: it stays where it is then. */
async function bring(
  store: BlobStore,
  { ownFolder, hash, keepsOwn }: { ownFolder: string; hash: string; keepsOwn: boolean },
): Promise<boolean> {
  const from = fileBlobs(ownFolder, () => new Date());
  if (!(await store.has(hash))) {
    const put = await store.put(await from.read(hash), Number.MAX_SAFE_INTEGER);
    if (put.hash !== hash) return false;
  }
  // As it is there now, not as it was sent.
  const measured = measure(Number.MAX_SAFE_INTEGER);
  await pipeline(await store.read(hash), measured.through, toNowhere);
  if (measured.blob().hash !== hash) return false;
  if (keepsOwn) return true;
  const path = blobPath(ownFolder, hash);
  await rm(path);
  await removeIfEmpty(dirname(path));
  return true;
}

async function toNowhere(bytes: AsyncIterable<Buffer>): Promise<void> {
  const iterator = bytes[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}

async function removeIfEmpty(...folders: string[]): Promise<void> {
  for (const folder of folders) await rmdir(folder).catch(() => {});
}

/** The hashes of all bundles that releases and skills refer to. */
export async function neededBlobs(db: Kysely<Database>): Promise<string[]> {
  const rows = await db
    .selectFrom('releases')
    .select('bundle_hash')
    .where('bundle_hash', 'is not', null)
    .union(db.selectFrom('skills').select('bundle_hash').where('bundle_hash', 'is not', null))
    .execute();
  return rows.flatMap(({ bundle_hash: hash }) => hash ?? []);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
