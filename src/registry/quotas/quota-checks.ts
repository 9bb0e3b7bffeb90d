import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { RegistryError } from '#registry/http/registry-error.ts';
import type { Quotas } from './quota-kinds.ts';
import { countServers, findQuotas, sumBundles } from './quota-store.ts';

interface Subject {
  /** Whose namespace it is in. */
  namespace: string;
  defaults: Quotas;
}

/** Throws a 403 where the owner of this namespace has more servers than they may, the one made just now included. */
export async function checkServerQuota(
  trx: Kysely<Database>,
  { namespace, defaults }: Subject,
): Promise<void> {
  const ownerId = await ownerOf(trx, namespace);
  if (ownerId === undefined) return;
  const { servers } = await findQuotas(trx, ownerId, defaults);
  if ((await countServers(trx, ownerId)) <= servers) return;
  throw new RegistryError(
    403,
    `Quota of servers: at most ${servers} for one owner. Delete some first, or ask who runs this registry for more`,
  );
}

/** Throws a 403 where a bundle would not fit beside what the owner of this namespace keeps already. */
export async function checkBundleQuota(
  trx: Kysely<Database>,
  { namespace, defaults, size }: Subject & { size: number },
): Promise<void> {
  const ownerId = await ownerOf(trx, namespace);
  if (ownerId === undefined) return;
  const { bundleBytes } = await findQuotas(trx, ownerId, defaults);
  const kept = await sumBundles(trx, ownerId);
  if (kept + size <= bundleBytes) return;
  throw new RegistryError(
    403,
    `Quota of bundles: at most ${bundleBytes} bytes for one owner, of which ${kept} are used and this takes ${size}. ` +
      'Delete servers or skills that are not needed, or ask who runs this registry for more',
  );
}

/**
 * Forgets the oldest releases of a server that are over, as far as there are more than its owner may keep: never the live
 * one, and none whose bundle is kept. Returns how many.
 */
export async function forgetOldReleases(
  trx: Kysely<Database>,
  { serverRid, namespace, defaults }: Subject & { serverRid: number },
): Promise<number> {
  const ownerId = await ownerOf(trx, namespace);
  if (ownerId === undefined) return 0;
  const { releases: kept } = await findQuotas(trx, ownerId, defaults);
  const old = await trx
    .selectFrom('releases')
    .innerJoin('servers', 'servers.rid', 'releases.server_rid')
    .select(['releases.id', 'releases.status', 'releases.bundle_hash', 'servers.live_release_id'])
    .where('releases.server_rid', '=', serverRid)
    .orderBy('releases.created_at', 'desc')
    .limit(ROWS_AT_ONCE)
    .offset(kept)
    .execute();
  const ids = old
    .filter(({ status }) => !['QUEUED', 'WORKING', 'AUTH_REQUIRED'].includes(status))
    .filter(({ id, bundle_hash, live_release_id }) => bundle_hash === null && id !== live_release_id)
    .map(({ id }) => id);
  if (ids.length > 0) await trx.deleteFrom('releases').where('id', 'in', ids).execute();
  return ids.length;
}

// Each new release takes at most so many old ones along.
const ROWS_AT_ONCE = 100;

async function ownerOf(db: Kysely<Database>, namespace: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('namespaces')
    .select('owner_id')
    .where('name', '=', namespace)
    .executeTakeFirst();
  return row?.owner_id;
}
