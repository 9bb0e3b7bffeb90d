import { sql, type Kysely, type Migration } from 'kysely';
import { keyText, type Engine } from '#database/engine.ts';
import type { Database } from '#database/schema.ts';

const NOT_RELEASED = 5;

/** What a server's releases make of its place in lists, kept beside it, and an index for each order that had none. */
export function serverOrders(engine: Engine): Migration {
  const key = keyText(engine);
  return {
    async up(db: Kysely<Database>) {
      const { schema } = db;
      await schema
        .alterTable('servers')
        .addColumn('state_rank', 'integer', (c) => c.defaultTo(NOT_RELEASED))
        .execute();
      await schema.alterTable('servers').addColumn('released_at', key).execute();
      await keepWhatIsThere(db);
      for (const [index, column] of [
        ['servers_by_state', 'state_rank'],
        ['servers_by_release', 'released_at'],
        ['servers_by_creation', 'created_at'],
      ] as const) {
        await schema
          .createIndex(index)
          .on('servers')
          .columns(['namespace', column, 'qualified_name', 'rid'])
          .execute();
      }
      // With the state, by which servers are counted.
      await schema.dropIndex('servers_by_call').execute();
      await schema
        .createIndex('servers_by_call')
        .on('servers')
        .columns([
          'namespace',
          'last_call_at',
          'qualified_name',
          'created_at',
          'live_type',
          'unlisted',
          'state_rank',
          'rid',
        ])
        .execute();
    },
  };
}

async function keepWhatIsThere(db: Kysely<Database>): Promise<void> {
  const newest = sql`
    from releases where releases.server_rid = servers.rid
    order by releases.created_at desc, releases.id limit 1`;
  const failed = sql`in ('FAILURE', 'FAILURE_SCAN', 'AUTH_TIMEOUT', 'CANCELLED', 'INTERNAL_ERROR')`;
  await sql`
    update servers set
      released_at = (select releases.created_at ${newest}),
      state_rank = case
        when live_type is not null then case
          when (select releases.status ${newest}) ${failed} then 1
          when live_type = 'stdio' then 6
          else 0 end
        else coalesce((
          select case
            when releases.status = 'AUTH_REQUIRED' then 3
            when releases.status in ('QUEUED', 'WORKING') then 4
            when releases.status ${failed} then 2
            else -1 end
          ${newest}
        ), ${sql.lit(NOT_RELEASED)}) end`.execute(db);
  // Of these it is not known.
  await sql`update servers set state_rank = null where state_rank = -1`.execute(db);
}
