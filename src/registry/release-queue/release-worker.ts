import type { Selectable } from 'kysely';
import type { ReleaseRow } from '#database/registry-tables.ts';
import { claimRelease, giveUpLeases, renewLeases, type Lease } from './release-leases.ts';
import { endStaleSignIns } from './release-outcomes.ts';
import type { Credentials } from './release-payload.ts';
import { runRelease, type RunnerParts } from './release-job.ts';

// Most of a pipeline is waiting for an upstream.
const MAX_AT_ONCE = 4;

/** Runs the pipelines of releases, a few at once, whoever queued them. */
export interface ReleaseRunner {
  /** What a release is queued with, so that this runner takes it up. */
  lease(): Lease;
  /** Remembers credentials, which are kept nowhere else, until the release has ended. */
  keepCredentials(releaseId: string, credentials: Credentials): void;
  hasCredentials(releaseId: string): boolean;
  /** Takes up what is queued, soon. */
  wake(): void;
  /** Stops a release that was cancelled, and forgets its credentials. */
  drop(releaseId: string): void;
  /** Leaves what is under way to the next runner. */
  close(): Promise<void>;
}

/** Starts with what an earlier process left, and from then on looks for more whenever woken, and now and then. */
export function startReleaseRunner(parts: RunnerParts): ReleaseRunner {
  const { db, limits, now, reportError, onChange } = parts;
  const runner = parts.newId();
  const running = new Map<string, { stop: AbortController; done: Promise<void> }>();
  const credentials = new Map<string, Credentials>();
  let current: Promise<void> | undefined;
  let isAskedAgain = false;
  const closing = new AbortController();

  const lease = (): Lease => ({
    runner,
    until: new Date(now().getTime() + limits.leaseMs).toISOString(),
  });

  async function takeUp(): Promise<void> {
    do {
      isAskedAgain = false;
      try {
        await takeUpOnce();
      } catch (error) {
        reportError(error);
      }
    } while (isAskedAgain && !closing.signal.aborted);
    current = undefined;
  }

  async function takeUpOnce(): Promise<void> {
    while (!closing.signal.aborted && running.size < MAX_AT_ONCE) {
      const release = await claimRelease(db, { lease: lease(), now: now() });
      if (release === undefined) return;
      run(release);
    }
  }

  function run(release: Selectable<ReleaseRow>): void {
    const stop = new AbortController();
    // What was claimed before under the same id has lost its lease.
    running.get(release.id)?.stop.abort();
    const done = runRelease(release, {
      ...parts,
      lease,
      credentials: credentials.get(release.id) ?? null,
      stopped: stop.signal,
    })
      .then((isWaiting) => {
        if (!isWaiting) credentials.delete(release.id);
      })
      .catch(reportError)
      .finally(() => {
        if (running.get(release.id)?.stop === stop) running.delete(release.id);
        onChange(release.id);
        wake();
      });
    running.set(release.id, { stop, done });
  }

  function wake(): void {
    isAskedAgain = true;
    if (!closing.signal.aborted) current ??= takeUp();
  }

  async function lookAround(): Promise<void> {
    try {
      await renewAll();
      const ended = await endStaleSignIns(db, {
        waitingSince: new Date(now().getTime() - limits.signInMs),
        line: {
          level: 'failure',
          message: 'The release timed out waiting for a sign-in',
          error: 'Release again, with scanCredentials that the upstream accepts.',
        },
        now: now(),
      });
      for (const id of ended) {
        credentials.delete(id);
        onChange(id);
      }
    } catch (error) {
      reportError(error);
    }
    wake();
  }

  async function renewAll(): Promise<void> {
    // Only of these: what is taken up while the leases are renewed has a lease of its own.
    const held = [...running];
    if (held.length === 0) return;
    const kept = new Set(await renewLeases(db, lease()));
    for (const [id, { stop }] of held) if (!kept.has(id)) stop.abort();
  }

  const timer = setInterval(() => void lookAround(), limits.leaseMs / 3).unref();
  void lookAround();

  return {
    lease,
    keepCredentials: (id, value) => void credentials.set(id, value),
    hasCredentials: (id) => credentials.has(id),
    wake,
    drop(id) {
      running.get(id)?.stop.abort();
      credentials.delete(id);
      onChange(id);
    },
    async close() {
      closing.abort();
      clearInterval(timer);
      await current;
      for (const { stop } of running.values()) stop.abort();
      await Promise.all([...running.values()].map(({ done }) => done));
      credentials.clear();
      await giveUpLeases(db, runner).catch(reportError);
    },
  };
}
