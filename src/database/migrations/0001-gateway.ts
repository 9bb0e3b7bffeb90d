import type { Migration } from 'kysely';
import { keyText, type Engine } from '#database/engine.ts';

/** Sessions and the ledger of operations. */
export function gatewayTables(engine: Engine): Migration {
  const key = keyText(engine);
  return {
    async up(db) {
      await db.schema
        .createTable('sessions')
        .addColumn('id_hash', key, (c) => c.primaryKey())
        .addColumn('registry', 'text', (c) => c.notNull())
        .addColumn('key_sealed', 'text', (c) => c.notNull())
        .addColumn('key_print', 'text', (c) => c.notNull())
        .addColumn('key_minted', 'integer', (c) => c.notNull())
        .addColumn('namespaces', 'text', (c) => c.notNull())
        .addColumn('namespaces_at', key, (c) => c.notNull())
        .addColumn('user_agent', 'text')
        .addColumn('created_at', key, (c) => c.notNull())
        .addColumn('seen_at', key, (c) => c.notNull())
        .execute();
      await db.schema.createIndex('sessions_by_seen').on('sessions').column('seen_at').execute();
      await db.schema
        .createTable('operations')
        .addColumn('id', key, (c) => c.primaryKey())
        .addColumn('registry', key, (c) => c.notNull())
        .addColumn('action', 'text', (c) => c.notNull())
        .addColumn('target', key, (c) => c.notNull())
        .addColumn('namespace', key, (c) => c.notNull())
        .addColumn('target_id', 'text')
        .addColumn('actor', key, (c) => c.notNull())
        .addColumn('key_sealed', 'text')
        .addColumn('state', key, (c) => c.notNull())
        .addColumn('finding', 'text')
        .addColumn('status', 'integer')
        .addColumn('message', 'text')
        .addColumn('retry_after', 'integer')
        .addColumn('request_id', 'text', (c) => c.notNull())
        .addColumn('user_agent', 'text')
        .addColumn('created_at', key, (c) => c.notNull())
        .addColumn('settled_at', 'text')
        .addColumn('checked_at', 'text')
        .execute();
      await db.schema
        .createIndex('operations_by_actor')
        .on('operations')
        .columns(['registry', 'actor', 'created_at', 'id'])
        .execute();
      await db.schema
        .createIndex('operations_by_namespace')
        .on('operations')
        .columns(['registry', 'namespace', 'created_at', 'id'])
        .execute();
      await db.schema.createIndex('operations_by_state').on('operations').columns(['state']).execute();
    },
  };
}
