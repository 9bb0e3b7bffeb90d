import type { Kysely } from 'kysely';
import type { FieldChange } from '#contract/activity.ts';
import type { ReleaseStatus } from '#contract/release-statuses.ts';
import type { Database } from '#database/schema.ts';
import type { Scope } from '#registry/access/access.ts';
import type { Author } from '#registry/audit/author.ts';
import { writeServerChange } from '#registry/audit/server-audit.ts';
import type { Blob } from '#registry/files/blob-store.ts';
import { lockOwnedServer, type OwnedServer } from '#registry/servers/server-lock.ts';
import { checkBundleQuota, forgetOldReleases } from '#registry/quotas/quota-checks.ts';
import type { Quotas } from '#registry/quotas/quota-kinds.ts';
import { keepStates } from '#registry/owned-servers/server-facts.ts';
import type { HeaderTemplates } from '#registry/secrets/header-templates.ts';
import { writeReleaseOutcome } from './release-audit.ts';
import { addReleaseLine } from './release-log.ts';
import type { Lease } from './release-leases.ts';
import type { KeptPayload } from './release-payload.ts';

const UNDER_WAY: readonly ReleaseStatus[] = ['QUEUED', 'WORKING', 'AUTH_REQUIRED'];

interface NewRelease {
  id: string;
  server: OwnedServer;
  scope: Scope;
  by: Author;
  payload: KeptPayload;
  upstreamHeaders: HeaderTemplates | null;
  bundle: Blob | null;
  lease: Lease;
  now: Date;
  quotas: Quotas;
}

/**
 * Queues a release and cancels whatever else of its server is under way. Returns the ids of what was cancelled. Throws a
 * 404, having done nothing, where the server is not theirs any more, a 403 where its owner keeps as many bundles as they
 * may. The oldest releases beyond its owner's quota are forgotten.
 */
export async function enqueueRelease(
  db: Kysely<Database>,
  { id, server, scope, by, payload, upstreamHeaders, bundle, lease, now, quotas }: NewRelease,
): Promise<string[]> {
  return db.transaction().execute(async (trx) => {
    // Of two releases sent at the same moment, the second waits here and then finds the first.
    await lockOwnedServer(trx, server, scope);
    const cancelled = await supersede(trx, server.rid, { by, now });
    const owned = { namespace: server.qualifiedName.split('/')[0] ?? '', defaults: quotas };
    if (bundle !== null) await checkBundleQuota(trx, { ...owned, size: bundle.size });
    const createdAt = await nextTime(trx, server.rid, now);
    await trx
      .insertInto('releases')
      .values({
        id,
        server_rid: server.rid,
        status: 'QUEUED',
        type: payload.type === 'external' ? 'external_shttp' : 'stdio',
        upstream_url: payload.type === 'external' ? payload.upstreamUrl : null,
        payload: JSON.stringify(payload),
        upstream_headers: upstreamHeaders && JSON.stringify(upstreamHeaders),
        bundle_hash: bundle?.hash ?? null,
        bundle_size: bundle?.size ?? null,
        runner: lease.worker,
        lease_until: lease.until,
        created_at: createdAt,
        updated_at: createdAt,
      })
      .execute();
    const forgotten = await forgetOldReleases(trx, { ...owned, serverRid: server.rid });
    await keepStates(trx, [server.rid]);
    const changes = [
      { field: 'release', before: null, after: id },
      ...madeOf(payload, bundle),
      ...(upstreamHeaders === null
        ? []
        : [{ field: 'upstreamHeaders', before: null, after: Object.keys(upstreamHeaders) }]),
      ...(forgotten === 0 ? [] : [{ field: 'oldReleases', before: forgotten, after: 0 }]),
    ];
    await writeServerChange(trx, server.rid, { action: 'release.publish', by, now, changes });
    return cancelled;
  });
}

