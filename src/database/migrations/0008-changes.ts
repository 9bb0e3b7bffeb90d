import type { Migration } from 'kysely';
import { keyText, type Engine } from '#database/engine.ts';

/** What the ledger keeps of changes that have a body, and of answers that a replay needs. */
export function changes(engine: Engine): Migration {
  return {
    async up(db) {
      for (const [name, type] of [
        ['body_print', keyText(engine)],
        ['expected', 'text'],
        ['file_name', 'text'],
        ['file_bytes', 'bigint'],
        ['answer', 'text'],
        ['field', 'text'],
      ] as const) {
        await db.schema.alterTable('operations').addColumn(name, type).execute();
      }
    },
  };
}
