import { sql, type Kysely, type Migration } from 'kysely';
import { nameKey } from '#contract/name-order.ts';
import { keyText, type Engine } from '#database/engine.ts';
import type { Database } from '#database/schema.ts';

const AT_ONCE = 1000;

/** What an owner's servers are ordered and counted by, out of indexes alone. */
export function ownedServers(engine: Engine): Migration {
  const key = keyText(engine);
  return {
    async up(db: Kysely<Database>) {
      const { schema } = db;
      await schema
        .alterTable('servers')
        .addColumn('name_key', key, (c) => c.notNull().defaultTo(''))
        .execute();
      await schema.alterTable('servers').addColumn('last_call_at', key).execute();
      await fillNameKeys(db);
      await sql`
        update servers set last_call_at = (
          select max(timestamp) from invocations where invocations.server_rid = servers.rid
        )`.execute(db);
      await schema
        .createIndex('servers_by_name')
        .on('servers')
        .columns(['namespace', 'name_key', 'qualified_name', 'rid'])
        .execute();
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
          'rid',
        ])
        .execute();
      // With the status, which tells what a server is doing.
      await schema.dropIndex('releases_by_server').execute();
      await schema
        .createIndex('releases_by_server')
        .on('releases')
        .columns(['server_rid', 'created_at desc', 'id', 'status'])
        .execute();
    },
  };
}

async function fillNameKeys(db: Kysely<Database>): Promise<void> {
  let after = 0;
  for (;;) {
    const servers = await db
      .selectFrom('servers')
      .select(['rid', 'display_name'])
      .where('rid', '>', after)
      .orderBy('rid')
      .limit(AT_ONCE)
      .execute();
    if (servers.length === 0) return;
    const keys = servers.map(
      ({ rid, display_name }) => sql`(cast(${rid} as bigint), cast(${nameKey(display_name)} as text))`,
    );
    await sql`
      update servers set name_key = keys.column2
      from (values ${sql.join(keys)}) as keys where servers.rid = keys.column1`.execute(db);
    after = servers.at(-1)?.rid ?? after;
  }
}
