import { existsSync } from 'node:fs';
import type { DataCommand } from '#cli/config.ts';
import { ConfigError } from '#cli/config-error.ts';
import { hostOf, openAsItIs, openUsedData } from '#cli/reachable-database.ts';
import { openDataFolder, SECRET_FILE, sqlitePathIn } from '#database/data-folder.ts';
import { readInstallation, writeInstallation } from '#database/installation.ts';
import { isUpToDate, migrateToLatest, type OpenDatabase } from '#database/open.ts';
import { finishMove, moveRows } from '#database/copy/move-database.ts';
import { inSnapshot } from '#database/copy/snapshot.ts';
import { isUnused } from '#database/copy/unused-database.ts';
import { openBlobs, type Moved } from '#registry/files/blob-place.ts';
import { counted, DataRefused, type DataAnswer, type DataTools } from './data-answer.ts';

/** Copies the rows and bundles of a data folder to PostgreSQL, where desks start from then on. The folder stays as it is. */
export async function migrateDatabase(
  { dataFolder }: DataCommand,
  to: string,
  tools: DataTools,
): Promise<DataAnswer> {
  if (!existsSync(sqlitePathIn(dataFolder))) {
    throw new ConfigError(`There is no Touchmark data in ${dataFolder}. Pass another --data.`);
  }
  // No desk writes to it meanwhile: what it wrote would be lost.
  const folder = openDataFolder(dataFolder, `touchmark migrate-database, process ${process.pid}`, null);
  try {
    const source = await openUsedData({ dataFolder, databaseUrl: null });
    try {
      const target = await openTarget(to);
      try {
        const rows = await inSnapshot(source, async (snapshot) =>
          moveRows(snapshot, target, ({ step, table, done, of }) =>
            tools.progress.say(`${table}: ${done.toLocaleString('en')} of ${counted(of, 'row')} ${step}`),
          ),
        );
        const moved = await moveBundles(source, target, folder.blobFolder, tools);
        await finishMove(target);
        return answerOf({ rows, moved, dataFolder, to });
      } finally {
        await target.db.destroy();
      }
    } finally {
      await source.db.destroy();
    }
  } finally {
    folder.release();
  }
}

async function openTarget(databaseUrl: string): Promise<OpenDatabase> {
  const target = await openAsItIs({ databaseUrl, sqlitePath: '' });
  try {
    // One of this version may be our own unfinished copy: that is looked at with the rows.
    if (!(await isUpToDate(target))) {
      if (!(await isUnused(target))) {
        throw new DataRefused(
          'The target is used already. Nothing was changed. Name an empty database with --to.',
        );
      }
      await migrateToLatest(target);
    }
    return target;
  } catch (error) {
    await target.db.destroy();
    throw error;
  }
}

async function moveBundles(
  source: OpenDatabase,
  target: OpenDatabase,
  ownFolder: string,
  { now, progress }: DataTools,
): Promise<Moved> {
  let last: Moved = { done: 0, of: 0, damaged: 0, missing: 0 };
  if ((await readInstallation(source.db, 'blobs')) === 'folder') {
    // They stay in it, and it knows this installation by its id.
    for (const fact of ['id', 'blobs'] as const) {
      const value = await readInstallation(source.db, fact);
      if (value !== undefined) await writeInstallation(target.db, fact, value);
    }
    return last;
  }
  await openBlobs({
    db: target.db,
    ownFolder,
    sharedFolder: null,
    inDatabase: true,
    keepsOwn: true,
    now,
    onMoved: (moved) => {
      last = moved;
      progress.say(`Bundles: ${moved.done} of ${moved.of} copied`);
    },
  });
  return last;
}

function answerOf({
  rows,
  moved,
  dataFolder,
  to,
}: {
  rows: Record<string, number>;
  moved: Moved;
  dataFolder: string;
  to: string;
}): DataAnswer {
  const all = Object.values(rows).reduce((sum, count) => sum + count, 0);
  const lost = moved.damaged + moved.missing;
  const lines = [
    `${counted(all, 'row')} of ${counted(Object.keys(rows).length, 'table')} and ${counted(moved.done - moved.damaged, 'bundle')} are copied and verified. ${dataFolder} is as it was.`,
    ...(lost === 0 ? [] : [`${counted(lost, 'bundle')} could not be copied. Which: touchmark check`]),
    // Its password is for the person who has it already.
    `Start on it from now on: touchmark --data ${dataFolder} --database postgres://…@${hostOf(to)}`,
    `The ${SECRET_FILE} in ${dataFolder}, or the --secret, is still needed.`,
  ];
  return { json: { rows, bundles: moved }, text: `${lines.join('\n')}\n`, isWrong: lost > 0 };
}
