import type { Migration } from 'kysely';
import { keyText, rowNumber, type Engine } from '#database/engine.ts';

/** What is remembered of servers that were deleted, and of names that were left by a transfer. */
export function deletedServers(engine: Engine): Migration {
  const key = keyText(engine);
  return {
    async up({ schema }) {
      await schema
        .createTable('deleted_servers')
        .addColumn('rid', rowNumber(engine))
        .addColumn('id', key, (c) => c.notNull())
        .addColumn('qualified_name', key, (c) => c.notNull())
        .addColumn('owner_id', key, (c) => c.notNull().references('users.id').onDelete('cascade'))
        .addColumn('description', 'text', (c) => c.notNull())
        .addColumn('last_version', 'text')
        .addColumn('was_listed', 'integer', (c) => c.notNull())
        .addColumn('moved_to', key)
        .addColumn('deleted_at', key, (c) => c.notNull())
        .execute();
      await schema
        .createIndex('deleted_servers_by_name')
        .on('deleted_servers')
        .columns(['qualified_name', 'deleted_at'])
        .execute();
      await schema
        .createIndex('deleted_servers_by_owner')
        .on('deleted_servers')
        .columns(['owner_id', 'deleted_at'])
        .execute();
      await schema.createIndex('deleted_servers_by_server').on('deleted_servers').column('id').execute();
    },
  };
}