// An address may hold a password or a key in its other parts.
function madeOf(payload: KeptPayload, bundle: Blob | null): FieldChange[] {
  if (payload.type === 'stdio') return [{ field: 'bundle', before: null, after: bundle?.hash ?? null }];
  const { origin, pathname } = new URL(payload.upstreamUrl);
  return [{ field: 'upstreamUrl', before: null, after: origin + pathname }];
}

async function supersede(
  trx: Kysely<Database>,
  serverRid: number,
  { by, now }: { by: Author; now: Date },
): Promise<string[]> {
  const cancelled = await trx
    .updateTable('releases')
    .set({
      status: 'CANCELLED',
      runner: null,
      lease_until: null,
      bundle_hash: null,
      updated_at: now.toISOString(),
    })
    .where('server_rid', '=', serverRid)
    .where('status', 'in', UNDER_WAY)
    .returning('id')
    .execute();
  for (const { id } of cancelled) {
    const line = { level: 'error', message: 'Cancelled: a newer release took its place' } as const;
    await addReleaseLine(trx, { releaseId: id, line, now });
    await writeReleaseOutcome(trx, serverRid, { id, status: 'CANCELLED', line, by, now });
  }
  return cancelled.map(({ id }) => id);
}

// The newest release is the one that was sent last, even within one millisecond.
async function nextTime(trx: Kysely<Database>, serverRid: number, now: Date): Promise<string> {
  const latest = await trx
    .selectFrom('releases')
    .select('created_at')
    .where('server_rid', '=', serverRid)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  const earliest = latest === undefined ? 0 : new Date(latest.created_at).getTime() + 1;
  return new Date(Math.max(now.getTime(), earliest)).toISOString();
}

/**
 * Queues again a release that waits for a sign-in, `latest` being the newest of the server. Returns its id, null where it waits
 * for none, undefined where the server has no such release.
 */
export async function resumeRelease(
  db: Kysely<Database>,
  {
    server,
    scope,
    by,
    id,
    findCredentials,
    lease,
    now,
  }: {
    server: OwnedServer;
    scope: Scope;
    by: Author;
    id: string;
    /** Told which release it is, before any worker can lease it; says whether this worker has credentials for it. */
    findCredentials: (releaseId: string) => boolean;
    lease: Lease;
    now: Date;
  },
): Promise<string | null | undefined> {
  return db.transaction().execute(async (trx) => {
    await lockOwnedServer(trx, server, scope);
    const release = await trx
      .selectFrom('releases')
      .select(['id', 'payload', 'status', 'runner'])
      .where('server_rid', '=', server.rid)
      .$if(id !== 'latest', (query) => query.where('id', '=', id))
      .orderBy('created_at', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (release === undefined) return undefined;
    if (release.payload === null || release.status !== 'AUTH_REQUIRED') return null;
    const payload = JSON.parse(release.payload) as KeptPayload;
    const isHere = findCredentials(release.id);
    // Another worker may have them in its memory: it goes on, or, once its lease has run out, another says that they are gone.
    const isElsewhere =
      !isHere && release.runner !== null && payload.type === 'external' && payload.hasCredentials;
    const resumed = await trx
      .updateTable('releases')
      .set({
        status: 'QUEUED',
        runner: isElsewhere ? release.runner : lease.worker,
        lease_until: lease.until,
        updated_at: now.toISOString(),
        payload: JSON.stringify({ ...payload, hasCredentials: isHere || isElsewhere }),
      })
      .where('id', '=', release.id)
      .where('status', '=', 'AUTH_REQUIRED')
      .returning('id')
      .executeTakeFirst();
    if (resumed === undefined) return null;
    await keepStates(trx, [server.rid]);
    const line = { level: 'info', message: 'Resumed by the owner' } as const;
    await addReleaseLine(trx, { releaseId: resumed.id, line, now });
    const changes = [{ field: 'release', before: resumed.id, after: resumed.id }];
    await writeServerChange(trx, server.rid, { action: 'release.resume', by, now, changes });
    return resumed.id;
  });
}
