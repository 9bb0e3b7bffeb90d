import type { Migration } from 'kysely';

/** A narrow index to count by: the ones that order a list are ten times as wide. */
export function serverCounts(): Migration {
  return {
    async up({ schema }) {
      await schema
        .createIndex('servers_by_visibility')
        .on('servers')
        .columns(['unlisted', 'namespace', 'verified', 'managed', 'remote', 'live_type'])
        .execute();
    },
  };
}
