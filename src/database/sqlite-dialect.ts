import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, type Dialect } from 'kysely';
import { SqliteDriver } from './sqlite-driver.ts';

/**
 * Kysely on `node:sqlite`'s API. WAL with `synchronous=FULL`: an acknowledged write survives a power loss. Reads have a
 * connection of their own and never wait for a writer, be it of another process. `path` may be `:memory:`.
 */
export function sqliteDialect(path: string): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new SqliteDriver(path),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}
