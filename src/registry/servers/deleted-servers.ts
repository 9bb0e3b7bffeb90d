import type { Kysely, Selectable } from 'kysely';
import type { ServerRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';

type EndedServer = Pick<Selectable<ServerRow>, 'id' | 'description' | 'unlisted' | 'live_release_id'>;

/**
 * Remembers, for its owner, what a server was when its name ended: by a delete, or by a transfer to `movedTo`. Belongs
 * into the transaction that ends it, before its releases go.
 */
export async function rememberServer(
  trx: Kysely<Database>,
  { id, description, unlisted, live_release_id: release }: EndedServer,
  {
    qualifiedName,
    ownerId,
    movedTo,
    now,
  }: { qualifiedName: string; ownerId: string; movedTo: string | null; now: Date },
): Promise<void> {
  await trx
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
    })
    .execute();
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
  if (release === undefined || release.card === null) return null;
  const { serverInfo } = JSON.parse(release.card) as { serverInfo?: { version?: string } | null };
  return serverInfo?.version ?? null;
}
