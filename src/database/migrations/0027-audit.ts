import type { Migration } from 'kysely';
import { keyText, type Engine } from '#database/engine.ts';

/** What changed in the registry, by whom, and whose affair it is. */
export function auditTables(engine: Engine): Migration {
  const key = keyText(engine);
  return {
    async up({ schema }) {
      await schema
        .createTable('audit_entries')
        // It begins with the time, so that ids are in the order of what happened.
        .addColumn('id', key, (c) => c.primaryKey())
        .addColumn('at', key, (c) => c.notNull())
        .addColumn('action', key, (c) => c.notNull())
        .addColumn('outcome', key, (c) => c.notNull())
        .addColumn('actor_kind', key, (c) => c.notNull())
        .addColumn('actor', key)
        .addColumn('key_id', key)
        .addColumn('key_label', 'text')
        .addColumn('origin', key, (c) => c.notNull())
        .addColumn('product', 'text')
        .addColumn('address', key)
        .addColumn('request_id', key)
        .addColumn('operation_id', key)
        .addColumn('target', key)
        .addColumn('target_id', key)
        .addColumn('namespace', key)
        .addColumn('changes', 'text', (c) => c.notNull())
        .addColumn('went', 'text')
        .addColumn('note', 'text')
        .addColumn('search_text', 'text', (c) => c.notNull())
        // What happens again within its hour is counted here instead of written down anew.
        .addColumn('counted_as', key, (c) => c.unique())
        .addColumn('times', 'integer', (c) => c.notNull().defaultTo(1))
        .execute();
      await schema
        .createIndex('audit_entries_by_target')
        .on('audit_entries')
        .columns(['target', 'id'])
        .execute();
      await schema
        .createIndex('audit_entries_by_target_id')
        .on('audit_entries')
        .columns(['target_id', 'id'])
        .execute();
      await schema
        .createTable('audit_viewers')
        .addColumn('owner_id', key, (c) => c.notNull())
        .addColumn('entry_id', key, (c) => c.notNull().references('audit_entries.id').onDelete('cascade'))
        .addPrimaryKeyConstraint('audit_viewers_key', ['owner_id', 'entry_id'])
        .execute();
      await schema.createIndex('audit_viewers_by_entry').on('audit_viewers').column('entry_id').execute();
    },
  };
}
