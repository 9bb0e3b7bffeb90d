import type { Kysely, Selectable } from 'kysely';
import { formatQualifiedName, type QualifiedName } from '#contract/qualified-name.ts';
import type { ReleaseLogRow, ReleaseRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { offsetOf, type PageRequest } from '#registry/http/pagination.ts';

// Not what a release was made from and found to offer: that is long, and nobody is shown it here.
const SHOWN = [
  'id',
  'status',
  'type',
  'commit_sha',
  'commit_message',
  'branch',
  'upstream_url',
  'created_at',
  'updated_at',
] as const satisfies (keyof ReleaseRow)[];

/** What is shown of a release. */
export type ShownRelease = Pick<Selectable<ReleaseRow>, (typeof SHOWN)[number]>;

/** One page of a server's releases, newest first, and how many there are. */
export async function listReleases(
  db: Kysely<Database>,
  serverRid: number,
  page: PageRequest,
): Promise<{ releases: ShownRelease[]; totalCount: number }> {
  const { count } = await db
    .selectFrom('releases')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('server_rid', '=', serverRid)
    .executeTakeFirstOrThrow();
  const releases = await db
    .selectFrom('releases')
    .select(SHOWN)
    .where('server_rid', '=', serverRid)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(page.pageSize)
    .offset(offsetOf(page))
    .execute();
  return { releases, totalCount: count };
}

/** One release of a server with its pipeline's log, oldest line first; undefined where the server has no such release. */
export async function findRelease(
  db: Kysely<Database>,
  serverRid: number,
  id: string,
): Promise<{ release: ShownRelease; logs: Selectable<ReleaseLogRow>[] } | undefined> {
  const release = await db
    .selectFrom('releases')
    .select(SHOWN)
    .where('id', '=', id)
    .where('server_rid', '=', serverRid)
    .executeTakeFirst();
  if (release === undefined) return undefined;
  return { release, logs: await readLines(db, id) };
}

/** What a release's pipeline said so far, oldest line first. */
export async function readLines(
  db: Kysely<Database>,
  releaseId: string,
): Promise<Selectable<ReleaseLogRow>[]> {
  return db
    .selectFrom('release_logs')
    .selectAll()
    .where('release_id', '=', releaseId)
    .orderBy('seq')
    .execute();
}

/**
 * The bundle of a server's newest successful release that has one, whoever owns the server; or that very bundle of that
 * very server.
 */
export async function findBundle(
  db: Kysely<Database>,
  name: QualifiedName,
  only?: { server: string; bundle: string },
): Promise<{ hash: string; size: number } | undefined> {
  const release = await db
    .selectFrom('releases')
    .innerJoin('servers', 'servers.rid', 'releases.server_rid')
    .select(['bundle_hash', 'bundle_size'])
    .where('servers.qualified_name', '=', formatQualifiedName(name))
    .where('releases.status', '=', 'SUCCESS')
    .where('releases.bundle_hash', 'is not', null)
    .$if(only !== undefined, (query) =>
      query
        .where('servers.id', '=', only?.server ?? '')
        .where('releases.bundle_hash', '=', only?.bundle ?? ''),
    )
    .orderBy('releases.created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  const { bundle_hash: hash, bundle_size: size } = release ?? {};
  return hash && size ? { hash, size } : undefined;
}
