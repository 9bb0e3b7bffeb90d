import type { Kysely } from 'kysely';
import { chunks } from '#database/row-chunks.ts';
import type { Database } from '#database/schema.ts';
import { catalogNameOf, namespaceOf } from './catalog-name.ts';
import { isVersion, numberedVersion, numberOf } from './version-text.ts';

/**
 * Gives a release that goes live its version: the one that it tells, where that is one and no other has it under this
 * name, `0.0.<n>` otherwise. No n comes twice under a name, also not after a delete, for as long as that is remembered.
 * Belongs into the transaction that makes it live, after the server is locked.
 */
export async function addVersion(
  trx: Kysely<Database>,
  {
    serverRid,
    releaseId,
    told,
    now,
  }: { serverRid: number; releaseId: string; told: string | null; now: Date },
): Promise<void> {
  const { qualified_name: qualifiedName, last_number } = await trx
    .selectFrom('servers')
    .select(['qualified_name', 'last_number'])
    .where('rid', '=', serverRid)
    .executeTakeFirstOrThrow();
  const catalogName = catalogNameOf(qualifiedName);
  const last = Math.max(last_number, await lastNumberOfDeleted(trx, qualifiedName));
  const version = await freeVersion(trx, { catalogName, told, last });
  await trx
    .updateTable('server_versions')
    .set({ is_latest: 0 })
    .where('catalog_name', '=', catalogName)
    .where('is_latest', '=', 1)
    .execute();
  await trx
    .insertInto('server_versions')
    .values({
      catalog_name: catalogName,
      version,
      namespace: namespaceOf(qualifiedName),
      server_rid: serverRid,
      release_id: releaseId,
      deleted_rid: null,
      is_latest: 1,
      published_at: now.toISOString(),
    })
    .execute();
  await rememberNumber(trx, serverRid, Math.max(last, numberOf(version) ?? 0));
}

/** Leaves the versions of a server that is deleted to what is remembered of it. */
export async function endVersions(
  trx: Kysely<Database>,
  { serverRid, deletedRid }: { serverRid: number; deletedRid: number },
): Promise<void> {
  await trx
    .updateTable('server_versions')
    .set({ server_rid: null, release_id: null, deleted_rid: deletedRid })
    .where('server_rid', '=', serverRid)
    .execute();
}

/**
 * Moves the versions of a server to its new name, and leaves as many to what is remembered of the old one. A version
 * that a deleted server had under the new name gets a number instead.
 */
export async function moveVersions(
  trx: Kysely<Database>,
  { serverRid, to, deletedRid }: { serverRid: number; to: string; deletedRid: number },
): Promise<void> {
  const versions = await trx
    .selectFrom('server_versions')
    .selectAll()
    .where('server_rid', '=', serverRid)
    .orderBy('published_at')
    .orderBy('rid')
    .execute();
  if (versions.length === 0) return;
  const catalogName = catalogNameOf(to);
  const taken = await trx
    .selectFrom('server_versions')
    .select('version')
    .where('catalog_name', '=', catalogName)
    .execute();
  const isTaken = new Set(taken.map(({ version }) => version));
  const { last_number } = await trx
    .selectFrom('servers')
    .select('last_number')
    .where('rid', '=', serverRid)
    .executeTakeFirstOrThrow();
  let last = Math.max(last_number, await lastNumberOfDeleted(trx, to));
  await trx
    .updateTable('server_versions')
    .set({ is_latest: 0 })
    .where('catalog_name', '=', catalogName)
    .where('is_latest', '=', 1)
    .execute();
  const place = { catalog_name: catalogName, namespace: namespaceOf(to) };
  // Before they move: under one name no two may have one version.
  for (const { rid } of versions.filter((one) => isTaken.has(one.version))) {
    last += 1;
    const renumbered = { ...place, version: numberedVersion(last) };
    await trx.updateTable('server_versions').set(renumbered).where('rid', '=', rid).execute();
  }
  await trx.updateTable('server_versions').set(place).where('server_rid', '=', serverRid).execute();
  await rememberNumber(trx, serverRid, last);
  const left = versions.map(({ catalog_name, version, namespace, is_latest, published_at }) => ({
    catalog_name,
    version,
    namespace,
    server_rid: null,
    release_id: null,
    deleted_rid: deletedRid,
    is_latest,
    published_at,
  }));
  for (const rows of chunks(left)) await trx.insertInto('server_versions').values(rows).execute();
}

/** Forgets the deleted servers whose names are not held any more, and their versions. */
export async function forgetEndedServers(db: Kysely<Database>, now: Date): Promise<void> {
  await db.deleteFrom('deleted_servers').where('until', '<=', now.toISOString()).execute();
}

async function freeVersion(
  trx: Kysely<Database>,
  { catalogName, told, last }: { catalogName: string; told: string | null; last: number },
): Promise<string> {
  if (told === null || !isVersion(told) || (numberOf(told) ?? Infinity) <= last)
    return numberedVersion(last + 1);
  const other = await trx
    .selectFrom('server_versions')
    .select('rid')
    .where('catalog_name', '=', catalogName)
    .where('version', '=', told)
    .executeTakeFirst();
  return other === undefined ? told : numberedVersion(last + 1);
}

async function lastNumberOfDeleted(trx: Kysely<Database>, qualifiedName: string): Promise<number> {
  const { last } = await trx
    .selectFrom('deleted_servers')
    .select((eb) => eb.fn.max('last_number').as('last'))
    .where('qualified_name', '=', qualifiedName)
    .executeTakeFirstOrThrow();
  return last ?? 0;
}

async function rememberNumber(trx: Kysely<Database>, serverRid: number, last: number): Promise<void> {
  await trx.updateTable('servers').set({ last_number: last }).where('rid', '=', serverRid).execute();
}
