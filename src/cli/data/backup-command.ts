import { existsSync } from 'node:fs';
import { link, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataCommand } from '#cli/config.ts';
import { openUsedData } from '#cli/reachable-database.ts';
import { readSecretFile, SECRET_FILE } from '#database/data-folder.ts';
import { readInstallation } from '#database/installation.ts';
import { executedMigrations, type OpenDatabase } from '#database/open.ts';
import { writeBackup, type BackupSummary, type BackupWriter } from '#database/copy/backup-file.ts';
import { COPIED_TABLES } from '#database/copy/copied-tables.ts';
import { inSnapshot } from '#database/copy/snapshot.ts';
import { readRows } from '#database/copy/table-rows.ts';
import { findBlobs, neededBlobs } from '#registry/files/blob-place.ts';
import { blobProblem } from '#registry/files/blob-problem.ts';
import type { BlobStore } from '#registry/files/blob-store.ts';
import { counted, DataRefused, megabytes, type DataAnswer, type DataTools } from './data-answer.ts';

// Sessions end with a restore.
const TABLES = COPIED_TABLES.filter(({ name }) => name !== 'sessions');

interface Options {
  file: string;
  withSecret: boolean;
}

/** Writes all rows and bundles of one moment to a new file. Bundles that are not what they should be are left out and named. */
export async function backUp(
  command: DataCommand,
  { file, withSecret }: Options,
  tools: DataTools,
): Promise<DataAnswer> {
  refuseExisting(file);
  const database = await openUsedData(command);
  const draft = `${file}.part-${process.pid}`;
  let writer: BackupWriter | undefined;
  try {
    writer = await writeBackup(draft, {
      at: tools.now().toISOString(),
      migrations: await executedMigrations(database),
      secretFingerprint: (await readInstallation(database.db, 'secret-fingerprint')) ?? null,
      secret: withSecret ? readSecret(command.dataFolder) : null,
    });
    const summary = await writeAll(writer, { database, command, tools });
    await nameIt(draft, file);
    return answerOf(summary, { file, withSecret });
  } catch (error) {
    writer?.drop();
    throw error;
  } finally {
    await rm(draft, { force: true });
    await database.db.destroy();
  }
}

async function writeAll(
  writer: BackupWriter,
  { database, command, tools }: { database: OpenDatabase; command: DataCommand; tools: DataTools },
): Promise<BackupSummary> {
  const { db } = database;
  const storeOn = await findBlobs({
    db,
    ownFolder: join(command.dataFolder, 'blobs'),
    sharedFolder: command.blobFolder,
    now: tools.now,
  });
  const written = new Set<string>();
  let bytes = 0;
  async function* told(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of pieces) {
      bytes += piece.length;
      tools.progress.say(`Bundles: ${written.size} whole ones, ${megabytes(bytes)} written`);
      yield piece;
    }
  }
  const write = async (store: BlobStore, hash: string): Promise<'missing' | 'damaged' | undefined> => {
    const problem = await blobProblem(store, hash);
    if (problem !== undefined) return problem;
    await writer.blob(hash, told(await store.read(hash)));
    written.add(hash);
    return undefined;
  };
  // Before the moment that the backup is of: a bundle that nobody needs any more goes within an hour, a new one stays
  // for ten minutes whatever happens. So what is left to be written then is there.
  for (let isNew = true; isNew;) {
    isNew = false;
    for (const hash of await neededBlobs(db)) {
      if (!written.has(hash) && (await write(storeOn(db), hash)) === undefined) isNew = true;
    }
  }
  return inSnapshot(database, async (snapshot) => {
    const lacking: Record<'missing' | 'damaged', string[]> = { missing: [], damaged: [] };
    for (const hash of await neededBlobs(snapshot)) {
      if (written.has(hash)) continue;
      const problem = await write(storeOn(snapshot), hash);
      if (problem !== undefined) lacking[problem].push(hash);
    }
    for (const table of TABLES) {
      let done = 0;
      for await (const rows of readRows(snapshot, table)) {
        await writer.table(table.name, rows);
        done += rows.length;
        tools.progress.say(`${table.name}: ${counted(done, 'row')} written`);
      }
    }
    return writer.end(lacking);
  });
}

function refuseExisting(file: string): void {
  if (existsSync(file)) throw new DataRefused(`There is a file ${file} already. Name another one.`);
}

// A link, unlike a rename, never takes the place of another file; some file systems have none.
async function nameIt(draft: string, file: string): Promise<void> {
  await link(draft, file).catch(async (error: NodeJS.ErrnoException) => {
    refuseExisting(file);
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(error.code ?? '')) throw error;
    await rename(draft, file);
  });
}

function readSecret(folder: string): string {
  const secret = readSecretFile(join(folder, SECRET_FILE));
  if (secret !== undefined) return Buffer.from(secret).toString('base64');
  throw new DataRefused(
    `There is no ${SECRET_FILE} in ${folder}: this desk is given its secret by --secret or TOUCHMARK_SECRET. Keep that apart, and leave out --with-secret.`,
  );
}

function answerOf(summary: BackupSummary, { file, withSecret }: Options): DataAnswer {
  const rows = Object.values(summary.rows).reduce((sum, count) => sum + count, 0);
  const { missing, damaged } = summary;
  const isWrong = missing.length + damaged.length > 0;
  const lacking = [
    ...missing.map((hash) => `Not whole: the bundle ${hash} is missing.\n`),
    ...damaged.map((hash) => `Not whole: the bundle ${hash} is damaged, and left out.\n`),
  ];
  const secret = withSecret
    ? 'It holds the sealing secret: guard it as you do that.'
    : `It does not hold the sealing secret: keep ${SECRET_FILE} of the data folder, or the --secret, apart.`;
  return {
    json: { file, ...summary, withSecret },
    text: `${file} has ${counted(rows, 'row')} and ${counted(summary.blobs, 'bundle')}.\n${lacking.join('')}${
      isWrong ? 'Everything else is in it. See what refers to them: touchmark check\n' : ''
    }${secret}\n`,
    isWrong,
  };
}
