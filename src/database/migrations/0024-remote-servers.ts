import type { Migration } from 'kysely';
import { keyText, rowNumber, type Engine } from '#database/engine.ts';

/** What is kept of the servers that keys own in registries elsewhere. */
export function remoteServers(engine: Engine): Migration {
  const key = keyText(engine);
  return {
    async up({ schema }) {
      await schema
        .createTable('owned_lists')
        .addColumn('rid', rowNumber(engine))
        .addColumn('registry', key, (c) => c.notNull())
        .addColumn('key_print', key, (c) => c.notNull())
        .addColumn('asked_at', key, (c) => c.notNull())
        .addColumn('filler', key)
        .execute();
      await schema
        .createIndex('owned_lists_by_key')
        .unique()
        .on('owned_lists')
        .columns(['registry', 'key_print'])
        .execute();
      await schema
        .createTable('owned_namespaces')
        .addColumn('list_rid', 'bigint', (c) => c.notNull().references('owned_lists.rid').onDelete('cascade'))
        .addColumn('namespace', key, (c) => c.notNull())
        .addColumn('listed_at', key)
        .addColumn('failure', 'text')
        .addColumn('lost_entries', 'integer', (c) => c.notNull())
        .addColumn('lost_values', 'integer', (c) => c.notNull())
        .addColumn('claimed', 'bigint')
        .addPrimaryKeyConstraint('owned_namespaces_key', ['list_rid', 'namespace'])
        .execute();
      await schema
        .createTable('owned_servers')
        .addColumn('list_rid', 'bigint', (c) => c.notNull().references('owned_lists.rid').onDelete('cascade'))
        .addColumn('qualified_name', key, (c) => c.notNull())
        .addColumn('namespace', key, (c) => c.notNull())
        .addColumn('sort_name', key)
        .addColumn('state_rank', 'integer')
        .addColumn('released_at', key)
        .addColumn('called_at', key)
        .addColumn('uses', 'bigint')
        .addColumn('created_at', key)
        .addColumn('filter_bits', 'integer', (c) => c.notNull())
        .addColumn('quiet_from', key)
        .addColumn('as_of', key, (c) => c.notNull())
        .addColumn('listed_at', key, (c) => c.notNull())
        .addColumn('detailed_at', key)
        .addColumn('due_at', key, (c) => c.notNull())
        .addColumn('gone_at', key)
        .addColumn('changed', 'text')
        .addColumn('facts', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('owned_servers_key', ['list_rid', 'qualified_name'])
        .execute();
      for (const column of ['sort_name', 'state_rank', 'released_at', 'called_at', 'uses', 'created_at']) {
        await schema
          .createIndex(`owned_servers_by_${column}`)
          .on('owned_servers')
          .columns(['list_rid', column, 'qualified_name'])
          .execute();
      }
      await schema
        .createIndex('owned_servers_by_due')
        .on('owned_servers')
        .columns(['list_rid', 'due_at', 'uses'])
        .execute();
      // All that counting looks at.
      await schema
        .createIndex('owned_servers_counted')
        .on('owned_servers')
        .columns([
          'list_rid',
          'namespace',
          'filter_bits',
          'quiet_from',
          'as_of',
          'detailed_at',
          'gone_at',
          'state_rank',
        ])
        .execute();
    },
  };
}
