import type { Expression, ExpressionBuilder, Kysely, Selectable, SqlBool } from 'kysely';
import type { ReleaseRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { addReleaseLine, type ReleaseLine } from './release-log.ts';

/** Which worker may run a release, and until when no other may. */
export interface Lease {
  worker: string;
  /** ISO 8601. */
  until: string;
}

/** The release is no longer its worker's: it was cancelled or deleted, or another worker took it up. */
export class LeaseLost extends Error {
  override name = 'LeaseLost';
}

/**
 * Leases the oldest release that this worker queued, or whose own worker was not heard of in time. Returns it
 * as it was before, or undefined where none waits.
 */
export async function takeLease(
  db: Kysely<Database>,
  { lease, now }: { lease: Lease; now: Date },
): Promise<Selectable<ReleaseRow> | undefined> {
  // Looked for first: a write would wait for other writers even where there is nothing to do.
  const waiting = await db
    .selectFrom('releases')
    .selectAll()
    .where('status', 'in', ['QUEUED', 'WORKING'])
    .where((eb) => mayTake(eb, lease.worker, now))
    .orderBy('updated_at')
    .limit(1)
    .executeTakeFirst();
  if (waiting === undefined) return undefined;
  const leased = await db
    .updateTable('releases')
    .set({
      status: 'WORKING',
      runner: lease.worker,
      lease_until: lease.until,
      updated_at: now.toISOString(),
    })
    .where('id', '=', waiting.id)
    .where((eb) => mayTake(eb, lease.worker, now))
    .returning('id')
    .executeTakeFirst();
  return leased && waiting;
}

function mayTake(
  eb: ExpressionBuilder<Database, 'releases'>,
  worker: string,
  now: Date,
): Expression<SqlBool> {
  const isFree = eb.or([eb('lease_until', 'is', null), eb('lease_until', '<', now.toISOString())]);
  return eb.and([
    // Those without a payload were never run here: samples show every state.
    eb('payload', 'is not', null),
    eb.or([
      eb.and([eb('status', '=', 'QUEUED'), eb.or([eb('runner', '=', worker), isFree])]),
      eb.and([eb('status', '=', 'WORKING'), isFree]),
    ]),
  ]);
}

/** Prolongs all leases of a worker, and returns the ids of their releases. */
export async function renewLeases(db: Kysely<Database>, lease: Lease): Promise<string[]> {
  const renewed = await db
    .updateTable('releases')
    .set({ lease_until: lease.until })
    .where('status', 'in', ['QUEUED', 'WORKING'])
    .where('runner', '=', lease.worker)
    .returning('id')
    .execute();
  return renewed.map(({ id }) => id);
}

/** Leaves all that a worker has leased to the next one. */
export async function giveUpLeases(db: Kysely<Database>, worker: string): Promise<void> {
  await db
    .updateTable('releases')
    .set({ runner: null, lease_until: null })
    .where('status', 'in', ['QUEUED', 'WORKING'])
    .where('runner', '=', worker)
    .execute();
}

/** Adds a line to the log of a release that this worker runs. Throws LeaseLost. */
export async function logRelease(
  db: Kysely<Database>,
  { id, lease, line, now }: { id: string; lease: Lease; line: ReleaseLine; now: Date },
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await setRelease(trx, { id, worker: lease.worker, set: { lease_until: lease.until } });
    await addReleaseLine(trx, { releaseId: id, line, now });
  });
}

/** Changes a release that this worker runs. Throws LeaseLost. */
export async function setRelease(
  trx: Kysely<Database>,
  { id, worker, set }: { id: string; worker: string; set: Partial<ReleaseRow> },
): Promise<{ server_rid: number }> {
  const changed = await trx
    .updateTable('releases')
    .set(set)
    .where('id', '=', id)
    .where('status', '=', 'WORKING')
    .where('runner', '=', worker)
    .returning('server_rid')
    .executeTakeFirst();
  if (changed === undefined) throw new LeaseLost();
  return changed;
}
