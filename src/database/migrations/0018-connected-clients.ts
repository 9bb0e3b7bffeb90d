import type { Migration } from 'kysely';
import { keyText, type Engine } from '#database/engine.ts';

/** OAuth clients, what they ask for, and what owners allowed them. */
export function connectedClients(engine: Engine): Migration {
  const key = keyText(engine);
  return {
    async up({ schema }) {
      await schema
        .createTable('oauth_clients')
        .addColumn('id', key, (c) => c.primaryKey())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('name', 'text')
        .addColumn('redirect_uris', 'text', (c) => c.notNull())
        .addColumn('created_at', key, (c) => c.notNull())
        .addColumn('used_at', key)
        .execute();
      await schema
        .createIndex('oauth_clients_by_use')
        .on('oauth_clients')
        .columns(['used_at', 'created_at'])
        .execute();
      await schema
        .createTable('oauth_requests')
        .addColumn('hash', key, (c) => c.primaryKey())
        .addColumn('client_id', key, (c) => c.notNull().references('oauth_clients.id').onDelete('cascade'))
        .addColumn('redirect_uri', 'text', (c) => c.notNull())
        .addColumn('code_challenge', 'text', (c) => c.notNull())
        .addColumn('state', 'text')
        .addColumn('server_name', key)
        .addColumn('expires_at', key, (c) => c.notNull())
        .execute();
      await schema.createIndex('oauth_requests_by_client').on('oauth_requests').column('client_id').execute();
      await schema.createIndex('oauth_requests_by_end').on('oauth_requests').column('expires_at').execute();
      await schema
        .createTable('oauth_grants')
        .addColumn('id', key, (c) => c.primaryKey())
        .addColumn('user_id', key, (c) => c.notNull().references('users.id').onDelete('cascade'))
        .addColumn('key_id', key, (c) => c.references('api_keys.id').onDelete('cascade'))
        .addColumn('client_id', key, (c) => c.notNull().references('oauth_clients.id').onDelete('cascade'))
        .addColumn('redirect_uri', 'text', (c) => c.notNull())
        .addColumn('created_at', key, (c) => c.notNull())
        .addColumn('used_at', key)
        .execute();
      await schema
        .createIndex('oauth_grants_by_user')
        .on('oauth_grants')
        .columns(['user_id', 'created_at'])
        .execute();
      await schema.createIndex('oauth_grants_by_key').on('oauth_grants').column('key_id').execute();
      await schema.createIndex('oauth_grants_by_client').on('oauth_grants').column('client_id').execute();
      await schema
        .createTable('oauth_grant_servers')
        .addColumn('grant_id', key, (c) => c.notNull().references('oauth_grants.id').onDelete('cascade'))
        .addColumn('server_rid', 'bigint', (c) => c.notNull().references('servers.rid').onDelete('cascade'))
        .addColumn('qualified_name', key, (c) => c.notNull())
        .addPrimaryKeyConstraint('oauth_grant_servers_key', ['grant_id', 'server_rid'])
        .execute();
      await schema
        .createIndex('oauth_grant_servers_by_server')
        .on('oauth_grant_servers')
        .column('server_rid')
        .execute();
      await schema
        .createTable('oauth_tokens')
        .addColumn('hash', key, (c) => c.primaryKey())
        .addColumn('kind', key, (c) => c.notNull())
        .addColumn('grant_id', key, (c) => c.notNull().references('oauth_grants.id').onDelete('cascade'))
        .addColumn('code_challenge', 'text')
        .addColumn('expires_at', key, (c) => c.notNull())
        .addColumn('used_at', key)
        .execute();
      await schema
        .createIndex('oauth_tokens_by_grant')
        .on('oauth_tokens')
        .columns(['grant_id', 'kind', 'expires_at'])
        .execute();
      await schema.createIndex('oauth_tokens_by_end').on('oauth_tokens').column('expires_at').execute();
    },
  };
}
