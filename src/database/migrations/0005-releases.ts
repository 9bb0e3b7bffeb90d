import { sql, type Migration } from 'kysely';
import { keyText, type Engine } from '#database/engine.ts';

/** What a release was made from and found to offer, who runs its pipeline, and which release is live. */
export function releasePipelines(engine: Engine): Migration {
  const key = keyText(engine);
  return {
    async up(db) {
      const { schema } = db;
      for (const [name, type] of [
        ['payload', 'text'],
        ['card', 'text'],
        ['bundle_hash', key],
        ['bundle_size', 'bigint'],
        ['runner', key],
        ['lease_until', key],
      ] as const) {
        await schema.alterTable('releases').addColumn(name, type).execute();
      }
      await schema
        .createIndex('releases_by_status')
        .on('releases')
        .columns(['status', 'updated_at'])
        .execute();
      await schema.createIndex('releases_by_bundle').on('releases').column('bundle_hash').execute();
      await schema.alterTable('servers').addColumn('live_release_id', key).execute();
      await sql`
        update servers set live_release_id = (
          select id from releases
          where releases.server_rid = servers.rid and releases.status = 'SUCCESS'
          order by releases.created_at desc, releases.id limit 1
        )
        where live_type is not null`.execute(db);
    },
  };
}
