import type { AuditEntry } from '#contract/activity.ts';
import type { OperationRow } from '#database/gateway-tables.ts';
import type { Position } from '#gateway/operations/operation-store.ts';

/** How far each of the two records has been told: after what to go on; null: from its beginning. */
export interface ActivityCursor {
  operations: Position | null | 'end';
  /** The id of an entry, or `end`, which is no id. */
  audit: string | null;
}

/** One change: what the registry wrote down, or what of the ledger it did not. */
export type ActivityItem = { entry: AuditEntry } | { row: OperationRow };

/** The two records, each newest first in an order of its own. */
export interface Records {
  /** At most this many entries of the registry's after that one; null where it keeps no such record. */
  audit: ((before: string | null, limit: number) => Promise<AuditEntry[]>) | null;
  /** At most this many operations of the ledger after that one. */
  operations: (after: Position | null, limit: number) => Promise<OperationRow[]>;
  /** Which of these operations the registry wrote down itself. */
  recorded: (ids: readonly string[]) => Promise<ReadonlySet<string>>;
}

export interface ActivityPage {
  items: ActivityItem[];
  /** Null at the end. */
  next: ActivityCursor | null;
}

const END = 'end';
const OPERATIONS_AT_ONCE = 100;
// Operations that the registry has written down are passed over: after so many, the page may be short.
const MAX_READS = 10;

/**
 * The next page of both records as one, newest first: an operation that the registry wrote down is there once, in the
 * registry's place. From page to page nothing is left out and nothing comes twice, however many are of one moment.
 */
export async function readPage(
  { audit, operations, recorded }: Records,
  cursor: ActivityCursor,
  limit: number,
): Promise<ActivityPage> {
  const hasAudit = audit !== null && cursor.audit !== END;
  const entries = hasAudit ? await audit(cursor.audit, limit + 1) : [];
  // Where the entries alone fill the page, no older operation can be on it.
  const horizon = entries.length > limit ? entries[limit - 1]?.at : undefined;
  const own = await readOwn({ operations, recorded }, cursor.operations, { limit, horizon });

  const items: ActivityItem[] = [];
  let told = 0;
  let done = 0;
  while (items.length < limit) {
    const operation = own.found[done];
    const entry = entries[told];
    if (operation !== undefined && (entry === undefined || operation.row.created_at >= entry.at)) {
      items.push({ row: operation.row });
      done += 1;
    } else {
      // An operation that was not read yet may come before it.
      const isAhead = operation === undefined && own.frontier !== null && (entry?.at ?? '') <= own.frontier;
      if (entry === undefined || isAhead) break;
      items.push({ entry });
      told += 1;
    }
  }
  const next: ActivityCursor = {
    operations: done < own.found.length ? (own.found[done]?.after ?? null) : own.last,
    audit: auditCursor(entries, told, { before: cursor.audit, hasMore: entries.length > limit, hasAudit }),
  };
  return { items, next: next.operations === END && next.audit === END ? null : next };
}

interface OwnOperations {
  /** Those that the registry did not write down, each with what comes before it in the ledger. */
  found: { row: OperationRow; after: Position | null }[];
  /** How far the ledger was read. */
  last: ActivityCursor['operations'];
  /** The time of the last one that was read; null where there are no more. */
  frontier: string | null;
}

async function readOwn(
  { operations, recorded }: Pick<Records, 'operations' | 'recorded'>,
  start: ActivityCursor['operations'],
  { limit, horizon }: { limit: number; horizon: string | undefined },
): Promise<OwnOperations> {
  const found: OwnOperations['found'] = [];
  if (start === END) return { found, last: END, frontier: null };
  let last = start;
  for (let reads = 0; reads < MAX_READS && found.length <= limit; reads++) {
    const rows = await operations(last, OPERATIONS_AT_ONCE);
    const known = rows.length === 0 ? new Set() : await recorded(rows.map(({ id }) => id));
    for (const row of rows) {
      if (!known.has(row.id)) found.push({ row, after: last });
      last = { created_at: row.created_at, id: row.id };
    }
    if (rows.length < OPERATIONS_AT_ONCE) return { found, last: END, frontier: null };
    if (horizon !== undefined && last !== null && last.created_at < horizon) break;
  }
  return { found, last, frontier: last === null ? null : last.created_at };
}

function auditCursor(
  entries: readonly AuditEntry[],
  told: number,
  { before, hasMore, hasAudit }: { before: string | null; hasMore: boolean; hasAudit: boolean },
): string | null {
  if (!hasAudit || (told === entries.length && !hasMore)) return END;
  return entries[told - 1]?.id ?? before;
}
