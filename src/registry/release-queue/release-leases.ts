import type { Expression, ExpressionBuilder, Kysely, Selectable, SqlBool } from 'kysely';
import type { ReleaseRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import type { Share } from './fair-shares.ts';
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

/** Of each owner and kind, since when a release waits that this worker may take: its own, or one whose worker is gone. */
export async function listWaiting(
  db: Kysely<Database>,
  { worker, now }: { worker: string; now: Date },
): Promise<(Share & { since: string })[]> {
  return db
    .selectFrom('releases')
    .innerJoin('servers', 'servers.rid', 'releases.server_rid')
    .innerJoin('namespaces', 'namespaces.name', 'servers.namespace')
    .select(['namespaces.owner_id as ownerId', 'releases.type'])
    .select((eb) => eb.fn.min<string>('releases.updated_at').as('since'))
    .where('releases.status', 'in', ['QUEUED', 'WORKING'])
    .where((eb) => mayTake(eb, worker, now))
    .groupBy(['namespaces.owner_id', 'releases.type'])
    .execute();
}

/**
 * Leases the oldest release of an owner and kind that this worker queued, or whose own worker was not heard of in time.
 * Returns it as it was before, or undefined where none waits any more.
 */
export async function takeLease(
  db: Kysely<Database>,
  { lease, now, ownerId, type }: { lease: Lease; now: Date } & Share,
): Promise<Selectable<ReleaseRow> | undefined> {
  const waiting = await db
    .selectFrom('releases')
    .innerJoin('servers', 'servers.rid', 'releases.server_rid')
    .innerJoin('namespaces', 'namespaces.name', 'servers.namespace')
    .selectAll('releases')
    .where('releases.status', 'in', ['QUEUED', 'WORKING'])
    .where('releases.type', '=', type)
    .where('namespaces.owner_id', '=', ownerId)
    .where((eb) => mayTake(eb, lease.worker, now))
    .orderBy('releases.updated_at')
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
    eb('releases.payload', 'is not', null),
    eb.or([
      eb.and([eb('releases.status', '=', 'QUEUED'), eb.or([eb('runner', '=', worker), isFree])]),
      eb.and([eb('releases.status', '=', 'WORKING'), isFree]),
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

/** Leaves all that a worker has leased to the next one, and says of what waits for a sign-in that its credentials are gone. */
export async function giveUpLeases(db: Kysely<Database>, worker: string): Promise<void> {
  await db
    .updateTable('releases')
    .set({ runner: null, lease_until: null })
    .where('status', 'in', ['QUEUED', 'WORKING', 'AUTH_REQUIRED'])
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
