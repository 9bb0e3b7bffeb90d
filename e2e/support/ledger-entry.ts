import type { Operation } from '#contract/operations.ts';

/** A ledger entry as the browser gets it: a confirmed delete, but for what a test says of it. */
export function ledgerEntry(rest: Partial<Operation> = {}): Operation {
  return {
    id: 'op-1',
    action: 'delete-server',
    target: 'acme/weather',
    state: 'applied',
    finding: 'confirmed',
    status: 200,
    message: null,
    retryAfterSeconds: null,
    repeatable: false,
    checking: false,
    requestId: 'request-1',
    userAgent: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    settledAt: '2026-01-01T00:00:01.000Z',
    checkedAt: null,
    ...rest,
  };
}
