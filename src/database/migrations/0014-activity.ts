import type { Migration } from 'kysely';
import { keyText, type Engine } from '#database/engine.ts';

/** Whose attempts the ledger has, since when keys have their namespaces, and what finds entries by both and by age. */
export function activity(engine: Engine): Migration {
  const key = keyText(engine);
  return {
    async up(db) {
      await db.schema
        .alterTable('operations')
        .addColumn('by_owner', 'integer', (c) => c.notNull().defaultTo(1))
        .execute();
      // All that older entries tell: the registry said so.
      await db.updateTable('operations').set({ by_owner: 0 }).where('finding', '=', 'not-owned').execute();
      await db.schema.dropIndex('operations_by_namespace').execute();
      await db.schema
        .createIndex('operations_in_namespace')
        .on('operations')
        .columns(['registry', 'namespace', 'by_owner', 'created_at', 'id'])
        .execute();
      await db.schema
        .createIndex('operations_by_settling')
        .on('operations')
        .columns(['registry', 'settled_at'])
        .execute();
      await db.schema
        .createTable('namespace_sights')
        .addColumn('registry', key, (c) => c.notNull())
        .addColumn('key_print', key, (c) => c.notNull())
        .addColumn('namespaces', 'text', (c) => c.notNull())
        .addColumn('seen_at', key, (c) => c.notNull())
        .addPrimaryKeyConstraint('namespace_sights_key', ['registry', 'key_print'])
        .execute();
      // Read anew at the next request: sessions did not keep since when.
      await db
        .updateTable('sessions')
        .set({ namespaces: '[]', namespaces_at: '1970-01-01T00:00:00.000Z' })
        .execute();
    },
  };
}
