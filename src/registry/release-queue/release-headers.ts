import type { Kysely, Selectable } from 'kysely';
import type { ReleaseRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import type { Vault } from '#platform/sealing.ts';
import { ReleaseProblem } from '#registry/release-scan/release-problem.ts';
import { secretsIn, type HeaderTemplates } from '#registry/secrets/header-templates.ts';
import {
  bindUpstreamHeaders,
  SecretProblem,
  type UpstreamHeaders,
} from '#registry/secrets/upstream-headers.ts';
import type { ReleaseLine } from './release-log.ts';

/** The headers that the server of a release is sent; none where it was released without. Throws ReleaseProblem. */
export async function headersOfRelease(
  { server_rid: serverRid, upstream_headers }: Selectable<ReleaseRow>,
  upstreamUrl: string,
  { db, vault, log }: { db: Kysely<Database>; vault: Vault; log: (line: ReleaseLine) => Promise<void> },
): Promise<UpstreamHeaders> {
  if (upstream_headers === null) return { headers: {}, secrets: [] };
  const templates = JSON.parse(upstream_headers) as HeaderTemplates;
  try {
    const bound = await bindUpstreamHeaders(db, vault, { serverRid, upstreamUrl, templates });
    await log({ stage: 'deploy', level: 'info', message: describe(templates, new URL(upstreamUrl).origin) });
    return bound;
  } catch (error) {
    if (!(error instanceof SecretProblem)) throw error;
    throw new ReleaseProblem('FAILURE', error.message, `${error.advice} Then release again.`);
  }
}

function describe(templates: HeaderTemplates, origin: string): string {
  const names = [...new Set(Object.values(templates).flatMap(secretsIn))];
  const added = `Each call carries ${Object.keys(templates).join(', ')}`;
  return names.length === 0 ? added : `${added}, with ${names.join(', ')}, which ${origin} alone is sent`;
}
