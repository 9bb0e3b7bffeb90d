import type { Kysely, Selectable } from 'kysely';
import type { ReleaseRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import type { Vault } from '#platform/sealing.ts';
import type { BlobStore } from '#registry/files/blob-store.ts';
import type { UpstreamFetch } from '#registry/upstream/upstream-fetch.ts';
import { scanBundle, type BundleScan } from '#registry/bundles/bundle-scan.ts';
import type { Signer } from '#registry/bundles/bundle-signer.ts';
import { bundleCard } from '#registry/bundles/manifest-card.ts';
import { sumUp, type ReleaseCard } from '#registry/release-scan/release-card.ts';
import type { ReleaseLine } from './release-log.ts';
import { headersOfRelease } from './release-headers.ts';
import type { Credentials, KeptPayload } from './release-payload.ts';
import { ReleaseProblem } from '#registry/release-scan/release-problem.ts';
import { hidingFetch } from '#registry/secrets/hidden-values.ts';
import type { UpstreamHeaders } from '#registry/secrets/upstream-headers.ts';
import { scanUpstream, type CalledUpstream } from '#registry/release-scan/upstream-scan.ts';

const OLDER_TRANSPORT =
  'The server speaks the older SSE transport alone: clients must speak it too, through the registry as well';
const NEWEST_PROTOCOL = 'The server speaks MCP 2026-07-28 alone: clients of older protocols cannot call it';

type ExternalPayload = Extract<KeptPayload, { type: 'external' }>;
type StdioPayload = Extract<KeptPayload, { type: 'stdio' }>;

export interface PipelineTools {
  log: (line: ReleaseLine) => Promise<void>;
  blobs: BlobStore;
  db: Kysely<Database>;
  vault: Vault;
  fetch: UpstreamFetch;
  credentials: Credentials | null;
  signal: AbortSignal;
}

/** What was found out about a release. */
export interface ExaminedRelease {
  card: ReleaseCard;
  /** Null for a bundle. */
  called: CalledUpstream | null;
  /** Null where it has none. */
  bundle: Pick<BundleScan, 'signer' | 'icon'> | null;
}

/**
 * The stages deploy, scan and metadata of a release: returns what it offers, and where it is called. Throws
 * ReleaseProblem or SignInRequired.
 */
export async function examineRelease(
  release: Selectable<ReleaseRow>,
  payload: KeptPayload,
  tools: PipelineTools,
): Promise<ExaminedRelease> {
  const examined =
    payload.type === 'external'
      ? { ...(await examineUpstream(release, payload, tools)), bundle: null }
      : { ...(await examineBundle(release, payload, tools)), called: null };
  const { card } = examined;
  for (const message of card.warnings) await tools.log({ stage: 'metadata', level: 'warning', message });
  await tools.log({ stage: 'metadata', level: 'success', message: `Found ${sumUp(card)}` });
  return examined;
}

async function examineUpstream(
  release: Selectable<ReleaseRow>,
  payload: ExternalPayload,
  { log, db, vault, fetch, credentials, signal }: PipelineTools,
): Promise<Pick<ExaminedRelease, 'card' | 'called'>> {
  if (payload.hasCredentials && credentials === null) {
    throw new ReleaseProblem(
      'FAILURE',
      'The registry was restarted, and the credentials of this release are gone: they are never stored.',
      'Release again, with the same scanCredentials.',
    );
  }
  const added = await headersOfRelease(release, payload.upstreamUrl, { db, vault, log });
  const shown = showing(credentials, added.headers);
  await log({
    stage: 'deploy',
    level: 'start',
    message: `Connecting to ${new URL(payload.upstreamUrl).host}`,
  });
  return scanUpstream({
    url: payload.upstreamUrl,
    credentials: shown,
    fetch: hidingFetch(fetch, added.secrets),
    signal,
    onReached: async ({ url, transport, isModernOnly }) => {
      await log({ stage: 'deploy', level: 'end', message: 'Upstream reached' });
      if (url !== new URL(payload.upstreamUrl).href) {
        const { origin, pathname } = new URL(url);
        await log({
          stage: 'deploy',
          level: 'info',
          message: `It redirects: calls go to ${origin}${pathname}`,
        });
      }
      if (transport === 'sse') await log({ stage: 'deploy', level: 'info', message: OLDER_TRANSPORT });
      if (isModernOnly) await log({ stage: 'deploy', level: 'info', message: NEWEST_PROTOCOL });
      await log({ stage: 'scan', level: 'start', message: 'Checking how to sign in' });
      const accepted = shown === null ? 'No sign-in is needed' : 'The credentials were accepted';
      await log({ stage: 'scan', level: 'success', message: accepted });
      await log({ stage: 'metadata', level: 'start', message: 'Asking the server what it offers' });
    },
  });
}

// Null where there is nothing to show. What calls carry wins: so it is tried before anybody calls.
function showing(
  credentials: Credentials | null,
  added: UpstreamHeaders['headers'],
): Record<string, string> | null {
  const shown = new Headers(credentials ?? {});
  for (const [name, value] of Object.entries(added)) shown.set(name, value);
  const headers = Object.fromEntries(shown);
  return Object.keys(headers).length === 0 ? null : headers;
}

async function examineBundle(
  { bundle_hash, bundle_size }: Selectable<ReleaseRow>,
  payload: StdioPayload,
  { log, blobs }: PipelineTools,
): Promise<Pick<ExaminedRelease, 'card' | 'bundle'>> {
  if (bundle_hash === null) throw new Error('A release of a bundle has none');
  await log({ stage: 'deploy', level: 'start', message: 'Taking the bundle in' });
  await log({ stage: 'deploy', level: 'end', message: `Bundle of ${bundle_size} bytes stored` });
  await log({ stage: 'scan', level: 'start', message: 'Checking that the bundle is safe to unpack' });
  const bundle = await scanBundle(await blobs.open(bundle_hash), {
    runtime: payload.runtime,
    onSafe: async (signer) => {
      if (signer !== null) await log({ stage: 'scan', level: 'info', message: signerWords(signer) });
      await log({ stage: 'scan', level: 'success', message: 'No problems found' });
      await log({ stage: 'metadata', level: 'start', message: 'Reading manifest.json' });
    },
  });
  for (const message of bundle.warnings) await log({ stage: 'metadata', level: 'warning', message });
  return { card: bundleCard(bundle.manifest, payload.serverCard ?? {}), bundle };
}

function signerWords({ subject, isSelfSigned, isVerified }: Signer): string {
  const whose = isSelfSigned
    ? 'the certificate is self-signed, which anybody can make'
    : 'who issued the certificate was not checked';
  return isVerified
    ? `Signed by "${subject}": the signature fits the bundle, ${whose}`
    : `Signed by "${subject}", in a way that is not checked here: whether it fits the bundle is not known`;
}
