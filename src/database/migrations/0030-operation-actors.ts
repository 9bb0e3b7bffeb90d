import type { Migration } from 'kysely';
import { keyText, type Engine } from '#database/engine.ts';

/** Who asked for the changes of the ledger, which older entries do not tell, and what finds the registry's entries of them. */
export function operationActors(engine: Engine): Migration {
  return {
    async up({ schema }) {
      for (const column of ['actor_user', 'actor_key_label']) {
        await schema.alterTable('operations').addColumn(column, keyText(engine)).execute();
      }
      await schema
        .createIndex('audit_entries_by_operation')
        .on('audit_entries')
        .column('operation_id')
        .execute();
    },
  };
}
