import type { Hono } from 'hono';
import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import type { Vault } from '#platform/sealing.ts';
import type { CallSource } from '#contract/call-source.ts';
import type { Access } from '#registry/access/access.ts';
import type { Author } from '#registry/audit/author.ts';
import type { KeyUses } from '#registry/access/key-uses.ts';
import type { BlobStore } from '#registry/files/blob-store.ts';
import type { RegistryLimits } from './registry-limits.ts';
import type { InvocationWriter } from '#registry/logs/invocation-writer.ts';
import type { ReleaseWorker } from '#registry/release-queue/release-worker.ts';
import type { ReleaseFollowers } from '#registry/releases/release-followers.ts';
import type { TrafficQuotas } from '#registry/quotas/traffic-quotas.ts';
import type { UpstreamFetch } from '#registry/upstream/upstream-fetch.ts';

/** What every route of the registry is given. */
export interface RegistryContext {
  db: Kysely<Database>;
  /** Where the registry is reached, without a slash at the end. */
  publicUrl: string;
  /** The values of Host under which it is reached too. */
  hosts: readonly string[];
  now: () => Date;
  /** A UUID that was never given out before. */
  newId: () => string;
  /** Seals the values of secrets. */
  vault: Vault;
  /** Seals the addresses that servers name for posts. */
  postVault: Vault;
  /** Seals what links to bundles grant. */
  linkVault: Vault;
  /** Signs service tokens; 32 bytes. */
  tokenKey: Uint8Array;
  blobs: BlobStore;
  /** Removes, soon, the blobs that nothing refers to any more. */
  sweepBlobs: () => void;
  upstreamFetch: UpstreamFetch;
  /** Below which files of repositories on GitHub are found, as `{owner}/{name}/{ref}/{path}`. */
  gitFilesUrl: string;
  /** True where anybody may read, without a key, which servers are listed. */
  openCatalog: boolean;
  limits: RegistryLimits;
  traffic: TrafficQuotas;
  keyUses: KeyUses;
  /** Writes runtime logs down. */
  invocations: InvocationWriter;
  /** Aborted where the registry is about to close: first what never ends by itself, later what takes too long. */
  ending: { streams: AbortSignal; calls: AbortSignal };
  releaseWorker: ReleaseWorker;
  releaseFollowers: ReleaseFollowers;
  /** Told of failures that a caller sees only as a bare 500, or not at all. */
  reportError: (error: unknown) => void;
}

/** What stands beside a request: from where it comes, and, put there by authentication, whose it is. */
export interface RegistryEnv {
  Bindings: CallSource;
  Variables: {
    access: Access;
    /** Who makes the changes that it asks for. */
    by: Author;
  };
}

export type RegistryApp = Hono<RegistryEnv>;
