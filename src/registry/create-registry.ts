import { randomUUID } from 'node:crypto';
import type { lookup } from 'node:dns';
import { setMaxListeners } from 'node:events';
import type { Kysely } from 'kysely';
import type { CallSource } from '#contract/call-source.ts';
import type { SessionEvent } from '#contract/session-event.ts';
import type { Hints } from '#database/hints.ts';
import type { Database } from '#database/schema.ts';
import { createVault, deriveKey } from '#platform/sealing.ts';
import type { BlobStore } from '#registry/files/blob-store.ts';
import { startFiling } from '#registry/filing/unfiled-servers.ts';
import { startBlobSweeper } from '#registry/files/blob-sweeper.ts';
import type { RegistryContext } from './context.ts';
import { defaultRegistryLimits, type RegistryLimits } from './registry-limits.ts';
import { startHoldExpiry } from '#registry/names/hold-expiry.ts';
import { namespacesOfCredential } from '#registry/namespaces/credential-namespaces.ts';
import { createKeyUses } from '#registry/access/key-uses.ts';
import { startAuditSweeper } from '#registry/history/audit-sweeper.ts';
import { writeSession } from '#registry/history/session-audit.ts';
import { startOAuthSweeper } from '#registry/oauth/oauth-sweeper.ts';
import { createInvocationWriter } from '#registry/logs/invocation-writer.ts';
import { startLogSweeper } from '#registry/logs/log-sweeper.ts';
import { startReleaseWorker } from '#registry/release-queue/release-worker.ts';
import { createReleaseFollowers } from '#registry/releases/release-followers.ts';
import { createTrafficQuotas } from '#registry/quotas/traffic-quotas.ts';
import { registryRoutes } from './routes.ts';
import { createUpstreams } from '#registry/upstream/upstream-fetch.ts';

export interface RegistryOptions {
  db: Kysely<Database>;
  /** Where the registry is reached, as `http://127.0.0.1:4000/registry`: the start of every URL it gives out. */
  publicUrl: string;
  /** The values of Host under which it is reached too; none where they are left out. */
  hosts?: readonly string[];
  /** 32 bytes; seals secrets at rest and signs service tokens. */
  secret: Uint8Array;
  /** Where bundles are kept. */
  blobs: BlobStore;
  /** True where releases may lead to addresses of this machine and its networks. */
  allowPrivateUpstreams?: boolean;
  /** As `dns.lookup`, for upstream servers. */
  lookup?: typeof lookup;
  /** Below which files of repositories on GitHub are found, as `{owner}/{name}/{ref}/{path}`. */
  gitFilesUrl?: string;
  /** True where anybody may read, without a key, which servers are listed: by the API that editors speak. */
  openCatalog?: boolean;
  limits?: Partial<RegistryLimits>;
  /** How processes on the same database tell each other that a release went on; none where it is left out. */
  hints?: Pick<Hints, 'send' | 'listen'>;
  now: () => Date;
  newId?: () => string;
  /** Told of failures that a caller sees only as a bare 500, or not at all. */
  reportError?: (error: unknown) => void;
}

export interface Registry {
  /** Answers a request whose path begins at the registry's root. What is told of its source is believed. Never rejects. */
  fetch: (request: Request, source?: CallSource) => Promise<Response>;
  /** As `namespacesOfCredential`. */
  namespacesOf: (credential: string) => ReturnType<typeof namespacesOfCredential>;
  /** As `writeSession`. */
  writeSession: (trx: Kysely<Database>, event: SessionEvent, source: CallSource) => Promise<void>;
  /** Ends answers that have no end of their own now, and others that take too long a little later. */
  endStreams: () => void;
  /** Ends what goes on by itself. */
  close: () => Promise<void>;
}

const RELEASE_HINT = 'release ';

// What is under way when the registry is about to close gets this long.
const LAST_CALLS_MS = 5000;

