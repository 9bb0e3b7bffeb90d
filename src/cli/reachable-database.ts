import { existsSync } from 'node:fs';
import { sqlitePathIn } from '#database/data-folder.ts';
import { DatabaseRefused } from '#database/installation.ts';
import {
  isUpToDate,
  openDatabaseAsItIs,
  pingDatabase,
  type DatabaseLocation,
  type OpenDatabase,
} from '#database/open.ts';
import { ConfigError } from './config-error.ts';

/** Opens the database of these settings with `open`. Throws ConfigError, in one line that never holds a password, where that fails. */
export async function reachDatabase(
  { databaseUrl, sqlitePath }: { databaseUrl: string | null; sqlitePath: string },
  open: (location: DatabaseLocation) => Promise<OpenDatabase>,
): Promise<OpenDatabase> {
  try {
    return await open(
      databaseUrl === null
        ? { engine: 'sqlite', path: sqlitePath }
        : { engine: 'postgres', url: databaseUrl },
    );
  } catch (error) {
    if (error instanceof ConfigError || error instanceof DatabaseRefused) throw error;
    const reason = reasonOf(error);
    throw new ConfigError(
      databaseUrl === null
        ? `The database ${sqlitePath} cannot be opened (${reason}). Check the disk, or pass another --data.`
        : `The database at ${hostOf(databaseUrl)} cannot be reached (${reason}). Check --database or DATABASE_URL, and that PostgreSQL is running.`,
      { cause: error },
    );
  }
}

/** Opens the data of a desk, running or not, as it is. Throws ConfigError where there is none of this version. */
export async function openUsedData({
  dataFolder,
  databaseUrl,
}: {
  dataFolder: string;
  databaseUrl: string | null;
}): Promise<OpenDatabase> {
  const sqlitePath = sqlitePathIn(dataFolder);
  const place = databaseUrl === null ? dataFolder : hostOf(databaseUrl);
  if (databaseUrl === null && !existsSync(sqlitePath)) {
    throw new ConfigError(
      `There is no Touchmark data in ${place}. Start touchmark there once, or pass another --data.`,
    );
  }
  return reachDatabase({ databaseUrl, sqlitePath }, async (location) => {
    const opened = openDatabaseAsItIs(location);
    if (await isUpToDate(opened)) return opened;
    await opened.db.destroy();
    throw new ConfigError(
      `The data in ${place} is none of this version of Touchmark. Start it there once, then try again.`,
    );
  });
}

/** Opens a database of whatever kind and age, once it answers, and leaves it as it is. Throws as `reachDatabase`. */
export async function openAsItIs(place: {
  databaseUrl: string | null;
  sqlitePath: string;
}): Promise<OpenDatabase> {
  return reachDatabase(place, async (location) => {
    const opened = openDatabaseAsItIs(location);
    await pingDatabase(opened.db);
    return opened;
  });
}

/** The first line of what went wrong. */
export function reasonOf(error: unknown): string {
  // A refused connection to several addresses comes as one error whose own message is empty.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

/** Where the database is, without what its URL says of user and password. */
export function hostOf(databaseUrl: string): string {
  const { host, pathname } = new URL(databaseUrl);
  return `${host}${pathname}`;
}
