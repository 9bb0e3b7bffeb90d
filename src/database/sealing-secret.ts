import type { Kysely } from 'kysely';
import { fingerprint } from '#platform/sealing.ts';
import type { DataFolder } from './data-folder.ts';
import { claimInstallation, DatabaseRefused, readInstallation, writeInstallation } from './installation.ts';
import { findRunning } from './processes.ts';
import type { Database } from './schema.ts';

/** How the secret is found. */
export interface SealingOptions {
  /** What the secret is read from, or made in. */
  folder: Pick<DataFolder, 'secret' | 'makeSecret'>;
  /** Whether what was sealed with a secret that is lost is given up. */
  newSecret: boolean;
  /** True where no other process can be running on this data. */
  alone: boolean;
  /** Writes down what is about to be given up, within the transaction that does it. */
  onGivingUp: (trx: Kysely<Database>, lost: { sessions: number }) => Promise<void>;
  now: () => Date;
}

/**
 * The secret that this installation's data is sealed with; made at the very first start. Throws DatabaseRefused where it
 * is another one, or missing although the data is used, unless that is given up; and where there is nothing to give up.
 * To be called by one process at a time.
 */
export async function sealingSecret(
  db: Kysely<Database>,
  { folder, newSecret, alone, onGivingUp, now }: SealingOptions,
): Promise<Uint8Array> {
  const known = await readInstallation(db, 'secret-fingerprint');
  const isLost =
    folder.secret === undefined
      ? known !== undefined || (await isUsed(db))
      : known !== undefined && known !== fingerprint(folder.secret);
  if (!isLost) {
    if (newSecret) throw new DatabaseRefused('No secret is lost: start without --new-secret.');
    const secret = folder.secret ?? folder.makeSecret();
    await claimInstallation(db, 'secret-fingerprint', fingerprint(secret));
    return secret;
  }
  if (!newSecret) throw new DatabaseRefused(await lostWords(db, folder.secret === undefined));
  if (!alone) await refuseBesideOthers(db);
  // Made first: if it ends here, the next start finds a secret that does not fit, and is told the same again.
  const secret = folder.secret ?? folder.makeSecret();
  await giveUpSealed(db, fingerprint(secret), { onGivingUp, now });
  return secret;
}

// Of a version that wrote no fingerprint down.
async function isUsed(db: Kysely<Database>): Promise<boolean> {
  for (const table of ['users', 'sessions', 'operations'] as const) {
    const row = await db
      .selectFrom(table)
      .select((e) => e.lit(1).as('one'))
      .limit(1)
      .executeTakeFirst();
    if (row !== undefined) return true;
  }
  return false;
}

async function lostWords(db: Kysely<Database>, isMissing: boolean): Promise<string> {
  const { count } = await db
    .selectFrom('secrets')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('sealed', 'is not', null)
    .executeTakeFirstOrThrow();
  const what = isMissing ? 'a secret that is not here' : 'another secret than the one given';
  const values = count === 1 ? 'the value of 1 server secret' : `the values of ${count} server secrets`;
  return (
    `This data is sealed with ${what}. Pass the --secret it was started with, or put its secret.key back into the data folder. ` +
    `If it is lost, ${values} cannot be read any more, and all sign-ins and service tokens have ended: start once with --new-secret to go on without them.`
  );
}

async function refuseBesideOthers(db: Kysely<Database>): Promise<void> {
  const running = await findRunning(db);
  if (running.length === 0) return;
  const places = running.map(({ place, url }) => `${place} (${url})`).join(', ');
  throw new DatabaseRefused(
    `Others run on this data with the secret it has, so that is not lost: ${places}. Start with theirs, or stop them all first.`,
  );
}

async function giveUpSealed(
  db: Kysely<Database>,
  newFingerprint: string,
  { onGivingUp, now }: Pick<SealingOptions, 'onGivingUp' | 'now'>,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { sessions } = await trx
      .selectFrom('sessions')
      .select((e) => e.fn.countAll<number>().as('sessions'))
      .executeTakeFirstOrThrow();
    await onGivingUp(trx, { sessions });
    await trx
      .updateTable('secrets')
      .set({ sealed: null, lost_at: now().toISOString() })
      .where('sealed', 'is not', null)
      .execute();
    await trx.deleteFrom('sessions').execute();
    // What is open stays unknown until its owner looks. Its prints cannot be compared with new ones.
    await trx
      .updateTable('operations')
      .set({ key_sealed: null, expected: null })
      .where('settled_at', 'is', null)
      .execute();
    await writeInstallation(trx, 'secret-fingerprint', newFingerprint);
  });
}
