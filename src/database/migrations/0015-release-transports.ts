import type { Migration } from 'kysely';

/** Where and how the server behind a release is called. */
export function releaseTransports(): Migration {
  return {
    async up(db) {
      await db.schema.alterTable('releases').addColumn('called_url', 'text').execute();
      await db.schema.alterTable('releases').addColumn('transport', 'text').execute();
      // Older releases have it in their log alone.
      await db
        .updateTable('releases')
        .set({ transport: 'sse' })
        .where(
          'id',
          'in',
          db
            .selectFrom('release_logs')
            .select('release_id')
            .where('stage', '=', 'deploy')
            .where('level', '=', 'info')
            .where('message', 'like', 'The server speaks only the older SSE transport:%'),
        )
        .execute();
    },
  };
}
