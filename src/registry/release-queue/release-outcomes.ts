import type { ExpressionBuilder, Kysely } from 'kysely';
import type { ReleaseStatus } from '#contract/release-statuses.ts';
import type { Database } from '#database/schema.ts';
import { REGISTRY_ITSELF } from '#registry/audit/author.ts';
import { fileRelease } from '#registry/filing/file-release.ts';
import { keepStates } from '#registry/owned-servers/server-facts.ts';
import { setRelease } from './release-leases.ts';
import { lockServer } from '#registry/servers/server-lock.ts';
import { fillPresentation, presentationOf } from './fill-presentation.ts';
import { writeReleaseOutcome } from './release-audit.ts';
import { addReleaseLine, type ReleaseLine } from './release-log.ts';
import type { ExaminedRelease } from './release-pipeline.ts';
import type { KeptPayload } from './release-payload.ts';

interface Outcome {
  id: string;
  worker: string;
  line: ReleaseLine;
  now: Date;
}

/**
 * Ends a release, or lets it wait for a sign-in, without touching what is live; its bundle is given up. Throws
 * LeaseLost.
 */
export async function settleRelease(
  db: Kysely<Database>,
  { id, worker, line, now, status }: Outcome & { status: Exclude<ReleaseStatus, 'SUCCESS'> },
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await lockServerOf(trx, id);
    const set = {
      status,
      // While it waits, whoever has its credentials is known: they are in that worker's memory alone.
      runner: status === 'AUTH_REQUIRED' ? worker : null,
      lease_until: null,
      bundle_hash: null,
      updated_at: now.toISOString(),
    };
    const { server_rid } = await setRelease(trx, { id, worker, set });
    await keepStates(trx, [server_rid]);
    await addReleaseLine(trx, { releaseId: id, line, now });
    await writeReleaseOutcome(trx, server_rid, { id, status, line, by: REGISTRY_ITSELF, now });
    if (status !== 'FAILURE_SCAN') return;
    await trx
      .updateTable('servers')
      .set({ scan_passed: 0 })
      .where('rid', '=', server_rid)
      .where('live_release_id', 'is', null)
      .execute();
  });
}

async function lockServerOf(trx: Kysely<Database>, releaseId: string): Promise<void> {
  await lockServer(trx, (eb) =>
    eb('servers.rid', '=', eb.selectFrom('releases').select('server_rid').where('id', '=', releaseId)),
  );
}

/**
 * Ends a release well and makes it the live one, all at once. Of a server's bundles only the newest successful ones are
 * kept: the last of them can still be downloaded when an external release goes live after it. Throws LeaseLost.
 */
export async function publishRelease(
  db: Kysely<Database>,
  {
    id,
    worker,
    line,
    now,
    payload,
    card,
    called,
    bundle,
    keptBundles,
  }: Outcome & ExaminedRelease & { payload: KeptPayload; keptBundles: number },
): Promise<void> {
  const at = now.toISOString();
  const { signer, icon } = bundle ?? { signer: null, icon: null };
  await db.transaction().execute(async (trx) => {
    await lockServerOf(trx, id);
    const { server_rid } = await setRelease(trx, {
      id,
      worker,
      set: {
        status: 'SUCCESS',
        runner: null,
        lease_until: null,
        card: JSON.stringify(card),
        called_url: called?.url ?? null,
        transport: called?.transport ?? null,
        signer: signer === null ? null : JSON.stringify(signer),
        updated_at: at,
      },
    });
    const { live_release_id: live } = await trx
      .selectFrom('servers')
      .select('live_release_id')
      .where('rid', '=', server_rid)
      .executeTakeFirstOrThrow();
    const taken = await fillPresentation(trx, server_rid, presentationOf(card, icon));
    if (taken.length > 0) {
      const fields = taken.map(({ field }) => field.replace('displayName', 'display name'));
      const message = `Taken from the release, as its owner had set none: ${fields.join(', ')}`;
      await addReleaseLine(trx, { releaseId: id, line: { stage: 'publish', level: 'info', message }, now });
    }
    await addReleaseLine(trx, { releaseId: id, line, now });
    if (payload.type === 'stdio') {
      await trx
        .updateTable('releases')
        .set({ bundle_hash: null })
        .where('server_rid', '=', server_rid)
        .where('bundle_hash', 'is not', null)
        .where('id', 'not in', (eb) =>
          eb
            .selectFrom('releases')
            .select('id')
            .where('server_rid', '=', server_rid)
            .where('status', '=', 'SUCCESS')
            .where('bundle_hash', 'is not', null)
            .orderBy('created_at', 'desc')
            .limit(keptBundles),
        )
        .execute();
    }
    await trx
      .updateTable('servers')
      .set({
        live_release_id: id,
        live_type: payload.type === 'external' ? 'external_shttp' : 'stdio',
        remote: payload.type === 'external' ? 1 : 0,
        runtime: payload.type === 'external' ? null : payload.runtime,
        scan_passed: 1,
        config_schema: payload.configSchema === undefined ? null : JSON.stringify(payload.configSchema),
        tools: toJson(card.tools),
        resources: toJson(card.resources),
        prompts: toJson(card.prompts),
        updated_at: at,
      })
      .where('rid', '=', server_rid)
      .execute();
    await keepStates(trx, [server_rid]);
    await fileRelease(trx, { serverRid: server_rid, releaseId: id, card, now });
    await writeReleaseOutcome(trx, server_rid, {
      id,
      status: 'SUCCESS',
      line,
      by: REGISTRY_ITSELF,
      now,
      changes: [{ field: 'liveRelease', before: live, after: id }, ...taken],
    });
  });
}

/** Ends the releases that waited for a sign-in since before this time, and returns their ids. */
export async function endStaleSignIns(
  db: Kysely<Database>,
  { waitingSince, line, now }: { waitingSince: Date; line: ReleaseLine; now: Date },
): Promise<string[]> {
  const isStale = (eb: ExpressionBuilder<Database, 'releases'>) =>
    eb.and([
      eb('status', '=', 'AUTH_REQUIRED'),
      eb('updated_at', '<', waitingSince.toISOString()),
      eb('payload', 'is not', null),
    ]);
  // Looked for first: a write would wait for other writers even where there is nothing to do.
  const stale = await db.selectFrom('releases').select('id').where(isStale).execute();
  for (const { id } of stale) {
    await db.transaction().execute(async (trx) => {
      await lockServerOf(trx, id);
      const ended = await trx
        .updateTable('releases')
        .set({ status: 'AUTH_TIMEOUT', updated_at: now.toISOString() })
        .where('id', '=', id)
        .where(isStale)
        .returning('server_rid')
        .executeTakeFirst();
      if (ended === undefined) return;
      await keepStates(trx, [ended.server_rid]);
      await addReleaseLine(trx, { releaseId: id, line, now });
      const outcome = { id, status: 'AUTH_TIMEOUT', line, by: REGISTRY_ITSELF, now } as const;
      await writeReleaseOutcome(trx, ended.server_rid, outcome);
    });
  }
  return stale.map(({ id }) => id);
}

function toJson(items: readonly unknown[] | null): string | null {
  return items === null ? null : JSON.stringify(items);
}
