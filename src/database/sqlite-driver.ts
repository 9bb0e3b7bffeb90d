import { setTimeout as sleep } from 'node:timers/promises';
import {
  SelectQueryNode,
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
} from 'kysely';
import { storageProblem } from './engine.ts';
import { openSqliteFile, type SqliteFile } from './sqlite-file.ts';

// How long a statement waits for another's lock, in milliseconds, unless a `pragma busy_timeout` says otherwise.
const BUSY_MS = 10_000;
const BUSY_TIMEOUT = /^pragma busy_timeout = (\d+)$/i;
const MAX_PAUSE_MS = 50;

const SHARED_PRAGMAS = ['foreign_keys = ON', 'temp_store = MEMORY'];
const WRITER_PRAGMAS = ['journal_mode = WAL', 'synchronous = FULL', 'cache_size = -32768'];
const READER_PRAGMAS = ['query_only = ON', 'cache_size = -65536'];

/** What one caller does with the database, in a transaction or not. */
interface Caller extends DatabaseConnection {
  /** Lets the next writer go on; set while a transaction is open. */
  endTurn: (() => void) | undefined;
}

/**
 * Two connections to one file: writers take turns on one, and in between reads go on on the other. SQLite waits for a
 * lock by holding up the whole process; here it is asked again and again instead.
 */
export class SqliteDriver implements Driver {
  readonly #path: string;
  #writer: SqliteFile | undefined;
  #reader: SqliteFile | undefined;
  #busyMs = BUSY_MS;
  #lastTurn: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  async init(): Promise<void> {
    const writer = openSqliteFile(this.#path);
    this.#writer = writer;
    for (const pragma of [...SHARED_PRAGMAS, ...WRITER_PRAGMAS]) {
      // The switch to WAL needs the file for itself.
      await this.#untilFree(() => writer.execute(`pragma ${pragma}`));
    }
    if (this.#path === ':memory:') return;
    const reader = openSqliteFile(this.#path);
    this.#reader = reader;
    for (const pragma of [...SHARED_PRAGMAS, ...READER_PRAGMAS]) reader.execute(`pragma ${pragma}`);
  }

  async acquireConnection(): Promise<Caller> {
    const caller: Caller = {
      endTurn: undefined,
      executeQuery: async <Row>(query: CompiledQuery) => this.#execute<Row>(caller, query),
      async *streamQuery<Row>(query: CompiledQuery) {
        yield await caller.executeQuery<Row>(query);
      },
    };
    return caller;
  }

  async beginTransaction(caller: Caller): Promise<void> {
    const since = performance.now();
    const endTurn = await this.#takeTurn();
    try {
      // A deferred transaction that reads, then writes, can fail in the middle; an immediate one only here.
      await this.#untilFree(() => this.#file().execute('begin immediate'), since);
      caller.endTurn = endTurn;
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  async commitTransaction(caller: Caller): Promise<void> {
    await this.#untilFree(() => this.#file().execute('commit'));
    endTurnOf(caller);
  }

  async rollbackTransaction(caller: Caller): Promise<void> {
    try {
      // A full disk ends the transaction by itself; what failed must be told then, not that there is nothing to undo.
      if (this.#file().isTransaction()) this.#file().execute('rollback');
    } finally {
      endTurnOf(caller);
    }
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#reader?.close();
    const writer = this.#writer;
    if (writer === undefined) return;
    try {
      // So that the one file holds everything, for whoever copies it while nothing runs.
      await this.#untilFree(() => writer.execute('pragma wal_checkpoint(TRUNCATE)'));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(
        `${this.#path} could not take in what is in ${this.#path}-wal (${reason}). Nothing is lost while both stay together: make room on the disk, then start it again.`,
        { cause: error },
      );
    } finally {
      writer.close();
    }
  }

  async #execute<Row>(caller: Caller, query: CompiledQuery): Promise<QueryResult<Row>> {
    const { sql, parameters } = query;
    const since = performance.now();
    if (caller.endTurn !== undefined) return this.#file().execute<Row>(sql, parameters);
    const reader = this.#reader;
    if (reader !== undefined && isRead(query)) {
      return this.#untilFree(() => reader.execute<Row>(sql, parameters), since);
    }
    const [, busyMs] = BUSY_TIMEOUT.exec(sql) ?? [];
    if (busyMs !== undefined) {
      this.#busyMs = Number(busyMs);
      return { rows: [] };
    }
    const endTurn = await this.#takeTurn();
    try {
      return await this.#untilFree(() => this.#file().execute<Row>(sql, parameters), since);
    } finally {
      endTurn();
    }
  }

  #file(): SqliteFile {
    if (this.#writer === undefined) throw new Error('The database is not open');
    return this.#writer;
  }

  /** Resolves when all writers that came before are done, with the function that lets the next one go on. */
  async #takeTurn(): Promise<() => void> {
    const before = this.#lastTurn;
    let endTurn = (): void => {};
    this.#lastTurn = new Promise((resolve) => {
      endTurn = resolve;
    });
    await before;
    return endTurn;
  }

  /** Does it as soon as nobody else holds a lock. Throws what SQLite says of it once the time since then is over. */
  async #untilFree<Result>(work: () => Result, since = performance.now()): Promise<Result> {
    for (let pause = 2; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
      try {
        return work();
      } catch (error) {
        const isOver = performance.now() - since >= this.#busyMs;
        if (storageProblem(error) !== 'busy' || isOver) throw error;
      }
      await sleep(pause);
    }
  }
}

function endTurnOf(caller: Caller): void {
  caller.endTurn?.();
  caller.endTurn = undefined;
}

function isRead({ query, sql }: CompiledQuery): boolean {
  return SelectQueryNode.is(query) || /^\s*select\b/i.test(sql);
}
