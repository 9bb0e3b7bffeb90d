import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { repeat, type RepeatedWork } from '#platform/repeated-work.ts';
import { leastEntryId } from '#registry/audit/entry-id.ts';
import type { RegistryContext } from '#registry/context.ts';

const EVERY_MS = 3_600_000;
const FORGOTTEN_AT_ONCE = 500;

/**
 * Forgets what is older than is kept, soon after the start and every hour, until it is closed: nothing else ever takes an
 * entry away. Several processes on one database may each do so.
 */
export function startAuditSweeper({
  db,
  now,
  limits,
  reportError,
}: Pick<RegistryContext, 'db' | 'now' | 'limits' | 'reportError'>): RepeatedWork {
  async function sweep(closing: AbortSignal): Promise<void> {
    const before = new Date(now().getTime() - limits.keepActivityMs);
    // In steps, so that nobody else waits long for the database.
    while (!closing.aborted && (await forgetEntries(db, before)) > 0);
  }
  return repeat(sweep, { firstMs: limits.firstSweepMs, everyMs: EVERY_MS, onError: reportError });
}

/**
 * Forgets some of the entries from before this moment; returns how many.
 *
 * @internal
 */
export async function forgetEntries(db: Kysely<Database>, before: Date): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('audit_entries')
    .where('id', 'in', (from) =>
      from
        .selectFrom('audit_entries')
        .select('id')
        .where('id', '<', leastEntryId(before))
        .orderBy('id')
        .limit(FORGOTTEN_AT_ONCE),
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
