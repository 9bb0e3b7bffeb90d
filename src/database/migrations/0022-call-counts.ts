import { sql, type Kysely, type Migration } from 'kysely';
import { inOrderOfKey, keyText, type Engine } from '#database/engine.ts';
import { writeInstallation } from '#database/installation.ts';
import type { Database } from '#database/schema.ts';

const HOUR_MS = 3_600_000;
const COUNTS = ['calls', 'errors', 'tool_errors'] as const;
const TOOK = [10, 30, 100, 300, 1000, 3000, 10_000, 'longer'] as const;

/** Calls counted apart from the log, so that the figures outlive it. */
export function callCounts(engine: Engine): Migration {
  const key = keyText(engine);
  return {
    async up(db: Kysely<Database>) {
      const { schema } = db;
      let hours = schema
        .createTable('call_hours')
        .addColumn('server_rid', 'bigint', (c) => c.notNull().references('servers.rid').onDelete('cascade'))
        .addColumn('hour', key, (c) => c.notNull())
        .addColumn('tool', key, (c) => c.notNull());
      for (const column of [...COUNTS, ...TOOK.map((ms) => `took_${ms}`)]) {
        hours = hours.addColumn(column, 'bigint', (c) => c.notNull());
      }
      await hours
        .addPrimaryKeyConstraint('call_hours_key', ['server_rid', 'hour', 'tool'])
        .modifyEnd(inOrderOfKey(engine))
        .execute();
      await schema.createIndex('call_hours_by_hour').on('call_hours').column('hour').execute();
      await schema
        .createTable('call_days')
        .addColumn('server_rid', 'bigint', (c) => c.notNull().references('servers.rid').onDelete('cascade'))
        .addColumn('day', key, (c) => c.notNull())
        .addColumn('calls', 'bigint', (c) => c.notNull())
        .addColumn('errors', 'bigint', (c) => c.notNull())
        .addPrimaryKeyConstraint('call_days_key', ['server_rid', 'day'])
        .modifyEnd(inOrderOfKey(engine))
        .execute();
      await schema.createIndex('call_days_by_day').on('call_days').column('day').execute();
      // Counted by the registry itself, at its next start.
      await schema
        .createTable('uncounted_servers')
        .addColumn('server_rid', 'bigint', (c) =>
          c.primaryKey().references('servers.rid').onDelete('cascade'),
        )
        .addColumn('until_at', key, (c) => c.notNull())
        .addColumn('until_id', key, (c) => c.notNull())
        .execute();
      await sql`
        insert into uncounted_servers (server_rid, until_at, until_id)
        select server_rid, max(timestamp), '' from invocations group by server_rid`.execute(db);
      await rememberReach(db);
    },
  };
}

// The log tells every call since then: of its oldest hour some may be gone. A registry without servers missed none.
async function rememberReach(db: Kysely<Database>): Promise<void> {
  const server = await db.selectFrom('servers').select('rid').limit(1).executeTakeFirst();
  if (server === undefined) return;
  const { rows } = await sql<{
    oldest: string | null;
  }>`select min(timestamp) as oldest from invocations`.execute(db);
  const oldest = rows[0]?.oldest;
  const since = oldest ? endOfHour(oldest) : new Date();
  await writeInstallation(db, 'calls-counted-since', since.toISOString());
}

function endOfHour(time: string): Date {
  return new Date(Date.parse(`${time.slice(0, 13)}:00:00.000Z`) + HOUR_MS);
}
