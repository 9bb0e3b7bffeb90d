import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { readInstallation, writeInstallation, DatabaseRefused } from '#database/installation.ts';
import type { OpenDatabase } from '#database/open.ts';
import type { Database } from '#database/schema.ts';
import { COPIED_TABLES, type CopiedTable } from './copied-tables.ts';
import { countRows, digestTable, insertRows, lastRow, readRows } from './table-rows.ts';
import { followRowNumbers, isUnused } from './unused-database.ts';

/** How far a move is. */
export interface MoveProgress {
  step: 'copied' | 'verified';
  table: string;
  /** Rows of this table. */
  done: number;
  of: number;
}

/**
 * Copies every row to another database and compares what is there then, table by table. Goes on where it was
 * interrupted; until `finishMove` no desk starts there. Returns how many rows each table has. Throws DatabaseRefused
 * where the target holds anything else, or turns out not to be the same.
 */
export async function moveRows(
  source: Kysely<Database>,
  target: OpenDatabase,
  onProgress: (progress: MoveProgress) => void,
): Promise<Record<string, number>> {
  await claimTarget(target, await identify(source));
  for (const table of COPIED_TABLES) await copyRest(source, target.db, table, onProgress);
  const rows: Record<string, number> = {};
  for (const table of COPIED_TABLES) rows[table.name] = await compare(source, target.db, table, onProgress);
  await followRowNumbers(target, target.db);
  return rows;
}

/** Lets desks start on the copy. */
export async function finishMove(target: OpenDatabase): Promise<void> {
  await target.db.deleteFrom('installation').where('key', '=', 'unfinished-copy').execute();
}

/** Tells a database from others by what never changes in it, without a word written to it. */
async function identify(source: Kysely<Database>): Promise<string> {
  const secret = await readInstallation(source, 'secret-fingerprint');
  const first = await source
    .selectFrom('users')
    .select('id')
    .orderBy('created_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return createHash('sha256')
    .update(`${secret ?? ''} ${first?.id ?? ''}`)
    .digest('hex');
}

async function claimTarget(target: OpenDatabase, source: string): Promise<void> {
  const begun = await readInstallation(target.db, 'unfinished-copy');
  if (begun === source) return;
  if (begun !== undefined || !(await isUnused(target))) {
    throw new DatabaseRefused(
      begun === undefined
        ? 'The target is used already. Nothing was changed. Name an empty database with --to.'
        : 'The target holds the unfinished copy of another data folder. Nothing was changed. Name an empty database with --to.',
    );
  }
  await writeInstallation(target.db, 'unfinished-copy', source);
}

async function copyRest(
  source: Kysely<Database>,
  target: Kysely<Database>,
  table: CopiedTable,
  onProgress: (progress: MoveProgress) => void,
): Promise<void> {
  const of = await countRows(source, table);
  // Its facts are few, and some of them are the target's own.
  if (table.name === 'installation') {
    for await (const rows of readRows(source, table)) {
      for (const { key, value } of rows) await writeInstallation(target, key as 'id', String(value));
    }
    return;
  }
  let done = await countRows(target, table);
  for await (const rows of readRows(source, table, await lastRow(target, table))) {
    await target.transaction().execute(async (trx) => insertRows(trx, table.name, rows));
    done += rows.length;
    onProgress({ step: 'copied', table: table.name, done, of });
  }
}

async function compare(
  source: Kysely<Database>,
  target: Kysely<Database>,
  table: CopiedTable,
  onProgress: (progress: MoveProgress) => void,
): Promise<number> {
  const of = await countRows(source, table);
  let done = 0;
  const here = await digestTable(source, table);
  const there = await digestTable(target, table, (rows) => {
    done += rows;
    onProgress({ step: 'verified', table: table.name, done, of });
  });
  if (here.rows === there.rows && here.digest === there.digest) return here.rows;
  throw new DatabaseRefused(
    `The table ${table.name} is not the same in the target (${there.rows} rows of ${here.rows}): somebody changed one of them meanwhile. The data folder is as it was. Make the target empty, then try again.`,
  );
}
