import type { Logger } from 'pino';
import type { NamespaceSights } from '#gateway/sessions/namespace-sights.ts';
import type { OperationStore } from './operation-store.ts';

const FIRST_AFTER_MS = 1000;

/** Forgets old entries of the ledger now and then, from soon after the start until it is closed. */
export interface ActivitySweeper {
  /** Ends it, once the step under way is done. */
  close(): Promise<void>;
}

interface Options {
  operations: OperationStore;
  sights: NamespaceSights;
  /** How long an entry is kept once its outcome is known, in milliseconds. */
  keepMs: number;
  /** How long after one sweep the next follows, in milliseconds. */
  sweepMs: number;
  now: () => Date;
  log: Logger;
}

/** Starts one. Several processes on one database may each have theirs. */
export function startActivitySweeper(options: Options): ActivitySweeper {
  const { operations, sights, keepMs, sweepMs, now, log } = options;
  const closing = new AbortController();
  let running = Promise.resolve();
  let timer = later(Math.min(FIRST_AFTER_MS, sweepMs));

  function later(ms: number): NodeJS.Timeout {
    const next = setTimeout(() => {
      running = sweep()
        .catch((error: unknown) => log.error({ err: error }, 'activity not swept'))
        .then(() => {
          if (!closing.signal.aborted) timer = later(sweepMs);
        });
    }, ms);
    return next.unref();
  }

  async function sweep(): Promise<void> {
    const before = new Date(now().getTime() - keepMs);
    // In steps, so that nobody else waits long for the database.
    while (!closing.signal.aborted && (await operations.forgetSettled(before)) > 0);
    // Since when such a key had its namespaces matters no more: what others did there by then is forgotten too.
    await sights.forgetUnseen(before);
  }

  return {
    close: async () => {
      closing.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
