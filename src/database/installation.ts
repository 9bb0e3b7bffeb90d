import type { Kysely } from 'kysely';
import type { InstallationFact } from './installation-tables.ts';
import type { Database } from './schema.ts';

/** The database may not be used as asked; the message is one line that says why and what to do. */
export class DatabaseRefused extends Error {
  override name = 'DatabaseRefused';
}

/** A fact of the installation; undefined where it was never written. */
export async function readInstallation(
  db: Kysely<Database>,
  key: InstallationFact,
): Promise<string | undefined> {
  const row = await db.selectFrom('installation').select('value').where('key', '=', key).executeTakeFirst();
  return row?.value;
}

/** Writes a fact in the place of what was there. */
export async function writeInstallation(
  db: Kysely<Database>,
  key: InstallationFact,
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
  key: InstallationFact,
  value: string,
): Promise<string> {
  await db
    .insertInto('installation')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
  return (await readInstallation(db, key)) ?? value;
}
