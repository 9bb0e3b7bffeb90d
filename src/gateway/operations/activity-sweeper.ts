import type { Logger } from 'pino';
import { repeat, type RepeatedWork } from '#platform/repeated-work.ts';
import type { NamespaceSights } from '#gateway/sessions/namespace-sights.ts';
import type { OperationStore } from './operation-store.ts';

const FIRST_AFTER_MS = 1000;

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

/**
 * Forgets old entries of the ledger now and then, from soon after the start until it is closed. Several processes on one
 * database may each do so.
 */
export function startActivitySweeper(options: Options): RepeatedWork {
  const { operations, sights, keepMs, sweepMs, now, log } = options;

  async function sweep(closing: AbortSignal): Promise<void> {
    const before = new Date(now().getTime() - keepMs);
    // In steps, so that nobody else waits long for the database.
    while (!closing.aborted && (await operations.forgetSettled(before)) > 0);
    // Since when such a key had its namespaces matters no more: what others did there by then is forgotten too.
    await sights.forgetUnseen(before);
  }

  return repeat(sweep, {
    firstMs: Math.min(FIRST_AFTER_MS, sweepMs),
    everyMs: sweepMs,
    onError: (error) => log.error({ err: error }, 'activity not swept'),
  });
}
