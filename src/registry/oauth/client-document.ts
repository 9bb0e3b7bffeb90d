import type { RegistryContext } from '#registry/context.ts';
import { readClientMetadata } from './client-metadata.ts';
import { findClient, keepClient, type OAuthClient } from './client-store.ts';

const MAX_BYTES = 64 * 1024;
const FETCH_MS = 5000;
const FRESH_MS = 3_600_000;
const MAX_ID_LENGTH = 512;

type Keeping = Pick<RegistryContext, 'db' | 'now' | 'upstreamFetch'>;

/** True for the id of a client that has a document about itself there (OAuth Client ID Metadata Document). */
export function isDocumentId(id: string): boolean {
  if (!/^https?:\/\/[\x21-\x7e]+$/.test(id) || id.length > MAX_ID_LENGTH || !URL.canParse(id)) return false;
  const { href, pathname, username, password } = new URL(id);
  // Written in one way only, so that no two ids mean the same document.
  return href === id && pathname !== '/' && username === '' && password === '' && !id.includes('#');
}

/**
 * The client of such an id, its document read within the last hour. Undefined where it cannot be read, or is none of this
 * client: what was read before does not count then.
 */
export async function findDocumentClient(
  { db, now, upstreamFetch }: Keeping,
  id: string,
): Promise<OAuthClient | undefined> {
  const known = await findClient(db, id);
  if (known !== undefined && now().getTime() - known.createdAt.getTime() < FRESH_MS) return known;
  const read = await readDocument(upstreamFetch, id);
  if (read === undefined) return undefined;
  const client: OAuthClient = { id, kind: 'document', ...read, createdAt: now() };
  await keepClient(db, client);
  return client;
}

async function readDocument(fetch: Keeping['upstreamFetch'], id: string) {
  try {
    const answer = await fetch(id, {
      headers: { Accept: 'application/json' },
      // A redirect would let one host speak for another.
      redirect: 'manual',
      signal: AbortSignal.timeout(FETCH_MS),
    });
    const text = answer.status === 200 ? await textOf(answer) : undefined;
    if (text === undefined) return undefined;
    const document = JSON.parse(text) as Record<string, unknown> | null;
    if (document?.['client_id'] !== id) return undefined;
    if ((document['token_endpoint_auth_method'] ?? 'none') !== 'none') return undefined;
    const metadata = readClientMetadata(document);
    return 'code' in metadata ? undefined : metadata;
  } catch {
    return undefined;
  }
}

async function textOf({ body }: Response): Promise<string | undefined> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += piece.length;
    if (size > MAX_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
