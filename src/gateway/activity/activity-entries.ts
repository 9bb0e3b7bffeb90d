import { actionOfOperation, type ActivityEntry, type AuditEntry } from '#contract/activity.ts';
import type { Operation } from '#contract/operations.ts';
import type { OperationRow } from '#database/gateway-tables.ts';
import type { Viewer } from '#gateway/http/gateway-env.ts';
import type { OperationStore } from '#gateway/operations/operation-store.ts';
import type { ActivityItem } from './activity-pages.ts';

interface Options {
  operations: Pick<OperationStore, 'findAllVisible'>;
  view: (row: OperationRow) => Operation;
  viewer: Viewer;
}

/** What happened, as its viewer sees it: entries of the registry's with the operations that they are. */
export async function activityEntries(
  items: readonly ActivityItem[],
  { operations, view, viewer }: Options,
): Promise<ActivityEntry[]> {
  const ids = items.flatMap((item) => ('entry' in item ? (item.entry.operationId ?? []) : []));
  const rows = new Map((await operations.findAllVisible(ids, viewer)).map((row) => [row.id, row]));
  const isOwn = (row: OperationRow | undefined) => row?.actor === viewer.actor;

  function recorded(entry: AuditEntry): ActivityEntry {
    const row = entry.operationId === null ? undefined : rows.get(entry.operationId);
    return { ...entry, operation: row === undefined ? null : view(row), isOwn: isOwn(row) };
  }

  function unrecorded(row: OperationRow): ActivityEntry {
    const operation = view(row);
    return {
      id: row.id,
      at: row.created_at,
      action: actionOfOperation[row.action],
      actor: { kind: 'key', user: row.actor_user, keyId: null, keyLabel: row.actor_key_label },
      origin: 'desk',
      product: operation.userAgent,
      target: row.target,
      targetId: row.target_id,
      namespace: row.namespace,
      changes: [],
      outcome: operation.state,
      note: operation.message,
      operationId: row.id,
      requestId: row.request_id,
      address: null,
      operation,
      isOwn: isOwn(row),
    };
  }

  return items.map((item) => ('entry' in item ? recorded(item.entry) : unrecorded(item.row)));
}
