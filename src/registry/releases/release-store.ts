import type { Kysely, Selectable } from 'kysely';
import type { ReleaseLogRow, ReleaseRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { offsetOf, type PageRequest } from '#registry/pagination.ts';

/** One page of a server's releases, newest first, and how many there are. */
export async function listReleases(
  db: Kysely<Database>,
  serverRid: number,
  page: PageRequest,
): Promise<{ releases: Selectable<ReleaseRow>[]; totalCount: number }> {
  const { count } = await db
    .selectFrom('releases')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('server_rid', '=', serverRid)
    .executeTakeFirstOrThrow();
  const releases = await db
    .selectFrom('releases')
    .selectAll()
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
): Promise<{ release: Selectable<ReleaseRow>; logs: Selectable<ReleaseLogRow>[] } | undefined> {
  const release = await db
    .selectFrom('releases')
    .selectAll()
    .where('id', '=', id)
    .where('server_rid', '=', serverRid)
    .executeTakeFirst();
  if (release === undefined) return undefined;
  const logs = await db
    .selectFrom('release_logs')
    .selectAll()
    .where('release_id', '=', id)
    .orderBy('seq')
    .execute();
  return { release, logs };
}
