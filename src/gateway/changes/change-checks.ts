import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { OperationRow } from '#database/gateway-tables.ts';
import type { Limits } from '#gateway/gateway-limits.ts';
import type { OperationStore } from '#gateway/operations/operation-store.ts';
import type { RegistryCalls } from '#gateway/registry/registry-calls.ts';
import { checkServer, type ServerCheck } from '#gateway/registry/server-check.ts';
import type { ChangeKind } from './change-kind.ts';
import type { Expectations } from './expectations.ts';

/** Finds out by checking what became of changes whose answer was lost. It never sends one again. */
export interface ChangeChecks {
  /** Checks, at once and then ever less often, until it knows or gives up; goes on in the background. */
  watch(operation: OperationRow, apiKey: string): void;
  isChecking(id: string): boolean;
  /** Checks once, now; callers at the same time share the check. Rejects where the database fails. */
  checkNow(operation: OperationRow, apiKey: string): Promise<ServerCheck>;
  /** Stops checking; what is open stays unknown and is taken up at the next start. */
  close(): Promise<void>;
}

interface Options {
  operations: OperationStore;
  calls: RegistryCalls;
  /** By action; an entry of an action that is not here is left as it is. */
  kinds: ReadonlyMap<string, ChangeKind>;
  expectations: Expectations;
  limits: Limits;
  random: () => number;
  now: () => Date;
  log: Logger;
}

export function createChangeChecks(options: Options): ChangeChecks {
  const { operations, calls, kinds, expectations, limits, random, now, log } = options;
  const watched = new Map<string, { since: number; done: Promise<void> }>();
  const checks = new Map<string, Promise<ServerCheck>>();
  const closing = new AbortController();

  async function check(operation: OperationRow, apiKey: string): Promise<ServerCheck> {
    const seen = await checkServer(calls, operation.target, apiKey);
    const since = watched.get(operation.id)?.since;
    const patient = since === undefined || performance.now() - since >= limits.patienceMs;
    await operations.markChecked(operation.id);
    const compare = (fields: Readonly<Record<string, unknown>>) =>
      expectations.compare(operation.expected, fields);
    const settlement = kinds.get(operation.action)?.judge(operation, { check: seen, patient, compare });
    if (settlement !== undefined) await operations.settle(operation.id, settlement, now());
    return seen;
  }

  async function checkNow(operation: OperationRow, apiKey: string): Promise<ServerCheck> {
    const underWay = checks.get(operation.id);
    if (underWay !== undefined) return underWay;
    const started = check(operation, apiKey).finally(() => checks.delete(operation.id));
    checks.set(operation.id, started);
    return started;
  }

  async function isOpen(id: string): Promise<boolean> {
    const row = await operations.find(id);
    return row?.state === 'unknown' || row?.state === 'sending';
  }

  async function keepChecking(operation: OperationRow, apiKey: string): Promise<void> {
    for (const pause of limits.checkMs) {
      await sleep(pause * (1 + random() * 0.2), undefined, { signal: closing.signal });
      try {
        const { seen } = await checkNow(operation, apiKey);
        if (!(await isOpen(operation.id))) return;
        // This key will never see it; its owner can check again with another.
        if (seen === 'denied') return await operations.forgetKey(operation.id);
      } catch (error) {
        log.error({ operation: operation.id, reason: nameOf(error) }, 'check could not be written down');
      }
    }
  }

  return {
    checkNow,
    isChecking: (id) => watched.has(id),
    watch(operation, apiKey) {
      if (watched.has(operation.id) || closing.signal.aborted) return;
      const done = keepChecking(operation, apiKey)
        .catch((error: unknown) => {
          if (!closing.signal.aborted)
            log.error({ operation: operation.id, reason: nameOf(error) }, 'checking stopped');
        })
        .finally(() => watched.delete(operation.id));
      watched.set(operation.id, { since: performance.now(), done });
    },
    async close() {
      closing.abort();
      await Promise.allSettled([...[...watched.values()].map(({ done }) => done), ...checks.values()]);
    },
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
