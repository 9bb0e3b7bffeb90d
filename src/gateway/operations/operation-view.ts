import type { Operation } from '#contract/operations.ts';
import type { OperationRow } from '#database/gateway-tables.ts';
import { productOf } from '#platform/user-agent.ts';

/** What the entry itself does not tell. */
interface Beside {
  /** Whether the gateway is still checking by itself. */
  checking: boolean;
  repeatable: boolean;
}

/** A ledger entry as its owner sees it. */
export function operationView(row: OperationRow, { checking, repeatable }: Beside): Operation {
  return {
    id: row.id,
    action: row.action,
    target: row.target,
    state: row.state,
    finding: row.finding,
    status: row.status,
    message: row.message,
    retryAfterSeconds: row.retry_after,
    repeatable,
    checking,
    requestId: row.request_id,
    // Entries of earlier versions have the whole text.
    userAgent: productOf(row.user_agent),
    createdAt: row.created_at,
    settledAt: row.settled_at,
    checkedAt: row.checked_at,
    ...(row.field === null ? {} : { field: row.field }),
    ...(row.answer === null ? {} : answered(row.finding, row.answer)),
  };
}

function answered(finding: OperationRow['finding'], text: string): Pick<Operation, 'answer' | 'movedTo'> {
  const answer = JSON.parse(text) as Record<string, unknown>;
  return finding === 'moved' ? { movedTo: String(answer['movedTo']) } : { answer };
}
