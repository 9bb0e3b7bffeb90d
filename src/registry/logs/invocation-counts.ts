import type { Kysely } from 'kysely';
import type { InvocationCountRow, InvocationRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import { chunks } from '#database/row-chunks.ts';

// What a row costs beside its texts: its columns, and its places in four indexes.
const ROW_BYTES = 300;

type WeighedRow = Pick<InvocationRow, 'url' | 'logs' | 'exceptions'>;
type CountedRow = WeighedRow & Pick<InvocationRow, 'server_rid' | 'timestamp'> & { phrase_rid: number };

/** What a call is taken to weigh, in bytes. */
export function weightOf({ url, logs, exceptions }: WeighedRow): number {
  return ROW_BYTES + url.length + logs.length + exceptions.length;
}

/** The hour in which an ISO 8601 time lies, as counts name it. */
export function hourOf(timestamp: string): string {
  return timestamp.slice(0, 13);
}

/** Stands for all phrases of a server: its calls are counted once more under it, to be summed up quickly. */
export const ANY_PHRASE = 0;

/** Adds calls to the counts of their hours. Belongs into the transaction that writes or files them. */
export async function countCalls(trx: Kysely<Database>, rows: readonly CountedRow[]): Promise<void> {
  const counts = new Map<string, InvocationCountRow>();
  const count = (row: CountedRow, phrase_rid: number, weight: number): void => {
    const { server_rid } = row;
    const hour = hourOf(row.timestamp);
    const key = `${server_rid} ${phrase_rid} ${hour}`;
    const { calls, bytes } = counts.get(key) ?? { calls: 0, bytes: 0 };
    counts.set(key, { server_rid, phrase_rid, hour, calls: calls + 1, bytes: bytes + weight });
  };
  for (const row of rows) {
    count(row, row.phrase_rid, weightOf(row));
    count(row, ANY_PHRASE, 0);
  }
  // In one order everywhere: two writers that meet at the same hours wait, they never block each other.
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  for (const some of chunks(sorted)) {
    await trx
      .insertInto('invocation_counts')
      .values(some)
      .onConflict((conflict) =>
        conflict.columns(['server_rid', 'phrase_rid', 'hour']).doUpdateSet((eb) => ({
          calls: eb('invocation_counts.calls', '+', eb.ref('excluded.calls')),
          bytes: eb('invocation_counts.bytes', '+', eb.ref('excluded.bytes')),
        })),
      )
      .execute();
  }
}
