import type { RegistryContext } from '#registry/context.ts';
import { fileOlderInvocations } from './invocation-store.ts';
import { deleteOldLogs } from './log-retention.ts';

const FIRST_AFTER_MS = 1000;

/** Keeps the runtime logs within their limits, from soon after the start until it is closed. */
export interface LogSweeper {
  /** Ends it, once the step under way is done. */
  close(): Promise<void>;
}

type Options = Pick<RegistryContext, 'db' | 'now' | 'limits' | 'reportError'>;

/** Starts sweeping the logs, and files what an older version wrote. */
export function startLogSweeper({ db, now, limits, reportError }: Options): LogSweeper {
  const closing = new AbortController();
  let running = Promise.resolve();
  let timer = later(Math.min(FIRST_AFTER_MS, limits.logSweepMs));

  function later(ms: number): NodeJS.Timeout {
    const next = setTimeout(() => {
      running = work()
        .catch(reportError)
        .then(() => {
          if (!closing.signal.aborted) timer = later(limits.logSweepMs);
        });
    }, ms);
    return next.unref();
  }

  async function work(): Promise<void> {
    while (!closing.signal.aborted && (await fileOlderInvocations(db)) > 0);
    const since = new Date(now().getTime() - limits.keepLogsMs);
    await deleteOldLogs(db, { since, maxBytes: limits.keepLogsBytes }, closing.signal);
  }

  return {
    close: async () => {
      closing.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
