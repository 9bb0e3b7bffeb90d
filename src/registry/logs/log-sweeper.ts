import { repeat, type RepeatedWork } from '#platform/repeated-work.ts';
import type { RegistryContext } from '#registry/context.ts';
import { countOlderCalls } from '#registry/call-counts/uncounted-servers.ts';
import { deleteOldCallCounts } from '#registry/call-counts/call-count-retention.ts';
import { fileOlderInvocations } from './invocation-store.ts';
import { deleteOldLogs } from './log-retention.ts';

type Options = Pick<RegistryContext, 'db' | 'now' | 'limits' | 'reportError'>;

/**
 * Keeps the runtime logs and the counts of calls within their limits, from soon after the start until it is closed, and files
 * and counts what an older version wrote.
 */
export function startLogSweeper({ db, now, limits, reportError }: Options): RepeatedWork {
  async function sweep(closing: AbortSignal): Promise<void> {
    while (!closing.aborted && (await fileOlderInvocations(db)) > 0);
    // Before any of it goes: what is counted is told to be all there was.
    while (!closing.aborted && (await countOlderCalls(db)));
    if (closing.aborted) return;
    const since = new Date(now().getTime() - limits.keepLogsMs);
    await deleteOldLogs(db, { since, maxBytes: limits.keepLogsBytes }, closing);
    await deleteOldCallCounts(db, new Date(now().getTime() - limits.keepCallCountsMs), closing);
  }
  const { firstSweepMs: firstMs, logSweepMs: everyMs } = limits;
  return repeat(sweep, { firstMs, everyMs, onError: reportError });
}
