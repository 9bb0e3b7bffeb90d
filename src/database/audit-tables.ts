import type { Generated } from 'kysely';
import type { AuditAction, AuditActor, AuditEntry, AuditOrigin } from '#contract/activity.ts';

/** One change in the registry. */
export interface AuditEntryRow {
  /** A UUID whose order is that of what happened. */
  id: string;
  at: string;
  action: AuditAction;
  outcome: AuditEntry['outcome'];
  actor_kind: AuditActor['kind'];
  /** The name of the user or organization at that time. */
  actor: string | null;
  key_id: string | null;
  key_label: string | null;
  origin: AuditOrigin;
  product: string | null;
  address: string | null;
  request_id: string | null;
  operation_id: string | null;
  /** A qualified name, a namespace, a user. */
  target: string | null;
  target_id: string | null;
  namespace: string | null;
  /** JSON: fields with what they were and are, save secrets. */
  changes: string;
  /** JSON: how many of each kind went with it; null where nothing could. */
  went: string | null;
  note: string | null;
  /** In lower case: what it is found by. */
  search_text: string;
  /** What tells it apart where it is counted on; null where each is a row. */
  counted_as: string | null;
  times: Generated<number>;
}

/** Whose affair an entry is: those who owned what was changed, and who did it. */
interface AuditViewerRow {
  owner_id: string;
  entry_id: string;
}

export interface AuditTables {
  audit_entries: AuditEntryRow;
  audit_viewers: AuditViewerRow;
}
