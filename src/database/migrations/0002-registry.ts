import type { ColumnDefinitionBuilder, Kysely, Migration } from 'kysely';
import { blob, keyText, rowNumber, type Engine } from '#database/engine.ts';

/** Users, keys, namespaces, servers and all that belongs to a server, which goes when the server goes. */
export function registryTables(engine: Engine): Migration {
  return {
    async up(db) {
      await createPeople(db, engine);
      await createServers(db, engine);
      await createReleases(db, engine);
      await createAttachments(db, engine);
      await createInvocations(db, engine);
      await createSearchIndex(db, engine);
    },
  };
}

type Schema = Kysely<unknown>;
const required = (column: ColumnDefinitionBuilder) => column.notNull();
const primary = (column: ColumnDefinitionBuilder) => column.primaryKey();
const ofServer = (column: ColumnDefinitionBuilder) =>
  column.notNull().references('servers.rid').onDelete('cascade');

async function createPeople({ schema }: Schema, engine: Engine): Promise<void> {
  const key = keyText(engine);
  await schema
    .createTable('users')
    .addColumn('id', key, primary)
    .addColumn('name', key, (c) => c.notNull().unique())
    .addColumn('created_at', key, required)
    .execute();
  await schema
    .createTable('api_keys')
    .addColumn('id', key, primary)
    .addColumn('user_id', key, (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('hash', key, (c) => c.notNull().unique())
    .addColumn('label', 'text', required)
    .addColumn('created_at', key, required)
    .addColumn('expires_at', key)
    .execute();
  await schema.createIndex('api_keys_by_user').on('api_keys').column('user_id').execute();
  await schema
    .createTable('namespaces')
    .addColumn('name', key, primary)
    .addColumn('owner_id', key, (c) => c.notNull().references('users.id'))
    .addColumn('created_at', key, required)
    .execute();
  await schema.createIndex('namespaces_by_owner').on('namespaces').columns(['owner_id', 'name']).execute();
}

async function createServers({ schema }: Schema, engine: Engine): Promise<void> {
  const key = keyText(engine);
  await schema
    .createTable('servers')
    .addColumn('rid', rowNumber(engine))
    .addColumn('id', key, (c) => c.notNull().unique())
    .addColumn('namespace', key, (c) => c.notNull().references('namespaces.name'))
    .addColumn('slug', key, required)
    .addColumn('qualified_name', key, (c) => c.notNull().unique())
    .addColumn('display_name', 'text', required)
    .addColumn('description', 'text', required)
    .addColumn('homepage', 'text')
    .addColumn('repository_url', 'text')
    .addColumn('repo_owner', key)
    .addColumn('repo_name', key)
    .addColumn('backlink_url', 'text')
    .addColumn('license', 'text')
    .addColumn('icon_url', 'text')
    .addColumn('unlisted', 'integer', required)
    .addColumn('verified', 'integer', required)
    .addColumn('managed', 'integer', required)
    .addColumn('use_count', 'bigint', required)
    .addColumn('remote', 'integer')
    .addColumn('live_type', key)
    .addColumn('runtime', 'text')
    .addColumn('scan_passed', 'integer')
    .addColumn('created_at', key, required)
    .addColumn('updated_at', key, required)
    // Last, so that reading a list never walks through them.
    .addColumn('config_schema', 'text')
    .addColumn('tools', 'text')
    .addColumn('resources', 'text')
    .addColumn('prompts', 'text')
    .execute();
  // Each holds every column that the list filters by: counting and skipping read the index alone.
  const order = ['use_count desc', 'qualified_name'] as const;
  const filters = ['unlisted', 'verified', 'managed', 'remote', 'live_type', 'rid'] as const;
  await schema
    .createIndex('servers_by_use')
    .on('servers')
    .columns([...order, 'namespace', ...filters])
    .execute();
  await schema
    .createIndex('servers_by_namespace')
    .on('servers')
    .columns(['namespace', ...order, ...filters])
    .execute();
  await schema
    .createIndex('servers_by_repository')
    .on('servers')
    .columns(['repo_owner', 'repo_name', ...order])
    .execute();
  await schema
    .createIndex('servers_by_repository_name')
    .on('servers')
    .columns(['repo_name', ...order])
    .execute();
}

async function createReleases({ schema }: Schema, engine: Engine): Promise<void> {
  const key = keyText(engine);
  await schema
    .createTable('releases')
    .addColumn('id', key, primary)
    .addColumn('server_rid', 'bigint', ofServer)
    .addColumn('status', 'text', required)
    .addColumn('type', 'text', required)
    .addColumn('commit_sha', 'text')
    .addColumn('commit_message', 'text')
    .addColumn('branch', 'text')
    .addColumn('upstream_url', 'text')
    .addColumn('created_at', key, required)
    .addColumn('updated_at', key, required)
    .execute();
  await schema
    .createIndex('releases_by_server')
    .on('releases')
    .columns(['server_rid', 'created_at desc', 'id'])
    .execute();
  await schema
    .createTable('release_logs')
    .addColumn('release_id', key, (c) => c.notNull().references('releases.id').onDelete('cascade'))
    .addColumn('seq', 'integer', required)
    .addColumn('stage', 'text', required)
    .addColumn('level', 'text', required)
    .addColumn('message', 'text', required)
    .addColumn('error', 'text')
    .addColumn('timestamp', key, required)
    .addPrimaryKeyConstraint('release_logs_key', ['release_id', 'seq'])
    .execute();
}

async function createAttachments({ schema }: Schema, engine: Engine): Promise<void> {
  const key = keyText(engine);
  await schema
    .createTable('secrets')
    .addColumn('server_rid', 'bigint', ofServer)
    .addColumn('name', key, required)
    .addColumn('type', 'text', required)
    .addPrimaryKeyConstraint('secrets_key', ['server_rid', 'name'])
    .execute();
  await schema
    .createTable('domains')
    .addColumn('server_rid', 'bigint', (c) => ofServer(c).primaryKey())
    .addColumn('hostname', key, required)
    .addColumn('subdomain', key, (c) => c.notNull().unique())
    .addColumn('created_at', key, required)
    .addColumn('updated_at', key, required)
    .execute();
  await schema
    .createTable('icons')
    .addColumn('server_rid', 'bigint', (c) => ofServer(c).primaryKey())
    .addColumn('content_type', 'text', required)
    .addColumn('bytes', blob(engine), required)
    .addColumn('hash', 'text', required)
    .execute();
}

async function createInvocations({ schema }: Schema, engine: Engine): Promise<void> {
  const key = keyText(engine);
  await schema
    .createTable('invocations')
    .addColumn('id', key, primary)
    .addColumn('server_rid', 'bigint', ofServer)
    .addColumn('timestamp', key, required)
    .addColumn('method', 'text', required)
    .addColumn('url', 'text', required)
    .addColumn('status', 'integer', required)
    .addColumn('outcome', 'text', required)
    .addColumn('cpu_ms', 'integer', required)
    .addColumn('wall_ms', 'integer', required)
    .addColumn('logs', 'text', required)
    .addColumn('exceptions', 'text', required)
    .addColumn('search_text', 'text', required)
    .execute();
  await schema
    .createIndex('invocations_by_server')
    .on('invocations')
    .columns(['server_rid', 'timestamp desc', 'id'])
    .execute();
}

async function createSearchIndex({ schema }: Schema, engine: Engine): Promise<void> {
  const key = keyText(engine);
  await schema
    .createTable('search_postings')
    .addColumn('term', key, required)
    .addColumn('weight', 'integer', required)
    .addColumn('rid', 'bigint', ofServer)
    .addPrimaryKeyConstraint('search_postings_key', ['term', 'weight', 'rid'])
    .execute();
  await schema
    .createIndex('search_postings_by_server')
    .on('search_postings')
    .columns(['rid', 'term', 'weight'])
    .execute();
  await schema
    .createTable('search_variants')
    .addColumn('variant', key, required)
    .addColumn('word', key, required)
    .addPrimaryKeyConstraint('search_variants_key', ['variant', 'word'])
    .execute();
  await schema.createIndex('search_variants_by_word').on('search_variants').column('word').execute();
}
