import type { Migration } from 'kysely';

/** Which headers a release's server is sent, and to which origin a secret goes. */
export function upstreamHeaders(): Migration {
  return {
    async up({ schema }) {
      await schema.alterTable('releases').addColumn('upstream_headers', 'text').execute();
      await schema.alterTable('secrets').addColumn('origin', 'text').execute();
    },
  };
}
