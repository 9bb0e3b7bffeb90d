import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { storageProblem } from './engine.ts';

/** A data folder held by this process alone. */
export interface DataFolder {
  sqlitePath: string;
  /** For files that are too large for rows. */
  blobFolder: string;
  /** 32 bytes that seal what must not lie open: from the given secret, else from the key file; undefined without both. */
  secret: Uint8Array | undefined;
  /** Makes the key file, 0600, of a new secret or of this one, and returns what it holds. Throws DataFolderError. */
  makeSecret(secret?: Uint8Array): Uint8Array;
  release(): void;
}

/** What the key file is called in a data folder. */
export const SECRET_FILE = 'secret.key';

/** The folder cannot be used; the message is one line that says why and what to do. */
class DataFolderError extends Error {
  override name = 'DataFolderError';
}

/**
 * Creates the folder where needed and holds it until released, or until this process ends however it ends.
 * `holder` tells the next process who has it. Throws DataFolderError.
 */
export function openDataFolder(path: string, holder: string, givenSecret: string | null): DataFolder {
  return orDataFolderError(path, () => {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const release = lock(path, holder);
    const secretPath = join(path, SECRET_FILE);
    try {
      return {
        sqlitePath: sqlitePathIn(path),
        blobFolder: join(path, 'blobs'),
        secret: givenSecret === null ? readSecretFile(secretPath) : digest(givenSecret),
        makeSecret: (secret = randomBytes(32)) =>
          orDataFolderError(path, () => makeSecretFile(secretPath, secret)),
        release,
      };
    } catch (error) {
      release();
      throw error;
    }
  });
}

function orDataFolderError<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof DataFolderError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataFolderError(
      `The data folder ${path} cannot be used (${reason}). Make it writable, or pass another --data.`,
    );
  }
}

/** Where a data folder keeps its rows, unless PostgreSQL does. */
export function sqlitePathIn(folder: string): string {
  return join(folder, 'touchmark.db');
}

// A connection that nobody refers to any more is closed with the next garbage, and its lock is gone with it.
const held = new Set<DatabaseSyncInstance>();

// An exclusive transaction on a file of its own: the operating system drops it with the process, kill -9 included,
// so no stale lock ever has to be guessed at.
function lock(folder: string, holder: string): () => void {
  const holderFile = join(folder, 'holder.txt');
  const database = new DatabaseSync(join(folder, 'lock.db'));
  try {
    database.exec('PRAGMA busy_timeout = 200; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (storageProblem(error) !== 'busy') throw error;
    throw new DataFolderError(
      `The data folder ${folder} is held by ${readHolder(holderFile)}. Stop it, or pass another --data.`,
    );
  }
  held.add(database);
  writeFileSync(holderFile, `${holder}\n`);
  return () => {
    rmSync(holderFile, { force: true });
    database.close();
    held.delete(database);
  };
}

function readHolder(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return 'another Touchmark';
  }
}

function makeSecretFile(path: string, secret: Uint8Array): Uint8Array {
  // Written whole under another name, then linked: a crash in between never leaves half a key.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${Buffer.from(secret).toString('base64')}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
  chmodSync(path, 0o600);
  const made = readSecretFile(path);
  if (made === undefined) throw new Error(`${path} could not be read back`);
  return made;
}

/** The secret that a key file holds; undefined where there is none. Throws for a damaged one. */
export function readSecretFile(path: string): Uint8Array | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const secret = Buffer.from(text.trim(), 'base64');
  if (secret.length !== 32) throw new Error(`${path} does not hold a 32-byte key; restore it from a backup`);
  return secret;
}

function digest(secret: string): Uint8Array {
  return createHash('sha256').update(secret).digest();
}
