import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { OperationRow } from '#database/gateway-tables.ts';
import type { Limits } from '#gateway/gateway-limits.ts';
import type { OperationStore } from '#gateway/operations/operation-store.ts';
import type { RegistryCalls } from '#gateway/registry/registry-calls.ts';
import { lookAtServer, type ServerLook } from '#gateway/registry/server-check.ts';
import { judgeLook } from './verdict.ts';

/** Finds out by looking what became of deletes whose answer was lost. It never sends one again. */
export interface Reconciler {
  /** Looks, at once and then ever less often, until it knows or gives up; goes on in the background. */
  watch(operation: OperationRow, apiKey: string): void;
  isWatching(id: string): boolean;
  /** Looks once, now; callers at the same time share the look. Rejects where the database fails. */
  lookNow(operation: OperationRow, apiKey: string): Promise<ServerLook>;
  /** Stops looking; what is open stays unknown and is taken up at the next start. */
  close(): Promise<void>;
}

interface Options {
  operations: OperationStore;
  calls: RegistryCalls;
  limits: Limits;
  random: () => number;
  log: Logger;
}

export function createReconciler({ operations, calls, limits, random, log }: Options): Reconciler {
  const watched = new Map<string, { since: number; done: Promise<void> }>();
  const looks = new Map<string, Promise<ServerLook>>();
  const closing = new AbortController();

  async function look(operation: OperationRow, apiKey: string): Promise<ServerLook> {
    const seen = await lookAtServer(calls, operation.target, apiKey);
    const since = watched.get(operation.id)?.since;
    const patient = since === undefined || performance.now() - since >= limits.patienceMs;
    await operations.markChecked(operation.id);
    const settlement = judgeLook(operation, seen, patient);
    if (settlement !== undefined) await operations.settle(operation.id, settlement);
    return seen;
  }

  async function lookNow(operation: OperationRow, apiKey: string): Promise<ServerLook> {
    const underWay = looks.get(operation.id);
    if (underWay !== undefined) return underWay;
    const started = look(operation, apiKey).finally(() => looks.delete(operation.id));
    looks.set(operation.id, started);
    return started;
  }

  async function isOpen(id: string): Promise<boolean> {
    const row = await operations.find(id);
    return row?.state === 'unknown' || row?.state === 'sending';
  }

  async function keepLooking(operation: OperationRow, apiKey: string): Promise<void> {
    for (const pause of limits.lookMs) {
      await sleep(pause * (1 + random() * 0.2), undefined, { signal: closing.signal });
      try {
        const { seen } = await lookNow(operation, apiKey);
        if (!(await isOpen(operation.id))) return;
        // This key will never see it; its owner can look again with another.
        if (seen === 'denied') return await operations.forgetKey(operation.id);
      } catch (error) {
        log.error({ operation: operation.id, reason: nameOf(error) }, 'look could not be written down');
      }
    }
  }

  return {
    lookNow,
    isWatching: (id) => watched.has(id),
    watch(operation, apiKey) {
      if (watched.has(operation.id) || closing.signal.aborted) return;
      const done = keepLooking(operation, apiKey)
        .catch((error: unknown) => {
          if (!closing.signal.aborted)
            log.error({ operation: operation.id, reason: nameOf(error) }, 'looking stopped');
        })
        .finally(() => watched.delete(operation.id));
      watched.set(operation.id, { since: performance.now(), done });
    },
    async close() {
      closing.abort();
      await Promise.allSettled([...[...watched.values()].map(({ done }) => done), ...looks.values()]);
    },
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
