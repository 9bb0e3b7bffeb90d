import type { Selectable } from 'kysely';
import type { ReleaseRow } from '#database/registry-tables.ts';
import { createTurns, type Share } from './fair-shares.ts';
import { giveUpLeases, listWaiting, renewLeases, takeLease, type Lease } from './release-leases.ts';
import { endStaleSignIns } from './release-outcomes.ts';
import type { Credentials } from './release-payload.ts';
import { runReleaseJob, type WorkerOptions } from './release-job.ts';

/** Works through the queue of releases, some at once; their owners take turns. */
export interface ReleaseWorker {
  /** What a release is queued with, so that this worker takes it up. */
  lease(): Lease;
  /** Remembers credentials, which are kept nowhere else, until the release has ended. */
  keepCredentials(releaseId: string, credentials: Credentials): void;
  hasCredentials(releaseId: string): boolean;
  /** Takes what is queued, soon. */
  wake(): void;
  /** Stops a release that was cancelled, and forgets its credentials. */
  drop(releaseId: string): void;
  /** Leaves what is under way to the next worker. */
  close(): Promise<void>;
}

/** Starts with what an earlier process left, and from then on takes more whenever woken, and now and then. */
export function startReleaseWorker(options: WorkerOptions): ReleaseWorker {
  const { db, limits, now, reportError, onChange } = options;
  const worker = options.newId();
  const running = new Map<string, { share: Share; stop: AbortController; done: Promise<void> }>();
  const turns = createTurns();
  const credentials = new Map<string, Credentials>();
  let current: Promise<void> | undefined;
  let isAskedAgain = false;
  const closing = new AbortController();

  const lease = (): Lease => ({
    worker,
    until: new Date(now().getTime() + limits.leaseMs).toISOString(),
  });

  async function workOff(): Promise<void> {
    do {
      isAskedAgain = false;
      try {
        await takeAll();
      } catch (error) {
        reportError(error);
      }
    } while (isAskedAgain && !closing.signal.aborted);
    current = undefined;
  }

  async function takeAll(): Promise<void> {
    while (!closing.signal.aborted) {
      const waiting = await listWaiting(db, { worker, now: now() });
      const shares = Array.from(running.values(), ({ share }) => share);
      const next = turns.next(waiting, shares);
      if (next === undefined) return;
      const release = await takeLease(db, { lease: lease(), now: now(), ...next });
      // Another process was quicker: what it left is there after the next tick.
      if (release === undefined) return;
      run(release, next);
    }
  }

  function run(release: Selectable<ReleaseRow>, share: Share): void {
    const stop = new AbortController();
    // What was leased before under the same id has lost its lease.
    running.get(release.id)?.stop.abort();
    const done = runReleaseJob(release, {
      ...options,
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
    running.set(release.id, { share, stop, done });
  }

  function wake(): void {
    isAskedAgain = true;
    if (!closing.signal.aborted) current ??= workOff();
  }

  async function tick(): Promise<void> {
    try {
      await renewAll();
      const ended = await endStaleSignIns(db, {
        waitingSince: new Date(now().getTime() - limits.signInMs),
        line: {
          level: 'error',
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
    // Only of these: what is taken while the leases are renewed has a lease of its own.
    const held = [...running];
    if (held.length === 0) return;
    const kept = new Set(await renewLeases(db, lease()));
    for (const [id, { stop }] of held) if (!kept.has(id)) stop.abort();
  }

  const timer = setInterval(() => void tick(), limits.leaseMs / 3).unref();
  void tick();

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
      await giveUpLeases(db, worker).catch(reportError);
    },
  };
}
