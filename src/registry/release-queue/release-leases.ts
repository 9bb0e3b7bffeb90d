import type { Expression, ExpressionBuilder, Kysely, Selectable, SqlBool } from 'kysely';
import type { ReleaseRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { addReleaseLine, type ReleaseLine } from './release-lines.ts';

/** Who may run a pipeline, and until when nobody else may. */
export interface Lease {
  runner: string;
  /** ISO 8601. */
  until: string;
}

/** The release is no longer its runner's: it was cancelled or deleted, or another runner took it up. */
export class LeaseLost extends Error {
  override name = 'LeaseLost';
}

/**
 * Takes the oldest release that is queued by this runner, or that its own runner was not heard of in time. Returns it
 * as it was before, or undefined where none waits.
 */
export async function claimRelease(
  db: Kysely<Database>,
  { lease, now }: { lease: Lease; now: Date },
): Promise<Selectable<ReleaseRow> | undefined> {
  // Looked for first: a write would wait for other writers even where there is nothing to do.
  const waiting = await db
    .selectFrom('releases')
    .selectAll()
    .where('status', 'in', ['QUEUED', 'WORKING'])
    .where((eb) => isClaimable(eb, lease.runner, now))
    .orderBy('updated_at')
    .limit(1)
    .executeTakeFirst();
  if (waiting === undefined) return undefined;
  const claimed = await db
    .updateTable('releases')
    .set({
      status: 'WORKING',
      runner: lease.runner,
      lease_until: lease.until,
      updated_at: now.toISOString(),
    })
    .where('id', '=', waiting.id)
    .where((eb) => isClaimable(eb, lease.runner, now))
    .returning('id')
    .executeTakeFirst();
  return claimed && waiting;
}

function isClaimable(
  eb: ExpressionBuilder<Database, 'releases'>,
  runner: string,
  now: Date,
): Expression<SqlBool> {
  const isFree = eb.or([eb('lease_until', 'is', null), eb('lease_until', '<', now.toISOString())]);
  return eb.and([
    // Those without a payload were never run here: samples show every state.
    eb('payload', 'is not', null),
    eb.or([
      eb.and([eb('status', '=', 'QUEUED'), eb.or([eb('runner', '=', runner), isFree])]),
      eb.and([eb('status', '=', 'WORKING'), isFree]),
    ]),
  ]);
}

/** Prolongs all that a runner has, and returns the ids. */
export async function renewLeases(db: Kysely<Database>, lease: Lease): Promise<string[]> {
  const renewed = await db
    .updateTable('releases')
    .set({ lease_until: lease.until })
    .where('status', 'in', ['QUEUED', 'WORKING'])
    .where('runner', '=', lease.runner)
    .returning('id')
    .execute();
  return renewed.map(({ id }) => id);
}

/** Leaves all that a runner has to the next one. */
export async function giveUpLeases(db: Kysely<Database>, runner: string): Promise<void> {
  await db
    .updateTable('releases')
    .set({ runner: null, lease_until: null })
    .where('status', 'in', ['QUEUED', 'WORKING'])
    .where('runner', '=', runner)
    .execute();
}

/** Adds a line to the log of a release that this runner runs. Throws LeaseLost. */
export async function logRelease(
  db: Kysely<Database>,
  { id, lease, line, now }: { id: string; lease: Lease; line: ReleaseLine; now: Date },
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await setRelease(trx, { id, runner: lease.runner, set: { lease_until: lease.until } });
    await addReleaseLine(trx, { releaseId: id, line, now });
  });
}

/** Changes a release that this runner runs. Throws LeaseLost. */
export async function setRelease(
  trx: Kysely<Database>,
  { id, runner, set }: { id: string; runner: string; set: Partial<ReleaseRow> },
): Promise<{ server_rid: number }> {
  const changed = await trx
    .updateTable('releases')
    .set(set)
    .where('id', '=', id)
    .where('status', '=', 'WORKING')
    .where('runner', '=', runner)
    .returning('server_rid')
    .executeTakeFirst();
  if (changed === undefined) throw new LeaseLost();
  return changed;
}
