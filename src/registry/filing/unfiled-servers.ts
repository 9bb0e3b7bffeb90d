import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import type { RegistryContext } from '#registry/context.ts';
import { addVersion } from './server-versions.ts';
import { fileTools, type FiledTool } from './tool-index.ts';
import { toldVersion } from './version-text.ts';

const AT_ONCE = 100;

/** Files what older versions of Touchmark released, until nothing is left or it is closed. */
export function startFiling({ db, reportError }: Pick<RegistryContext, 'db' | 'reportError'>): {
  close(): Promise<void>;
} {
  const closing = new AbortController();
  const filing = fileAll().catch(reportError);

  async function fileAll(): Promise<void> {
    for (;;) {
      const servers = await db.selectFrom('unfiled_servers').select('server_rid').limit(AT_ONCE).execute();
      if (servers.length === 0) return;
      for (const { server_rid: rid } of servers) {
        // Between two of them, so that it never holds up a stop.
        if (closing.signal.aborted) return;
        await db.transaction().execute(async (trx) => fileServer(trx, rid));
      }
    }
  }

  return {
    async close() {
      closing.abort();
      await filing;
    },
  };
}

/** Files a server as its live release has it. Does nothing where another process, or a newer release, was first. */
export async function fileServer(trx: Kysely<Database>, rid: number): Promise<void> {
  // A write that changes nothing locks it, as a release does.
  const server = await trx
    .updateTable('servers')
    .set((eb) => ({ live_release_id: eb.ref('live_release_id') }))
    .where('rid', '=', rid)
    .returning(['live_release_id', 'tools'])
    .executeTakeFirst();
  await trx.deleteFrom('unfiled_servers').where('server_rid', '=', rid).execute();
  if (server === undefined) return;
  const { live_release_id: releaseId, tools } = server;
  await fileTools(trx, { serverRid: rid, tools: tools === null ? [] : (JSON.parse(tools) as FiledTool[]) });
  if (releaseId === null) return;
  const release = await trx
    .selectFrom('releases')
    .leftJoin('server_versions', 'server_versions.release_id', 'releases.id')
    .select(['releases.card', 'releases.updated_at', 'server_versions.rid'])
    .where('releases.id', '=', releaseId)
    .executeTakeFirst();
  if (release === undefined || release.rid !== null) return;
  const told = toldVersion(release.card);
  await addVersion(trx, { serverRid: rid, releaseId, told, now: new Date(release.updated_at) });
}
