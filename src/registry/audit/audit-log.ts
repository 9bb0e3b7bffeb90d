import type { Kysely } from 'kysely';
import type { AuditAction, AuditEntry, FieldChange } from '#contract/activity.ts';
import type { AuditEntryRow } from '#database/audit-tables.ts';
import type { Database } from '#database/schema.ts';
import type { Author } from './author.ts';
import { newEntryId } from './entry-id.ts';
import { boundedChanges, boundedText } from './field-changes.ts';

const MAX_NOTE = 500;
const MAX_SEARCH_TEXT = 4000;

/** A change as it is to be written down. */
export interface Change {
  action: AuditAction;
  by: Author;
  now: Date;
  /** The qualified name, namespace or user. */
  target: string | null;
  targetId?: string | null;
  namespace?: string | null;
  /** Who owns what was changed, by id, and whomever else it concerns; whoever did it needs no naming. */
  concerns: readonly string[];
  /** Never the value of a secret. */
  changes?: readonly FieldChange[];
  /** How many of each kind went with it. */
  went?: Readonly<Record<string, number>>;
  /** `applied` unless told otherwise. */
  outcome?: AuditEntry['outcome'];
  note?: string | null;
}

/** Writes a change down. Belongs into the transaction that makes it: both are there, or neither. */
export async function writeDown(trx: Kysely<Database>, change: Change): Promise<void> {
  const row = entryRow(change);
  await trx.insertInto('audit_entries').values(row).execute();
  const { by, concerns } = change;
  const viewers = new Set(by.userId === null ? concerns : [by.userId, ...concerns]);
  if (viewers.size === 0) return;
  await trx
    .insertInto('audit_viewers')
    .values([...viewers].map((owner_id) => ({ owner_id, entry_id: row.id })))
    .execute();
}

/** The row of a change. */
export function entryRow({
  action,
  by,
  now,
  target,
  targetId = null,
  namespace = null,
  changes = [],
  went,
  outcome = 'applied',
  note = null,
}: Change): Omit<AuditEntryRow, 'times'> {
  const { actor } = by;
  const row = {
    id: newEntryId(now),
    at: now.toISOString(),
    action,
    outcome,
    actor_kind: actor.kind,
    actor: actor.user,
    key_id: actor.keyId,
    key_label: actor.keyLabel,
    origin: by.origin,
    product: by.product,
    address: by.address,
    request_id: by.requestId,
    operation_id: by.operationId,
    target,
    target_id: targetId,
    namespace,
    changes: JSON.stringify(boundedChanges(changes)),
    went: went === undefined ? null : JSON.stringify(went),
    note: note === null ? null : boundedText(note, MAX_NOTE),
    counted_as: null,
  };
  return { ...row, search_text: searchText(row) };
}

function searchText(row: Omit<AuditEntryRow, 'times' | 'search_text'>): string {
  const words = [
    row.action,
    row.target,
    row.actor,
    row.key_label,
    row.product,
    row.note,
    row.changes === '[]' ? null : row.changes,
    row.address,
    row.target_id,
    row.request_id,
    row.operation_id,
  ];
  return words
    .filter((word) => word !== null)
    .join('\n')
    .toLowerCase()
    .slice(0, MAX_SEARCH_TEXT);
}
