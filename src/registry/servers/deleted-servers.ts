import type { Kysely, Selectable } from 'kysely';
import type { ServerRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { toldVersion } from '#registry/filing/version-text.ts';

type EndedServer = Pick<
  Selectable<ServerRow>,
  'id' | 'display_name' | 'description' | 'unlisted' | 'live_release_id' | 'last_number'
>;

/**
 * Remembers, for as long as its name is held, what a server was when its name ended: by a delete, or by a transfer to
 * `movedTo`. Belongs into the transaction that ends it, before its releases go. Returns its row number.
 */
export async function rememberServer(
  trx: Kysely<Database>,
  { id, display_name, description, unlisted, live_release_id: release, last_number }: EndedServer,
  {
    qualifiedName,
    ownerId,
    movedTo,
    now,
    holdMs,
  }: { qualifiedName: string; ownerId: string; movedTo: string | null; now: Date; holdMs: number },
): Promise<number> {
  const { rid } = await trx
    .insertInto('deleted_servers')
    .values({
      id,
      qualified_name: qualifiedName,
      owner_id: ownerId,
      description,
      last_version: release === null ? null : await versionOf(trx, release),
      was_listed: 1 - unlisted,
      moved_to: movedTo,
      deleted_at: now.toISOString(),
      last_number,
      display_name,
      until: new Date(now.getTime() + Math.max(holdMs, 0)).toISOString(),
    })
    .returning('rid')
    .executeTakeFirstOrThrow();
  return rid;
}

/** Lets what is remembered of a server's earlier names lead to its new one; of a name it has again, nothing is. */
export async function followTransfer(
  trx: Kysely<Database>,
  { id, qualifiedName }: { id: string; qualifiedName: string },
): Promise<void> {
  await trx
    .deleteFrom('deleted_servers')
    .where('id', '=', id)
    .where('qualified_name', '=', qualifiedName)
    .execute();
  await trx.updateTable('deleted_servers').set({ moved_to: qualifiedName }).where('id', '=', id).execute();
}

/** Lets them lead nowhere, once it is deleted. */
export async function followDelete(trx: Kysely<Database>, id: string): Promise<void> {
  await trx.updateTable('deleted_servers').set({ moved_to: null }).where('id', '=', id).execute();
}

/** What the server said of its version when the release was scanned. */
async function versionOf(trx: Kysely<Database>, releaseId: string): Promise<string | null> {
  const release = await trx
    .selectFrom('releases')
    .select('card')
    .where('id', '=', releaseId)
    .executeTakeFirst();
  return toldVersion(release?.card ?? null);
}
