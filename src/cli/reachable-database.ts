import { DatabaseRefused } from '#database/installation.ts';
import type { DatabaseLocation, OpenDatabase } from '#database/open.ts';
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
