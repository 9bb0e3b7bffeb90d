import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { OperationRow } from '#database/gateway-tables.ts';
import type { Limits } from '#gateway/gateway-limits.ts';
import { settledColumns, type OperationStore, type Settlement } from '#gateway/operations/operation-store.ts';
import type { RegistryCalls } from '#gateway/registry/registry-calls.ts';
import { checkServer, type ServerCheck } from '#gateway/registry/server-check.ts';
import type { ChangeKind } from './change-kind.ts';
import type { Expectations } from './expectations.ts';

/** Finds out by checking what became of changes whose answer was lost. It never sends one again. */
export interface ChangeChecks {
  /** Checks, at once and then ever less often, until it knows or gives up; goes on in the background. */
  watch(operation: OperationRow, apiKey: string): void;
  /**
   * Writes down what became of an operation as soon as the database takes it, in the background. What the registry
   * answered stays what is known: the server may be another by then, so it is not judged by a check. The entry need
   * not be there yet, nor ever.
   */
  settleLater(operation: OperationRow, outcome: KnownOutcome): void;
  /** The entry with its outcome, where that is known and not written down yet. */
  withKnownOutcome(operation: OperationRow): OperationRow;
  isChecking(id: string): boolean;
  /** Checks once, now; callers at the same time share the check. Rejects where the database fails. */
  checkNow(operation: OperationRow, apiKey: string): Promise<ServerCheck>;
  /**
   * Stops checking; what is open stays unknown and is taken up at the next start. Resolves with the number of outcomes that
   * could not be written down and are in the log alone.
   */
  close(): Promise<number>;
}

/** What became of an operation, known here and not written down yet. */
interface KnownOutcome {
  settlement: Settlement;
  at: Date;
  columns: Partial<OperationRow>;
}

interface Options {
  operations: OperationStore;
  calls: RegistryCalls;
  /** By action; an entry of an action that is not here is left as it is. */
  kinds: ReadonlyMap<string, ChangeKind>;
  expectations: Expectations;
  /** Told what became of a change. */
  noteOutcome: (entry: OperationRow, body: null) => Promise<void>;
  limits: Limits;
  random: () => number;
  now: () => Date;
  log: Logger;
}

export function createChangeChecks(options: Options): ChangeChecks {
  const { operations, calls, kinds, expectations, noteOutcome, limits, random, now, log } = options;
  const watched = new Map<string, { since: number; done: Promise<void> }>();
  const checks = new Map<string, Promise<ServerCheck>>();
  const known = new Map<string, KnownOutcome & { requestId: string; missed: number }>();
  const writing = new Map<string, Promise<void>>();
  const closing = new AbortController();

  async function check(operation: OperationRow, apiKey: string): Promise<ServerCheck> {
    const outcome = known.get(operation.id);
    if (outcome !== undefined) {
      await writeDown(operation.id);
      if (outcome.settlement.state !== 'unknown') return { seen: 'unclear' };
    }
    const { target, target_id: id, status } = operation;
    const kind = kinds.get(operation.action);
    const asksWhose = status === 404;
    const seen = await checkServer(calls, { target, id, part: kind?.part, apiKey, asksWhose });
    const since = watched.get(operation.id)?.since;
    const patient = since === undefined || performance.now() - since >= limits.patienceMs;
    await operations.markChecked(operation.id);
    const compare = (fields: Readonly<Record<string, unknown>>) =>
      expectations.compare(operation.expected, fields);
    const settlement = kind?.judge(operation, { check: seen, patient, compare });
    if (settlement !== undefined) {
      await operations.settle(operation.id, settlement, now());
      await noteOutcome({ ...operation, ...settledColumns(settlement, now()) }, null);
    }
    return seen;
  }

  async function writeDown(id: string): Promise<void> {
    const outcome = known.get(id);
    if (outcome === undefined) return;
    const row = await operations.find(id);
    // An entry whose writing failed may come yet, for a while.
    if (row === undefined && ++outcome.missed < limits.checkMs.length) return;
    if (row?.request_id === outcome.requestId) {
      await operations.settle(id, outcome.settlement, outcome.at, outcome.columns);
    }
    if (known.get(id) === outcome) known.delete(id);
  }

  // For as long as it takes: a database that is away for an hour must not make the outcome unknown.
  async function keepWriting(id: string): Promise<void> {
    for (let attempt = 0; known.has(id); attempt++) {
      const pause = limits.checkMs[attempt] ?? limits.checkMs.at(-1) ?? 0;
      await sleep(pause * (1 + random() * 0.2), undefined, { signal: closing.signal });
      await writeDown(id).catch((error: unknown) =>
        log.error({ operation: id, reason: nameOf(error) }, 'outcome not written'),
      );
    }
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

  function inBackground(id: string, work: () => Promise<void>): void {
    if (watched.has(id) || closing.signal.aborted) return;
    const done = work()
      .catch((error: unknown) => {
        if (!closing.signal.aborted) log.error({ operation: id, reason: nameOf(error) }, 'checking stopped');
      })
      .finally(() => watched.delete(id));
    watched.set(id, { since: performance.now(), done });
  }

  return {
    checkNow,
    isChecking: (id) => watched.has(id),
    watch: (operation, apiKey) => inBackground(operation.id, async () => keepChecking(operation, apiKey)),
    settleLater({ id, request_id: requestId }, outcome) {
      known.set(id, { ...outcome, requestId, missed: 0 });
      if (writing.has(id) || closing.signal.aborted) return;
      const done = keepWriting(id)
        // Ends early only where everything does.
        .catch(() => {})
        .finally(() => writing.delete(id));
      writing.set(id, done);
    },
    withKnownOutcome(operation) {
      const outcome = known.get(operation.id);
      if (outcome?.requestId !== operation.request_id) return operation;
      return { ...operation, ...outcome.columns, ...settledColumns(outcome.settlement, outcome.at) };
    },
    async close() {
      closing.abort();
      await Promise.allSettled([
        ...Array.from(watched.values(), ({ done }) => done),
        ...checks.values(),
        ...writing.values(),
      ]);
      // The last moment at which anybody knows these: what cannot be written is at least said.
      await Promise.allSettled([...known.keys()].map(writeDown));
      // Without an entry there is nothing to be wrong about.
      const unwritten = [...known].filter(([, { missed }]) => missed === 0);
      for (const [id, { settlement, at }] of unwritten) {
        const { state, finding, status, message } = settlement;
        log.error({ operation: id, state, finding, status, message, at }, 'outcome known and not written');
      }
      return unwritten.length;
    },
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
