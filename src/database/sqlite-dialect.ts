import { DatabaseSync, type StatementSyncInstance } from '@photostructure/sqlite';
import { CompiledQuery, SqliteDialect, type SqliteDatabase } from 'kysely';

type PreparedStatement = ReturnType<SqliteDatabase['prepare']>;

// A statement is compiled once per SQL text; stores build a bounded set of texts, lists of ids aside.
const MAX_CACHED_STATEMENTS = 200;

/**
 * Kysely on `node:sqlite`'s API. WAL with `synchronous=FULL`: an acknowledged write survives a power loss.
 * `path` may be `:memory:`.
 */
export function sqliteDialect(path: string): SqliteDialect {
  return new SqliteDialect({
    database: async () => openSqlite(path),
    onCreateConnection: async (connection) => {
      for (const pragma of [
        // First, so that even the switch to WAL waits for another process instead of failing.
        'busy_timeout = 5000',
        'journal_mode = WAL',
        'synchronous = FULL',
        'foreign_keys = ON',
        'temp_store = MEMORY',
        'cache_size = -65536',
      ]) {
        await connection.executeQuery(CompiledQuery.raw(`PRAGMA ${pragma}`));
      }
    },
  });
}

function openSqlite(path: string): SqliteDatabase {
  const database = new DatabaseSync(path);
  const cache = new Map<string, PreparedStatement>();
  return {
    close: () => {
      cache.clear();
      // So that the one file holds everything, for whoever copies it while nothing runs.
      try {
        database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(
          `${path} could not take in what is in ${path}-wal (${reason}). Nothing is lost while both stay together: make room on the disk, then start it again.`,
          { cause: error },
        );
      } finally {
        database.close();
      }
    },
    prepare: (sql) => {
      // A deferred transaction that reads, then writes, can fail at once with "busy"; an immediate one waits.
      if (sql === 'begin') return adaptStatement(database.prepare('begin immediate'));
      // A full disk ends the transaction by itself; what failed must be told then, not that there is nothing to undo.
      if (sql === 'rollback' && !database.isTransaction) return nothingToRollBack;
      let statement = cache.get(sql);
      if (statement === undefined) {
        statement = adaptStatement(database.prepare(sql));
        if (cache.size >= MAX_CACHED_STATEMENTS) cache.clear();
        cache.set(sql, statement);
      }
      return statement;
    },
  };
}

const nothingToRollBack: PreparedStatement = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [][Symbol.iterator](),
};

type Bindable = null | number | bigint | string | Uint8Array;

function adaptStatement(statement: StatementSyncInstance): PreparedStatement {
  const bind = (parameters: readonly unknown[]) => parameters.map(toBindable);
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...bind(parameters)),
    run: (parameters) => {
      const { changes, lastInsertRowid } = statement.run(...bind(parameters));
      return { changes, lastInsertRowid };
    },
    iterate: (parameters) => statement.iterate(...bind(parameters)) as IterableIterator<unknown>,
  };
}

function toBindable(value: unknown): Bindable {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === undefined) return null;
  return value as Bindable;
}
