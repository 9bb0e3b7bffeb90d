import type { Kysely, Selectable } from 'kysely';
import type { ReleaseLogRow, ReleaseStatus } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { readLines } from './release-store.ts';

// Another process may run the pipeline: its steps are seen this late.
const POLL_MS = 1000;

/** How a release stands. */
interface ReleaseState {
  status: ReleaseStatus;
  logs: Selectable<ReleaseLogRow>[];
}

/** Lets any number of watchers follow a release at the price of one. */
export interface ReleaseTails {
  /** How it stands now, then after every change, until it has ended, is gone, or nobody listens. */
  watch(releaseId: string, signal: AbortSignal): AsyncGenerator<ReleaseState>;
  /** Looks at a release at once, where anybody watches it. */
  refresh: (releaseId: string) => void;
  /** Ends every watch. */
  close(): void;
}

/** True for a status that no release leaves. */
export function isFinal(status: ReleaseStatus): boolean {
  return !['QUEUED', 'WORKING', 'AUTH_REQUIRED'].includes(status);
}

interface Tail {
  state: ReleaseState | undefined;
  hasEnded: boolean;
  watchers: Set<() => void>;
  isStale: boolean;
  /** Ends the pause before the next look. */
  look: () => void;
}

/** Watches releases in the database. */
export function createReleaseTails(
  db: Kysely<Database>,
  reportError: (error: unknown) => void,
): ReleaseTails {
  const tails = new Map<string, Tail>();
  let isClosed = false;

  async function follow(id: string, tail: Tail): Promise<void> {
    while (tail.watchers.size > 0 && !tail.hasEnded) {
      tail.isStale = false;
      try {
        const state = await readState(db, id);
        tail.hasEnded = isClosed || state === undefined || isFinal(state.status);
        if (hasChanged(tail.state, state)) tail.state = state;
      } catch (error) {
        reportError(error);
        tail.hasEnded = true;
      }
      for (const wake of tail.watchers) wake();
      if (!tail.hasEnded) await pause(tail);
    }
    tails.delete(id);
  }

  function startTail(id: string): Tail {
    const tail: Tail = {
      state: undefined,
      hasEnded: false,
      watchers: new Set(),
      isStale: false,
      look: () => {},
    };
    tails.set(id, tail);
    return tail;
  }

  async function* watch(id: string, signal: AbortSignal): AsyncGenerator<ReleaseState> {
    let tail = tails.get(id);
    const isFirst = tail === undefined;
    tail ??= startTail(id);
    let wake = (): void => {};
    const wakeUp = (): void => wake();
    tail.watchers.add(wakeUp);
    signal.addEventListener('abort', wakeUp);
    if (isFirst) void follow(id, tail);
    try {
      let seen: ReleaseState | undefined;
      while (!signal.aborted) {
        const { state } = tail;
        if (state !== undefined && state !== seen) {
          seen = state;
          yield state;
        } else if (tail.hasEnded) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      tail.watchers.delete(wakeUp);
      signal.removeEventListener('abort', wakeUp);
      if (tail.watchers.size === 0) tail.look();
    }
  }

  function refresh(id: string): void {
    const tail = tails.get(id);
    if (tail === undefined) return;
    tail.isStale = true;
    tail.look();
  }

  return {
    watch,
    refresh,
    close() {
      isClosed = true;
      for (const id of tails.keys()) refresh(id);
    },
  };
}

async function pause(tail: Tail): Promise<void> {
  if (tail.isStale) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, POLL_MS).unref();
    tail.look = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  tail.look = () => {};
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
