import type { LogListResponse } from '@smithery/api/resources/servers/logs';
import type { Kysely, Selectable } from 'kysely';
import type { InvocationRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { chunks } from '#database/row-chunks.ts';
import { countCalls } from './invocation-counts.ts';
import { filePhrases, wordsOf, type Said } from './log-phrases.ts';

const FILED_AT_ONCE = 500;

/** A call that was answered, or came to another end. */
export interface Invocation {
  id: string;
  serverRid: number;
  /** When it began, as ISO 8601 with milliseconds and Z. */
  timestamp: string;
  method: string;
  url: string;
  status: number;
  outcome: 'ok' | 'exception' | 'canceled';
  cpuMs: number;
  wallMs: number;
  logs: LogListResponse.Invocation.Log[];
  exceptions: LogListResponse.Invocation.Exception[];
}

/** Writes calls, filed under the words of their messages and counted. Belongs into a transaction. */
export async function addInvocations(
  trx: Kysely<Database>,
  invocations: readonly Invocation[],
): Promise<void> {
  const filed = await filePhrases(
    trx,
    invocations.map((invocation) => ({ ...saidBy(invocation), invocation })),
  );
  const rows = filed.map(({ invocation, phraseRid }) => toRow(invocation, phraseRid));
  for (const some of chunks(rows)) await trx.insertInto('invocations').values(some).execute();
  await countCalls(trx, rows);
}

/** Files calls that an older version wrote, some at a time. Returns how many; 0 where none is left. */
export async function fileOlderInvocations(db: Kysely<Database>): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const rows = await trx
      .selectFrom('invocations')
      .selectAll()
      .where('phrase_rid', 'is', null)
      .limit(FILED_AT_ONCE)
      .execute();
    const calls = await filePhrases(
      trx,
      rows.map((row) => ({
        ...saidBy({ serverRid: row.server_rid, timestamp: row.timestamp, ...messagesOf(row) }),
        row,
      })),
    );
    for (const { row, phraseRid } of calls) {
      const { numUpdatedRows } = await trx
        .updateTable('invocations')
        .set({ phrase_rid: phraseRid })
        .where('id', '=', row.id)
        .where('phrase_rid', 'is', null)
        .executeTakeFirstOrThrow();
      // Another process may have been first.
      if (numUpdatedRows === 1n) await countCalls(trx, [{ ...row, phrase_rid: phraseRid }]);
    }
    return rows.length;
  });
}

/** The messages of a call as the API gives them, with times as ISO 8601. */
export function messagesOf(
  row: Pick<Selectable<InvocationRow>, 'logs' | 'exceptions'>,
): Pick<Invocation, 'logs' | 'exceptions'> {
  return {
    logs: JSON.parse(row.logs) as Invocation['logs'],
    exceptions: JSON.parse(row.exceptions) as Invocation['exceptions'],
  };
}

function saidBy({
  serverRid,
  timestamp,
  logs,
  exceptions,
}: Pick<Invocation, 'serverRid' | 'timestamp' | 'logs' | 'exceptions'>): Said {
  return { serverRid, timestamp, words: wordsOf(logs, exceptions) };
}

function toRow(invocation: Invocation, phraseRid: number) {
  return {
    id: invocation.id,
    server_rid: invocation.serverRid,
    timestamp: invocation.timestamp,
    method: invocation.method,
    url: invocation.url,
    status: invocation.status,
    outcome: invocation.outcome,
    cpu_ms: invocation.cpuMs,
    wall_ms: invocation.wallMs,
    logs: JSON.stringify(invocation.logs),
    exceptions: JSON.stringify(invocation.exceptions),
    phrase_rid: phraseRid,
  };
}
