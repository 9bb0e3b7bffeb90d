import { repeat, type RepeatedWork } from '#platform/repeated-work.ts';
import type { RegistryContext } from '#registry/context.ts';
import { fileOlderInvocations } from './invocation-store.ts';
import { deleteOldLogs } from './log-retention.ts';

const FIRST_AFTER_MS = 1000;

type Options = Pick<RegistryContext, 'db' | 'now' | 'limits' | 'reportError'>;

/**
 * Keeps the runtime logs within their limits, from soon after the start until it is closed, and files what an older version
 * wrote.
 */
export function startLogSweeper({ db, now, limits, reportError }: Options): RepeatedWork {
  async function sweep(closing: AbortSignal): Promise<void> {
    while (!closing.aborted && (await fileOlderInvocations(db)) > 0);
    const since = new Date(now().getTime() - limits.keepLogsMs);
    await deleteOldLogs(db, { since, maxBytes: limits.keepLogsBytes }, closing);
  }
  const everyMs = limits.logSweepMs;
  return repeat(sweep, { firstMs: Math.min(FIRST_AFTER_MS, everyMs), everyMs, onError: reportError });
}
