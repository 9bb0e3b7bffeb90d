import type { Migration } from 'kysely';
import { keyText, type Engine } from '#database/engine.ts';

/** Who asked for the changes of the ledger; older entries do not tell. */
export function operationActors(engine: Engine): Migration {
  return {
    async up({ schema }) {
      for (const column of ['actor_user', 'actor_key_label']) {
        await schema.alterTable('operations').addColumn(column, keyText(engine)).execute();
      }
    },
  };
}
