import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ControlledTransaction, Kysely } from 'kysely';
import type { DataCommand } from '#cli/config.ts';
import { hostOf, openAsItIs } from '#cli/reachable-database.ts';
import { openDataFolder, SECRET_FILE, sqlitePathIn, type DataFolder } from '#database/data-folder.ts';
import { migrateAsFarAs, migrateToLatest, type OpenDatabase } from '#database/open.ts';
import type { Database } from '#database/schema.ts';
import {
  readBackup,
  readBackupHeader,
  verifyBackup,
  type BackupHeader,
  type BackupSummary,
} from '#database/copy/backup-file.ts';
import { insertRows } from '#database/copy/table-rows.ts';
import { followRowNumbers, isUnused } from '#database/copy/unused-database.ts';
import { fingerprint } from '#platform/sealing.ts';
import { writeDown } from '#registry/audit/audit-log.ts';
import { OPERATOR } from '#registry/audit/author.ts';
import { openBlobs } from '#registry/files/blob-place.ts';
import { counted, DataRefused, megabytes, type DataAnswer, type DataTools } from './data-answer.ts';

/** Restores a backup, verified first, into a data folder or a database that was never used. */
export async function restore(command: DataCommand, file: string, tools: DataTools): Promise<DataAnswer> {
  const header = await readBackupHeader(file);
  const { size } = await stat(file);
  let read = 0;
  const summary = await verifyBackup(file, (bytes) => {
    read += bytes;
    tools.progress.say(`Verifying ${file}, ${size.toLocaleString('en')} bytes: ${megabytes(read)} unpacked`);
  });
  const { dataFolder, databaseUrl } = command;
  const open = async () => {
    const database = await openAsItIs({ databaseUrl, sqlitePath: sqlitePathIn(dataFolder) });
    await refuseUsed(database, command);
    return database;
  };
  // Looked at before anything is made there.
  if (databaseUrl !== null || existsSync(sqlitePathIn(dataFolder))) await (await open()).db.destroy();
  const folder = openDataFolder(dataFolder, `touchmark restore, process ${process.pid}`, null);
  try {
    refuseOtherSecret(header, folder, dataFolder);
    const database = await open();
    try {
      await restoreInto(database, { file, header, summary, folder, command, tools });
    } finally {
      await database.db.destroy();
    }
    return answerOf(header, summary, { command, hasSecret: folder.secret !== undefined });
  } finally {
    folder.release();
  }
}

async function refuseUsed(database: OpenDatabase, { dataFolder, databaseUrl }: DataCommand): Promise<void> {
  if (await isUnused(database)) return;
  await database.db.destroy();
  throw new DataRefused(
    databaseUrl === null
      ? `The data folder ${dataFolder} is used already. Nothing was changed. Restore into another one: --data`
      : `The database at ${hostOf(databaseUrl)} is used already. Nothing was changed. Restore into an empty one: --database`,
  );
}

function refuseOtherSecret(
  { secret, secretFingerprint }: BackupHeader,
  folder: DataFolder,
  path: string,
): void {
  if (folder.secret === undefined) return;
  const wanted = secret === null ? secretFingerprint : fingerprint(Buffer.from(secret, 'base64'));
  if (wanted === null || wanted === fingerprint(folder.secret)) return;
  throw new DataRefused(
    `The ${SECRET_FILE} in ${path} is not the one that this backup is sealed with. Nothing was changed. Put the right one there, or restore into another folder: --data`,
  );
}

interface Restoring {
  file: string;
  header: BackupHeader;
  summary: BackupSummary;
  folder: DataFolder;
  command: DataCommand;
  tools: DataTools;
}

async function restoreInto(
  database: OpenDatabase,
  { file, header, summary, folder, command, tools }: Restoring,
): Promise<void> {
  const { db } = database;
  if (!(await migrateAsFarAs(database, header.migrations))) {
    throw new DataRefused(
      'This backup is of another version than this Touchmark and this database. Restore it with that version, into an empty database.',
    );
  }
  const blobs = await openBlobs({
    db,
    ownFolder: folder.blobFolder,
    sharedFolder: command.blobFolder,
    inDatabase: command.databaseUrl !== null,
    keepsOwn: true,
    now: tools.now,
    onMoved: () => {},
  });
  let trx: ControlledTransaction<Database> | undefined;
  try {
    let done = 0;
    for await (const part of readBackup(file)) {
      if (part.kind === 'blob') {
        const { hash } = await blobs.put(part.bytes, Number.MAX_SAFE_INTEGER);
        if (hash !== part.hash) throw new DataRefused(`${file} was changed while it was read.`);
        done += 1;
        tools.progress.say(`Bundles: ${done} of ${summary.blobs} restored`);
      } else {
        // Not while bundles come, which takes long: a connection that does nothing meanwhile may be closed.
        trx ??= await db.startTransaction().execute();
        await insertRows(trx, part.table, part.rows);
        tools.progress.say(`${part.table}: ${counted(summary.rows[part.table] ?? 0, 'row')} to restore`);
      }
    }
    trx ??= await db.startTransaction().execute();
    await followRowNumbers(database, trx);
    await leaveOpenOperations(trx);
    // Before the rows count: without it no desk would start on them.
    if (header.secret !== null && folder.secret === undefined) {
      folder.makeSecret(Buffer.from(header.secret, 'base64'));
    }
    await trx.commit().execute();
  } catch (error) {
    await trx?.rollback().execute();
    throw error;
  }
  await migrateToLatest(database);
  // Only now there is where to write it, whatever version the backup is of.
  await db.transaction().execute(async (trx) => writeRestore(trx, { madeAt: header.at, now: tools.now() }));
}

async function writeRestore(
  trx: Kysely<Database>,
  { madeAt, now }: { madeAt: string; now: Date },
): Promise<void> {
  const note = `All is as it was at ${madeAt}, and everybody is signed out.`;
  await writeDown(trx, { action: 'data.restore', by: OPERATOR, now, target: null, concerns: [], note });
}

/** What was under way may have happened after the backup was made, or not: the next desk finds out. */
async function leaveOpenOperations(trx: Kysely<Database>): Promise<void> {
  await trx
    .updateTable('operations')
    .set({ state: 'unknown', process_id: '' })
    .where('state', 'in', ['sending', 'unknown'])
    .execute();
}

function answerOf(
  header: BackupHeader,
  summary: BackupSummary,
  { command, hasSecret }: { command: DataCommand; hasSecret: boolean },
): DataAnswer {
  const { dataFolder, databaseUrl } = command;
  const rows = Object.values(summary.rows).reduce((sum, count) => sum + count, 0);
  const needsSecret = header.secretFingerprint !== null && header.secret === null && !hasSecret;
  const place = databaseUrl === null ? dataFolder : hostOf(databaseUrl);
  const lacking = [...summary.missing, ...summary.damaged];
  const lines = [
    `${counted(rows, 'row')} and ${counted(summary.blobs, 'bundle')} of ${header.at} are restored into ${place}.`,
    ...lacking.map((hash) => `The bundle ${hash} was not in the backup.`),
    'Everybody has to sign in again; changes that were under way are looked up when a desk starts.',
    ...(needsSecret
      ? [
          `The backup does not hold its sealing secret, without which no desk starts on it: copy the ${SECRET_FILE} of the desk that it was made of into ${dataFolder}, or start with that desk's --secret.`,
        ]
      : []),
  ];
  return {
    json: { at: header.at, ...summary, needsSecret },
    text: `${lines.join('\n')}\n`,
    isWrong: false,
  };
}
