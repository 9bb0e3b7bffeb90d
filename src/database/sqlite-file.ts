import { DatabaseSync, type StatementSyncInstance } from '@photostructure/sqlite';
import type { QueryResult } from 'kysely';

type Bindable = null | number | bigint | string | Uint8Array;

// A statement is compiled once per SQL text; stores build a bounded set of texts, lists of ids aside.
const MAX_CACHED_STATEMENTS = 200;

/** One connection to a database file. It never waits: where another holds a lock, it throws at once. */
export interface SqliteFile {
  execute<Row>(sql: string, parameters?: readonly unknown[]): QueryResult<Row>;
  isTransaction(): boolean;
  close(): void;
}

export function openSqliteFile(path: string): SqliteFile {
  const database = new DatabaseSync(path);
  const cache = new Map<string, { statement: StatementSyncInstance; hasRows: boolean }>();

  function prepared(sql: string) {
    const known = cache.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    const made = { statement, hasRows: statement.columns().length > 0 };
    if (cache.size >= MAX_CACHED_STATEMENTS) cache.clear();
    cache.set(sql, made);
    return made;
  }

  return {
    execute(sql, parameters = []) {
      const { statement, hasRows } = prepared(sql);
      const bound = parameters.map(toBindable);
      if (hasRows) return { rows: statement.all(...bound) as never[] };
      const { changes, lastInsertRowid } = statement.run(...bound);
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
    },
    isTransaction: () => database.isTransaction,
    close() {
      cache.clear();
      database.close();
    },
  };
}

function toBindable(value: unknown): Bindable {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === undefined) return null;
  return value as Bindable;
}
