import type { Kysely, Selectable } from 'kysely';
import type { ReleaseStatus } from '#contract/release-statuses.ts';
import type { ReleaseRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import type { Vault } from '#platform/sealing.ts';
import type { BlobStore } from '#registry/files/blob-store.ts';
import type { RegistryLimits } from '#registry/registry-limits.ts';
import type { UpstreamFetch } from '#registry/upstream/upstream-fetch.ts';
import { LeaseLost, logRelease, type Lease } from './release-leases.ts';
import type { ReleaseLine } from './release-log.ts';
import { abortedWith, orAborted } from '#registry/release-scan/or-aborted.ts';
import { publishRelease, settleRelease } from './release-outcomes.ts';
import type { Credentials, KeptPayload } from './release-payload.ts';
import { ReleaseProblem, SignInRequired } from '#registry/release-scan/release-problem.ts';

/** What every job needs. */
export interface WorkerOptions {
  db: Kysely<Database>;
  blobs: BlobStore;
  /** Opens the values of secrets. */
  vault: Vault;
  fetch: UpstreamFetch;
  limits: RegistryLimits;
  now: () => Date;
  newId: () => string;
  /** Told after every step of a release. */
  onChange: (releaseId: string) => void;
  /** Told after a bundle was given up. */
  onBundleUnused: () => void;
  reportError: (error: unknown) => void;
}

interface Job extends WorkerOptions {
  lease: () => Lease;
  credentials: Credentials | null;
  /** Aborted where nobody wants the release any more, or the registry closes. */
  stopped: AbortSignal;
}

class TimedOut extends Error {}

/** Runs the pipeline of one release to its end, whatever that is; nothing is written once it was stopped. Returns whether it waits. */
export async function runReleaseJob(release: Selectable<ReleaseRow>, job: Job): Promise<boolean> {
  const { db, now, lease, limits, stopped, onChange } = job;
  const { id } = release;
  const payload = JSON.parse(release.payload ?? 'null') as KeptPayload;
  // Only now: the MCP client behind it takes longer to load than all the rest of the registry.
  const { examineRelease } = await import('./release-pipeline.ts');
  const ending = abortedWith(stopped);
  const { signal } = ending;
  const timer = setTimeout(() => ending.abort(new TimedOut()), limits.pipelineMs);

  async function log(line: ReleaseLine): Promise<void> {
    stopped.throwIfAborted();
    await logRelease(db, { id, lease: lease(), line, now: now() });
    onChange(id);
  }

  try {
    if (release.status === 'WORKING') {
      await log({ stage: 'deploy', level: 'info', message: 'Started again after an interruption' });
    }
    const tools = { ...job, log, signal };
    const examined = await orAborted(examineRelease(release, payload, tools), signal);
    await log({ stage: 'publish', level: 'start', message: 'Publishing' });
    const line = { stage: 'publish', level: 'success', message: 'Live' } as const;
    stopped.throwIfAborted();
    const { keptBundles } = limits;
    const outcome = { id, worker: lease().worker, line, now: now(), payload, keptBundles };
    await publishRelease(db, { ...outcome, ...examined });
    job.onBundleUnused();
    return false;
  } catch (error) {
    if (stopped.aborted || error instanceof LeaseLost) return false;
    const { status, line } = outcomeOf(error, release, job);
    await settleRelease(db, { id, worker: lease().worker, line, now: now(), status });
    if (release.bundle_hash !== null) job.onBundleUnused();
    return status === 'AUTH_REQUIRED';
  } finally {
    clearTimeout(timer);
  }
}

function outcomeOf(
  error: unknown,
  { upstream_headers }: Selectable<ReleaseRow>,
  { credentials, limits, reportError }: Job,
): { status: Exclude<ReleaseStatus, 'SUCCESS'>; line: ReleaseLine } {
  if (error instanceof SignInRequired) {
    const isAnonymous = credentials === null && upstream_headers === null;
    const wants = isAnonymous ? 'asks for a sign-in' : 'does not accept the credentials';
    const message = `The upstream ${wants} (401): let this registry in, then resume; or release again with other scanCredentials, or with upstreamHeaders, which calls carry too`;
    return { status: 'AUTH_REQUIRED', line: { stage: 'scan', level: 'info', message } };
  }
  if (error instanceof ReleaseProblem) {
    const { status, message, advice } = error;
    return { status, line: { level: 'error', message, error: advice } };
  }
  if (error instanceof TimedOut) {
    const line: ReleaseLine = {
      level: 'error',
      message: `The release timed out: it took longer than ${limits.pipelineMs / 1000} s`,
      error: 'Check that the server answers at its URL, then release again.',
    };
    return { status: 'FAILURE', line };
  }
  reportError(error);
  const line: ReleaseLine = {
    level: 'error',
    message: 'Something went wrong inside the registry',
    error: 'It is not the fault of the release: try again, and tell who runs this registry if it stays so.',
  };
  return { status: 'INTERNAL_ERROR', line };
}
