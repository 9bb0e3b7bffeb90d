import type { Kysely, Selectable } from 'kysely';
import type { ReleaseStatus } from '#contract/release-statuses.ts';
import type { ReleaseLogRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { readLines } from './release-store.ts';

// Another process may run the pipeline: its steps are seen this late.
const POLL_MS = 1000;

/** How a release stands. */
interface ReleaseState {
  status: ReleaseStatus;
  logs: Selectable<ReleaseLogRow>[];
}

/** Lets any number of streams follow a release at the price of one. */
export interface ReleaseFollowers {
  /** How it stands now, then after every change, until it has ended, is gone, or nobody listens. */
  follow(releaseId: string, signal: AbortSignal): AsyncGenerator<ReleaseState>;
  /** Reads a release again at once, where anybody follows it. */
  refresh: (releaseId: string) => void;
  /** Ends every stream. */
  close(): void;
}

/** True for a status that no release leaves. */
export function isFinal(status: ReleaseStatus): boolean {
  return !['QUEUED', 'WORKING', 'AUTH_REQUIRED'].includes(status);
}

/** A release that is followed. */
interface Followed {
  state: ReleaseState | undefined;
  hasEnded: boolean;
  followers: Set<() => void>;
  isStale: boolean;
  /** Ends the pause before it is read again. */
  readNow: () => void;
}

/** Follows releases in the database. */
export function createReleaseFollowers(
  db: Kysely<Database>,
  reportError: (error: unknown) => void,
): ReleaseFollowers {
  const releases = new Map<string, Followed>();
  let isClosed = false;

  async function poll(id: string, release: Followed): Promise<void> {
    while (release.followers.size > 0 && !release.hasEnded) {
      release.isStale = false;
      try {
        const state = await readState(db, id);
        release.hasEnded = isClosed || state === undefined || isFinal(state.status);
        if (hasChanged(release.state, state)) release.state = state;
      } catch (error) {
        reportError(error);
        release.hasEnded = true;
      }
      for (const wake of release.followers) wake();
      if (!release.hasEnded) await pause(release);
    }
    releases.delete(id);
  }

  function startFollowing(id: string): Followed {
    const release: Followed = {
      state: undefined,
      hasEnded: false,
      followers: new Set(),
      isStale: false,
      readNow: () => {},
    };
    releases.set(id, release);
    return release;
  }

  async function* follow(id: string, signal: AbortSignal): AsyncGenerator<ReleaseState> {
    let release = releases.get(id);
    const isFirst = release === undefined;
    release ??= startFollowing(id);
    let wake = (): void => {};
    const wakeUp = (): void => wake();
    release.followers.add(wakeUp);
    signal.addEventListener('abort', wakeUp);
    if (isFirst) void poll(id, release);
    try {
      let seen: ReleaseState | undefined;
      while (!signal.aborted) {
        const { state } = release;
        if (state !== undefined && state !== seen) {
          seen = state;
          yield state;
        } else if (release.hasEnded) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      release.followers.delete(wakeUp);
      signal.removeEventListener('abort', wakeUp);
      if (release.followers.size === 0) release.readNow();
    }
  }

  function refresh(id: string): void {
    const release = releases.get(id);
    if (release === undefined) return;
    release.isStale = true;
    release.readNow();
  }

  return {
    follow,
    refresh,
    close() {
      isClosed = true;
      for (const id of releases.keys()) refresh(id);
    },
  };
}

async function pause(release: Followed): Promise<void> {
  if (release.isStale) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, POLL_MS).unref();
    release.readNow = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  release.readNow = () => {};
}

async function readState(db: Kysely<Database>, id: string): Promise<ReleaseState | undefined> {
  // The status first: what was logged before it must not be missing where it is final.
  const release = await db.selectFrom('releases').select('status').where('id', '=', id).executeTakeFirst();
  if (release === undefined) return undefined;
  return { status: release.status, logs: await readLines(db, id) };
}

function hasChanged(before: ReleaseState | undefined, after: ReleaseState | undefined): boolean {
  return before?.status !== after?.status || before?.logs.length !== after?.logs.length;
}
