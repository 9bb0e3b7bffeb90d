import type { Operation } from '#contract/operations.ts';
import type { OperationRow } from '#database/gateway-tables.ts';

/** A ledger entry as its owner sees it; `checking` tells whether the gateway is still looking by itself. */
export function operationView(row: OperationRow, checking: boolean): Operation {
  return {
    id: row.id,
    action: row.action,
    target: row.target,
    state: row.state,
    finding: row.finding,
    status: row.status,
    message: row.message,
    retryAfterSeconds: row.retry_after,
    checking,
    requestId: row.request_id,
    userAgent: row.user_agent,
    createdAt: row.created_at,
    settledAt: row.settled_at,
    checkedAt: row.checked_at,
  };
}
