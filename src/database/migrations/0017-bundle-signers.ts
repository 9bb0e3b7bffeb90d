import { sql, type Migration } from 'kysely';

const OWNED = ['owns_display_name', 'owns_description', 'owns_homepage', 'owns_icon'] as const;

/** Who signed the bundle of a release, and what of how a server is shown its owner decided on. */
export function bundleSigners(): Migration {
  return {
    async up(db) {
      await db.schema.alterTable('releases').addColumn('signer', 'text').execute();
      for (const column of OWNED) {
        await db.schema
          .alterTable('servers')
          .addColumn(column, 'integer', (c) => c.notNull().defaultTo(0))
          .execute();
      }
      // All that was there before came from its owner.
      await sql`update servers set
        owns_display_name = case when display_name <> case slug when '' then namespace else slug end then 1 else 0 end,
        owns_description = case when description <> '' then 1 else 0 end,
        owns_homepage = case when homepage is not null then 1 else 0 end,
        owns_icon = case when icon_url is not null or exists (select 1 from icons where server_rid = servers.rid)
          then 1 else 0 end`.execute(db);
    },
  };
}
