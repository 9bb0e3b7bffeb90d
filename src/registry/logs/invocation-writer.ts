import type { Kysely } from 'kysely';
import { isUniqueViolation } from '#database/engine.ts';
import type { Database } from '#database/schema.ts';
import type { FailedAnswer } from '#registry/call-counts/call-hours.ts';
import { addInvocations, type Invocation } from './invocation-store.ts';

const FLUSH_AFTER_MS = 200;
const RETRY_AFTER_MS = 1000;
const ROWS_AT_ONCE = 200;
// More than may wait are not recorded.
const MAX_WAITING = 20_000;

/** A call, and whether it counts as a use of its server. */
interface AnsweredCall {
  invocation: Invocation;
  isUse: boolean;
}

/** Writes calls down after they were answered, some at a time, so that no answer waits for it. */
export interface InvocationWriter {
  add(call: AnsweredCall): void;
  /** Counts an answer that came after its call was written down. */
  addFailed(answer: FailedAnswer): void;
  /** Resolves when all that was added is written, or could not be. */
  close(): Promise<void>;
}

/** What is written in one transaction. */
interface Batch {
  calls: readonly AnsweredCall[];
  failed: readonly FailedAnswer[];
}

interface Options {
  db: Kysely<Database>;
  reportError: (error: unknown) => void;
}

/** A writer that starts with nothing to write. Close it before the database. */
export function createInvocationWriter({ db, reportError }: Options): InvocationWriter {
  const waiting: AnsweredCall[] = [];
  const failed: FailedAnswer[] = [];
  // What was tried to be written, until it is known to be. What comes meanwhile is kept apart: it is surely not written.
  let trying: Batch | undefined;
  let dropped = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;

  function flushSoon(ms: number): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      writing ??= writeWaiting().finally(() => {
        writing = undefined;
        if (hasMore()) flushSoon(RETRY_AFTER_MS);
      });
    }, ms).unref();
  }

  const hasMore = (): boolean => trying !== undefined || waiting.length + failed.length > 0;

  async function writeWaiting(): Promise<void> {
    while (hasMore()) {
      trying ??= { calls: waiting.splice(0, ROWS_AT_ONCE), failed: failed.splice(0, ROWS_AT_ONCE) };
      try {
        await write(db, trying);
      } catch (error) {
        // Written after all, only the answer of the database was lost.
        if (!isUniqueViolation(error)) {
          // They stay, and are tried again.
          reportError(error);
          return;
        }
      }
      trying = undefined;
    }
    if (dropped > 0) reportError(new Error(`${dropped} calls were not recorded: the database was too slow`));
    dropped = 0;
  }

  return {
    add(call) {
      if (waiting.length + (trying?.calls.length ?? 0) >= MAX_WAITING) {
        dropped += 1;
        return;
      }
      waiting.push(call);
      flushSoon(FLUSH_AFTER_MS);
    },
    addFailed(answer) {
      if (failed.length + (trying?.failed.length ?? 0) >= MAX_WAITING) return;
      failed.push(answer);
      flushSoon(FLUSH_AFTER_MS);
    },
    async close() {
      clearTimeout(timer);
      await writing;
      clearTimeout(timer);
      await writeWaiting();
    },
  };
}

async function write(db: Kysely<Database>, { calls, failed }: Batch): Promise<void> {
  const uses = new Map<number, number>();
  for (const { invocation, isUse } of calls) {
    const { serverRid } = invocation;
    uses.set(serverRid, (uses.get(serverRid) ?? 0) + Number(isUse));
  }
  const invocations = calls.map(({ invocation }) => invocation);
  await db.transaction().execute(async (trx) => addInvocations(trx, invocations, uses, failed));
}
