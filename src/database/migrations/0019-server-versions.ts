import { sql, type Migration } from 'kysely';
import { keyText, rowNumber, type Engine } from '#database/engine.ts';

/** The versions of servers, as the catalog tells them, and until when those of deleted servers are told. */
export function serverVersions(engine: Engine): Migration {
  const key = keyText(engine);
  return {
    async up(db) {
      const { schema } = db;
      await schema
        .alterTable('servers')
        .addColumn('last_number', 'bigint', (c) => c.notNull().defaultTo(0))
        .execute();
      await schema
        .alterTable('deleted_servers')
        .addColumn('last_number', 'bigint', (c) => c.notNull().defaultTo(0))
        .execute();
      await schema
        .alterTable('deleted_servers')
        .addColumn('display_name', 'text', (c) => c.notNull().defaultTo(''))
        .execute();
      await schema
        .alterTable('deleted_servers')
        .addColumn('until', key, (c) => c.notNull().defaultTo(''))
        .execute();
      await sql`
        update deleted_servers set until = coalesce((
          select name_holds.until from name_holds
          where name_holds.kind = 'server' and name_holds.name = deleted_servers.qualified_name
        ), deleted_at)`.execute(db);
      await schema.createIndex('deleted_servers_by_end').on('deleted_servers').column('until').execute();
      await schema
        .createTable('server_versions')
        .addColumn('rid', rowNumber(engine))
        .addColumn('catalog_name', key, (c) => c.notNull())
        .addColumn('version', key, (c) => c.notNull())
        .addColumn('namespace', key, (c) => c.notNull())
        .addColumn('server_rid', 'bigint', (c) => c.references('servers.rid').onDelete('cascade'))
        .addColumn('release_id', key, (c) => c.references('releases.id').onDelete('cascade'))
        .addColumn('deleted_rid', 'bigint', (c) => c.references('deleted_servers.rid').onDelete('cascade'))
        .addColumn('is_latest', 'integer', (c) => c.notNull())
        .addColumn('published_at', key, (c) => c.notNull())
        .addUniqueConstraint('server_versions_key', ['catalog_name', 'version'])
        .execute();
      for (const column of ['server_rid', 'release_id', 'deleted_rid']) {
        await schema
          .createIndex(`server_versions_by_${column}`)
          .on('server_versions')
          .column(column)
          .execute();
      }
      // Filed by the registry itself, at its next start.
      await schema
        .createTable('unfiled_servers')
        .addColumn('server_rid', 'bigint', (c) =>
          c.primaryKey().references('servers.rid').onDelete('cascade'),
        )
        .execute();
      await sql`
        insert into unfiled_servers (server_rid)
        select rid from servers where live_release_id is not null or tools is not null`.execute(db);
    },
  };
}
