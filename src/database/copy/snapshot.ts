import { DatabaseSync } from '@photostructure/sqlite';
import { Kysely, sql, SqliteDialect } from 'kysely';
import type { OpenDatabase } from '#database/open.ts';
import type { Database } from '#database/schema.ts';

/** Reads one state of the database, whatever others write meanwhile, who need not wait. */
export async function inSnapshot<T>(
  { db, engine }: OpenDatabase,
  work: (snapshot: Kysely<Database>) => Promise<T>,
): Promise<T> {
  if (engine === 'postgres') {
    const reading = db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only');
    return reading.execute(work);
  }
  const { rows } = await sql<{ name: string; file: string }>`pragma database_list`.execute(db);
  const snapshot = openReader(rows.find(({ name }) => name === 'main')?.file ?? '');
  try {
    // It sees the state of its first statement, to the end.
    await sql`begin deferred`.execute(snapshot);
    return await work(snapshot);
  } finally {
    await snapshot.destroy();
  }
}

/** One connection of its own that only reads, so that nothing else is in its transaction. */
function openReader(path: string): Kysely<Database> {
  const file = new DatabaseSync(path, { readOnly: true });
  file.exec('PRAGMA busy_timeout = 5000; PRAGMA temp_store = MEMORY');
  const dialect = new SqliteDialect({
    database: {
      close: () => {
        // Statements that are not collected yet would keep it open, and with it the log of what is written.
        if (file.isTransaction) file.exec('ROLLBACK');
        file.close();
      },
      prepare: (text) => {
        const statement = file.prepare(text);
        return {
          reader: statement.columns().length > 0,
          all: (parameters) => statement.all(...parameters),
          run: (parameters) => statement.run(...parameters),
          iterate: (parameters) => statement.iterate(...parameters),
        };
      },
    },
  });
  return new Kysely<Database>({ dialect });
}
