import type { Selectable } from 'kysely';
import type { ReleaseRow } from '#database/registry-tables.ts';
import type { BlobStore } from '#registry/files/blob-store.ts';
import type { UpstreamFetch } from '#registry/upstream/upstream-fetch.ts';
import { scanBundle, type BundleScan } from '#registry/bundles/bundle-scan.ts';
import type { Signer } from '#registry/bundles/bundle-signer.ts';
import { bundleCard } from '#registry/bundles/manifest-card.ts';
import { sumUp, type ReleaseCard } from '#registry/release-scan/release-card.ts';
import type { ReleaseLine } from './release-log.ts';
import type { Credentials, KeptPayload } from './release-payload.ts';
import { ReleaseProblem } from '#registry/release-scan/release-problem.ts';
import { scanUpstream } from '#registry/release-scan/upstream-scan.ts';

const OLDER_TRANSPORT =
  'The server speaks only the older SSE transport: it is listed, but calls through the registry need Streamable HTTP';

type ExternalPayload = Extract<KeptPayload, { type: 'external' }>;
type StdioPayload = Extract<KeptPayload, { type: 'stdio' }>;

export interface PipelineTools {
  log: (line: ReleaseLine) => Promise<void>;
  blobs: BlobStore;
  fetch: UpstreamFetch;
  credentials: Credentials | null;
  signal: AbortSignal;
}

/** What was found out about a release. */
export interface ExaminedRelease {
  card: ReleaseCard;
  /** Null where it has none. */
  bundle: Pick<BundleScan, 'signer' | 'icon'> | null;
}

/** The stages deploy, scan and metadata of a release: returns what it offers. Throws ReleaseProblem or SignInRequired. */
export async function examineRelease(
  release: Selectable<ReleaseRow>,
  payload: KeptPayload,
  tools: PipelineTools,
): Promise<ExaminedRelease> {
  const examined =
    payload.type === 'external'
      ? { card: await examineUpstream(payload, tools), bundle: null }
      : await examineBundle(release, payload, tools);
  const { card } = examined;
  for (const message of card.warnings) await tools.log({ stage: 'metadata', level: 'warning', message });
  await tools.log({ stage: 'metadata', level: 'success', message: `Found ${sumUp(card)}` });
  return examined;
}

async function examineUpstream(
  payload: ExternalPayload,
  { log, fetch, credentials, signal }: PipelineTools,
): Promise<ReleaseCard> {
  if (payload.hasCredentials && credentials === null) {
    throw new ReleaseProblem(
      'FAILURE',
      'The registry was restarted, and the credentials of this release are gone: they are never stored.',
      'Release again, with the same scanCredentials.',
    );
  }
  await log({
    stage: 'deploy',
    level: 'start',
    message: `Connecting to ${new URL(payload.upstreamUrl).host}`,
  });
  return scanUpstream({
    url: payload.upstreamUrl,
    credentials,
    fetch,
    signal,
    onReached: async (transport) => {
      await log({ stage: 'deploy', level: 'end', message: 'Upstream reached' });
      if (transport === 'sse') await log({ stage: 'deploy', level: 'info', message: OLDER_TRANSPORT });
      await log({ stage: 'scan', level: 'start', message: 'Checking how to sign in' });
      const accepted = credentials === null ? 'No sign-in is needed' : 'The credentials were accepted';
      await log({ stage: 'scan', level: 'success', message: accepted });
      await log({ stage: 'metadata', level: 'start', message: 'Asking the server what it offers' });
    },
  });
}

async function examineBundle(
  { bundle_hash, bundle_size }: Selectable<ReleaseRow>,
  payload: StdioPayload,
  { log, blobs }: PipelineTools,
): Promise<ExaminedRelease> {
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
