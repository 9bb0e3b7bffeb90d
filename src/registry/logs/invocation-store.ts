import type { LogListResponse } from '@smithery/api/resources/servers/logs';
import type { Kysely, Selectable } from 'kysely';
import type { InvocationRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { chunks } from '#database/row-chunks.ts';
import { addCallCounts, type CountedCall, type FailedAnswer } from '#registry/call-counts/call-hours.ts';
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
  /** True where its answer holds a JSON-RPC error. */
  isRpcError?: boolean;
  /** True where its tool answered that it failed. */
  isToolError?: boolean;
}

/**
 * Writes calls, filed under the words of their messages and counted, adds to the uses of their servers, by row number, and
 * counts how others were answered. Those of servers that are gone are let go. Belongs into a transaction.
 */
export async function addInvocations(
  trx: Kysely<Database>,
  invocations: readonly Invocation[],
  uses: ReadonlyMap<number, number> = new Map(),
  failed: readonly FailedAnswer[] = [],
): Promise<void> {
  const present = await markCalled(trx, invocations, { uses, failed });
  const said = invocations.flatMap((invocation) =>
    present.has(invocation.serverRid) ? [{ ...saidBy(invocation), invocation }] : [],
  );
  const filed = await filePhrases(trx, said);
  const rows = filed.map(({ invocation, phraseRid }) => toRow(invocation, phraseRid));
  for (const some of chunks(rows)) await trx.insertInto('invocations').values(some).execute();
  await countCalls(trx, rows);
  await addCallCounts(
    trx,
    said.map(({ invocation }) => counted(invocation)),
    failed.filter(({ serverRid }) => present.has(serverRid)),
  );
}

function counted({ logs, ...call }: Invocation): CountedCall {
  return { ...call, messages: logs.map(({ message }) => message) };
}

// Returns the row numbers of those that are there.
async function markCalled(
  trx: Kysely<Database>,
  invocations: readonly Invocation[],
  { uses, failed }: { uses: ReadonlyMap<number, number>; failed: readonly FailedAnswer[] },
): Promise<Set<number>> {
  const newest = new Map<number, string>();
  for (const { serverRid, timestamp } of invocations) {
    const known = newest.get(serverRid);
    if (known === undefined || known < timestamp) newest.set(serverRid, timestamp);
  }
  const present = new Set<number>();
  // In one order everywhere, so that two writers wait for each other instead of blocking. Updated first, since that
  // also keeps a server from being deleted until its calls are written.
  const rids = new Set([...newest.keys(), ...failed.map(({ serverRid }) => serverRid)]);
  for (const rid of [...rids].sort((a, b) => a - b)) {
    const at = newest.get(rid);
    const { numUpdatedRows } = await trx
      .updateTable('servers')
      .set((eb) => ({ use_count: eb('use_count', '+', uses.get(rid) ?? 0) }))
      .$if(at !== undefined, (update) =>
        update.set((eb) => ({
          last_call_at: eb
            .case()
            .when(eb.or([eb('last_call_at', 'is', null), eb('last_call_at', '<', at ?? '')]))
            .then(at ?? '')
            .else(eb.ref('last_call_at'))
            .end(),
        })),
      )
      .where('rid', '=', rid)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows > 0n) present.add(rid);
  }
  return present;
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
