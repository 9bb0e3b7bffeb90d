import type { Migration } from 'kysely';
import { keyText, type Engine } from '#database/engine.ts';

/** What several processes on one database must know of each other. */
export function processes(engine: Engine): Migration {
  return {
    async up(db) {
      await db.schema
        .createTable('installation')
        .addColumn('key', keyText(engine), (column) => column.primaryKey())
        .addColumn('value', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('processes')
        .addColumn('id', keyText(engine), (column) => column.primaryKey())
        .addColumn('registry', 'text', (column) => column.notNull())
        .addColumn('url', 'text', (column) => column.notNull())
        .addColumn('place', 'text', (column) => column.notNull())
        .addColumn('started_at', 'text', (column) => column.notNull())
        .addColumn('beat', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('sign_in_codes')
        .addColumn('hash', keyText(engine), (column) => column.primaryKey())
        .addColumn('expires_at', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('sign_in_attempts')
        .addColumn('hash', keyText(engine), (column) => column.primaryKey())
        .addColumn('free_at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema.alterTable('operations').addColumn('process_id', keyText(engine)).execute();
      // Held by nobody: the next process takes them up.
      await db
        .updateTable('operations')
        .set({ process_id: '' })
        .where('state', 'in', ['sending', 'unknown'])
        .execute();
      // Only of what is open, so that looking for it costs nothing in a long ledger.
      await db.schema
        .createIndex('operations_held')
        .on('operations')
        .columns(['registry', 'process_id'])
        .where('process_id', 'is not', null)
        .execute();
    },
  };
}
