import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { addCallCounts } from './call-hours.ts';

const COUNTED_AT_ONCE = 500;

/** Counts some of the calls that an older version wrote, newest first. False where none is left. */
export async function countOlderCalls(db: Kysely<Database>): Promise<boolean> {
  const some = await db.selectFrom('uncounted_servers').select('server_rid').limit(1).executeTakeFirst();
  if (some === undefined) return false;
  await db.transaction().execute(async (trx) => countSome(trx, some.server_rid));
  return true;
}

async function countSome(trx: Kysely<Database>, rid: number): Promise<void> {
  // A write that changes nothing locks the server: of two processes, the second goes on where the first ended.
  await trx
    .updateTable('servers')
    .set((eb) => ({ use_count: eb.ref('use_count') }))
    .where('rid', '=', rid)
    .execute();
  const from = await trx
    .selectFrom('uncounted_servers')
    .select(['until_at', 'until_id'])
    .where('server_rid', '=', rid)
    .executeTakeFirst();
  if (from === undefined) return;
  const calls = await trx
    .selectFrom('invocations')
    .select(['id', 'timestamp', 'method', 'status', 'outcome', 'wall_ms', 'logs'])
    .where('server_rid', '=', rid)
    .where('timestamp', '<=', from.until_at)
    .where((eb) => eb.or([eb('timestamp', '<', from.until_at), eb('id', '>', from.until_id)]))
    .orderBy('timestamp', 'desc')
    .orderBy('id')
    .limit(COUNTED_AT_ONCE)
    .execute();
  await addCallCounts(
    trx,
    calls.map(({ logs, wall_ms, timestamp, method, status, outcome }) => ({
      serverRid: rid,
      timestamp,
      method,
      status,
      outcome,
      wallMs: wall_ms,
      messages: (JSON.parse(logs) as { message: string }[]).map(({ message }) => message),
    })),
  );
  const last = calls.at(-1);
  if (last === undefined || calls.length < COUNTED_AT_ONCE) {
    await trx.deleteFrom('uncounted_servers').where('server_rid', '=', rid).execute();
    return;
  }
  await trx
    .updateTable('uncounted_servers')
    .set({ until_at: last.timestamp, until_id: last.id })
    .where('server_rid', '=', rid)
    .execute();
}