/** The embedded registry: speaks the Smithery Platform API over the given database. */
export function createRegistry(options: RegistryOptions): Registry {
  const { context, endStreams, close } = registryContext(options);
  const app = registryRoutes(context);
  return {
    fetch: async (request, source = {}) => app.fetch(request, source),
    namespacesOf: (credential) => namespacesOfCredential(context, credential),
    writeSession: (trx, event, source) => writeSession({ ...context, db: trx }, event, source),
    endStreams,
    close,
  };
}

/**
 * All that the routes stand on, and how to end it. Tests list the routes and explain the queries with it.
 *
 * @internal
 */
export function registryContext({
  db,
  publicUrl,
  hosts = [],
  secret,
  blobs,
  allowPrivateUpstreams = false,
  lookup,
  gitFilesUrl = 'https://raw.githubusercontent.com',
  openCatalog = false,
  limits,
  hints,
  now,
  newId = randomUUID,
  reportError = () => {},
}: RegistryOptions): { context: RegistryContext } & Pick<Registry, 'endStreams' | 'close'> {
  const upstreams = createUpstreams({
    allowPrivate: allowPrivateUpstreams,
    ...(lookup === undefined ? {} : { lookup }),
  });
  const allLimits = { ...defaultRegistryLimits, ...limits };
  const sweeper = startBlobSweeper({ db, blobs, now, reportError });
  const vault = createVault(secret, 'server secrets');
  const holdExpiry = startHoldExpiry({ db, now, reportError });
  const filing = startFiling({ db, reportError });
  const auditSweeper = startAuditSweeper({ db, now, limits: allLimits, reportError });
  const keyUses = createKeyUses({ db, now, reportError });
  const oauthSweeper = startOAuthSweeper({ db, now, reportError });
  const releaseFollowers = createReleaseFollowers(db, reportError);
  hints?.listen((text) => {
    if (text.startsWith(RELEASE_HINT)) releaseFollowers.refresh(text.slice(RELEASE_HINT.length));
  });
  const releaseWorker = startReleaseWorker({
    db,
    blobs,
    vault,
    fetch: upstreams.fetch,
    limits: allLimits,
    now,
    newId,
    onChange: (id) => {
      releaseFollowers.refresh(id);
      hints?.send(RELEASE_HINT + id);
    },
    onBundleUnused: sweeper.soon,
    reportError,
  });
  const invocations = createInvocationWriter({ db, reportError });
  const logSweeper = startLogSweeper({ db, now, limits: allLimits, reportError });
  const streams = new AbortController();
  const calls = new AbortController();
  // As many listen as there are calls.
  setMaxListeners(0, streams.signal, calls.signal);
  const endStreams = (): void => {
    streams.abort();
    releaseFollowers.close();
    setTimeout(() => calls.abort(), LAST_CALLS_MS).unref();
  };
  const context: RegistryContext = {
    db,
    publicUrl,
    hosts,
    now,
    newId,
    vault,
    postVault: createVault(secret, 'addresses for posts'),
    linkVault: createVault(secret, 'bundle links'),
    tokenKey: deriveKey(secret, 'touchmark service tokens'),
    blobs,
    sweepBlobs: sweeper.soon,
    upstreamFetch: upstreams.fetch,
    gitFilesUrl,
    openCatalog,
    limits: allLimits,
    traffic: createTrafficQuotas(db, { now, defaults: allLimits.quotas }),
    keyUses,
    invocations,
    ending: { streams: streams.signal, calls: calls.signal },
    releaseWorker,
    releaseFollowers,
    reportError,
  };
  return {
    context,
    endStreams,
    close: async () => {
      endStreams();
      calls.abort();
      await releaseWorker.close();
      await sweeper.close();
      await holdExpiry.close();
      await filing.close();
      await oauthSweeper.close();
      await auditSweeper.close();
      await keyUses.close();
      await upstreams.close();
      await logSweeper.close();
      // Last, for calls that ended just now.
      await invocations.close();
    },
  };
}
