import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

/** What is known of the installation as a whole. */
export interface InstallationRow {
  key: InstallationKey;
  value: string;
}

/**
 * `id`: a UUID, made when it is first asked for. `blobs`: where bundles are kept, unless in the data folder. `version`: the
 * Touchmark that last brought the schema up to date. `secret-fingerprint`: tells the sealing secret from others.
 */
type InstallationKey = 'id' | 'blobs' | 'version' | 'secret-fingerprint';

/** A fact of the installation; undefined where it was never written. */
export async function readInstallation(
  db: Kysely<Database>,
  key: InstallationKey,
): Promise<string | undefined> {
  const row = await db.selectFrom('installation').select('value').where('key', '=', key).executeTakeFirst();
  return row?.value;
}

/** Writes a fact in the place of what was there. */
export async function writeInstallation(
  db: Kysely<Database>,
  key: InstallationKey,
  value: string,
): Promise<void> {
  await db
    .insertInto('installation')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute();
}

/** Writes a fact unless there is one; returns what is there then. Of several at once, all get the same. */
export async function claimInstallation(
  db: Kysely<Database>,
  key: InstallationKey,
  value: string,
): Promise<string> {
  await db
    .insertInto('installation')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
  return (await readInstallation(db, key)) ?? value;
}
