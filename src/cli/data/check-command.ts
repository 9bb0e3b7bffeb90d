import { join } from 'node:path';
import type { DataCommand } from '#cli/config.ts';
import { openUsedData } from '#cli/reachable-database.ts';
import { checkEngine } from '#database/copy/engine-check.ts';
import { inSnapshot } from '#database/copy/snapshot.ts';
import { findBlobs, neededBlobs } from '#registry/files/blob-place.ts';
import { blobProblem } from '#registry/files/blob-problem.ts';
import type { BlobStore } from '#registry/files/blob-store.ts';
import { checkRegistry, referrersOf, type Finding } from '#registry/integrity/registry-check.ts';
import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { counted, type DataAnswer, type DataTools } from './data-answer.ts';

const FROM_BACKUP = 'restore it from a backup, or release again';

/** Looks for what is wrong with the rows and bundles of a desk, running or not, and changes nothing. */
export async function check(command: DataCommand, { now, progress }: DataTools): Promise<DataAnswer> {
  const database = await openUsedData(command);
  const { db } = database;
  try {
    const storeOn = await findBlobs({
      db,
      ownFolder: join(command.dataFolder, 'blobs'),
      sharedFolder: command.blobFolder,
      now,
    });
    const ofRows = await inSnapshot(database, async (snapshot) => [
      ...(await checkEngine(database.engine, snapshot)),
      ...(await checkRegistry(snapshot, (text) => progress.say(text))),
    ]);
    const hashes = await neededBlobs(db);
    const findings = [
      ...ofRows,
      ...(await checkBlobs(db, storeOn(db), hashes, (text) => progress.say(text))),
    ];
    const lines = findings.map(
      ({ table, key, problem, advice }) => `${table} ${key}: ${problem}; ${advice}.\n`,
    );
    const summary =
      findings.length === 0
        ? `Nothing is wrong. Rows and ${counted(hashes.length, 'bundle')} are as they should be.\n`
        : `${counted(findings.length, 'thing')} wrong.\n`;
    return {
      json: { findings, bundles: hashes.length },
      text: lines.join('') + summary,
      isWrong: findings.length > 0,
    };
  } finally {
    await db.destroy();
  }
}

async function checkBlobs(
  db: Kysely<Database>,
  store: BlobStore,
  hashes: readonly string[],
  onProgress: (text: string) => void,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [index, hash] of hashes.entries()) {
    onProgress(`Bundles: ${index} of ${hashes.length} read`);
    const found = await blobProblem(store, hash);
    if (found === undefined) continue;
    // None are left where it was deleted meanwhile.
    for (const { table, key } of await referrersOf(db, hash)) {
      const problem = found === 'missing' ? `its bundle ${hash} is missing` : `its bundle ${hash} is damaged`;
      findings.push({ table, key, problem, advice: FROM_BACKUP });
    }
  }
  return findings;
}
