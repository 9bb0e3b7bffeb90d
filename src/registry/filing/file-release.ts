import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { addVersion } from './server-versions.ts';
import { fileTools, type FiledTool } from './tool-index.ts';

/** What a release is filed by. */
interface FiledCard {
  serverInfo: { version?: string | undefined } | null;
  tools: readonly FiledTool[] | null;
}

/**
 * Files a release that goes live for the catalog and for the search of tools. Belongs into the transaction that makes
 * it live, after the server is locked.
 */
export async function fileRelease(
  trx: Kysely<Database>,
  { serverRid, releaseId, card, now }: { serverRid: number; releaseId: string; card: FiledCard; now: Date },
): Promise<void> {
  await addVersion(trx, { serverRid, releaseId, told: card.serverInfo?.version ?? null, now });
  await fileTools(trx, { serverRid, tools: card.tools ?? [] });
}
