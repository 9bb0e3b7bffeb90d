import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { registryPaths } from '#contract/api-paths.ts';
import type { OperationRow } from '#database/gateway-tables.ts';
import type { DeleteRequest, LedgerEntries } from './ledger-entries.ts';
import type { Limits } from '#gateway/gateway-limits.ts';
import { settledColumns, type OperationStore, type Settlement } from '#gateway/operations/operation-store.ts';
import { Problem } from '#gateway/http/problem.ts';
import type { Reconciler } from './change-checks.ts';
import type { RegistryCalls } from '#gateway/registry/registry-calls.ts';
import { findServerId, lookAtServer } from '#gateway/registry/server-check.ts';
import { judgeAnswer, judgeLook } from './verdict.ts';

/** Deletes servers, each at most once, and keeps the ledger true. */
export interface ServerDeletion {
  /**
   * Deletes, or waits for or repeats the outcome of the same id. Throws Problem where the id was used for something
   * else or the ledger cannot be written: then nothing was sent.
   */
  run(request: DeleteRequest): Promise<OperationRow>;
  isUnderWay(id: string): boolean;
  /** Resolves once no delete is under way. */
  settled(): Promise<void>;
}

interface Options {
  operations: OperationStore;
  calls: RegistryCalls;
  reconciler: Reconciler;
  entries: LedgerEntries;
  limits: Limits;
  now: () => Date;
  log: Logger;
}

export function createServerDeletion(options: Options): ServerDeletion {
  const { operations, calls, reconciler, entries, limits, now, log } = options;
  const underWay = new Map<string, { request: DeleteRequest; outcome: Promise<OperationRow> }>();

  async function run(request: DeleteRequest): Promise<OperationRow> {
    const earlier = underWay.get(request.id);
    if (earlier !== undefined) {
      if (!isSame(earlier.request, request)) throw idReused();
      return earlier.outcome;
    }
    // Registered before the first await: whatever arrives next with this id finds it.
    const outcome = perform(request).finally(() => underWay.delete(request.id));
    underWay.set(request.id, { request, outcome });
    return outcome;
  }

  async function perform(request: DeleteRequest): Promise<OperationRow> {
    const known = await operations.find(request.id).catch(nothingSent);
    if (known !== undefined) return repeated(known, request);
    const currentId = await findServerId(calls, request.target, request.apiKey, limits.briefLookMs);
    const isAnother = request.seenId !== null && currentId !== null && currentId !== request.seenId;
    const intent = isAnother ? entries.refused(request) : entries.intent(request, currentId);
    if (!(await operations.insert(intent).catch(nothingSent))) {
      return repeated(await operations.find(request.id).catch(nothingSent), request);
    }
    return isAnother ? intent : send(intent, request.apiKey);
  }

  // From here on nothing depends on the browser: neither its connection nor its session.
  async function send(intent: OperationRow, apiKey: string): Promise<OperationRow> {
    const { target } = intent;
    const outcome = await calls.send({ method: 'DELETE', path: registryPaths.server(target), apiKey });
    let settlement = judgeAnswer(outcome, target, now());
    if (settlement.status === 404) {
      const look = await lookAtServer(calls, target, apiKey, limits.briefLookMs);
      settlement = judgeLook({ ...intent, ...settlement }, look, true) ?? settlement;
    }
    const written = await settle(intent.id, settlement);
    const row = { ...intent, ...settledColumns(settlement, now()) };
    if (settlement.state === 'unknown' || !written) reconciler.watch(row, apiKey);
    return row;
  }

  // False where it could not be written down: what the owner is told stays the truth, and the ledger learns it later.
  async function settle(id: string, settlement: Settlement): Promise<boolean> {
    for (const pause of [null, ...limits.settleRetryMs]) {
      if (pause !== null) await sleep(pause);
      try {
        await operations.settle(id, settlement);
        return true;
      } catch (error) {
        log.error(
          { operation: id, reason: error instanceof Error ? error.name : typeof error },
          'outcome not written',
        );
      }
    }
    return false;
  }

  return {
    run,
    isUnderWay: (id) => underWay.has(id),
    settled: async () => {
      await Promise.allSettled([...underWay.values()].map(({ outcome }) => outcome));
    },
  };
}

function repeated(known: OperationRow | undefined, request: DeleteRequest): OperationRow {
  if (known === undefined || !isSame(known, request)) throw idReused();
  return known;
}

function isSame(a: { target: string; actor: string }, b: DeleteRequest): boolean {
  return a.target === b.target && a.actor === b.actor;
}

function idReused(): Problem {
  return new Problem(
    422,
    'idempotency-key-reused',
    'This operation id stands for another change. Nothing was sent.',
  );
}

function nothingSent(cause: unknown): never {
  throw new Problem(
    503,
    'storage-failed',
    'The delete could not be written down, so it was not sent. Check the disk and the database, then try again.',
    { cause },
  );
}
