import { sql, type Kysely, type Selectable, type SelectQueryBuilder, type SqlBool } from 'kysely';
import { AUDIT_ACTIONS, type AuditAction, type AuditEntry, type FieldChange } from '#contract/activity.ts';
import type { AuditEntryRow } from '#database/audit-tables.ts';
import type { Database } from '#database/schema.ts';
import { RESOURCES, type Access, type Resource } from '#registry/access/access.ts';
import { refusalOf } from '#registry/access/token-limits.ts';
import { leastEntryId } from '#registry/audit/entry-id.ts';
import type { AuditQuery } from './audit-query.ts';

type Row = Selectable<AuditEntryRow>;
type Rows = SelectQueryBuilder<Database, 'audit_entries', Row>;
/** Who looks, as far as it says what they may see. */
export type AuditViewer = Pick<Access, 'ownerIds' | 'namespaces' | 'isAdmin' | 'policy'>;

/**
 * Entries that this viewer may see, newest first: what was done by them, and to what was theirs at that time; an administrator
 * sees all, a service token what its limits allow it to read.
 */
export async function listEntries(
  db: Kysely<Database>,
  viewer: AuditViewer,
  query: AuditQuery,
): Promise<Row[]> {
  const found = new Map<string, Row>();
  const ids = query.operation === undefined ? undefined : await idsOf(db, query.operation);
  if (ids?.length === 0) return [];
  // Each reads one index in its order and ends at the limit.
  for (const rows of visibleRows(db, viewer)) {
    const named = ids === undefined ? rows : rows.where('audit_entries.id', 'in', ids);
    const some = filtered(named, query).orderBy('audit_entries.id', 'desc').limit(query.limit);
    for (const row of await some.execute()) found.set(row.id, row);
  }
  return [...found.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1)).slice(0, query.limit);
}

/**
 * The entries of the desk's operations, whoever may see them. Looked up first: within what a viewer may see, engines would read
 * all of it instead of the few that are named.
 */
async function idsOf(db: Kysely<Database>, operations: readonly string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('audit_entries')
    .select('id')
    .where('operation_id', 'in', operations)
    .execute();
  return rows.map(({ id }) => id);
}

/** What a viewer may see: together these are all of it, and an entry may be in several. */
export function visibleRows(
  db: Kysely<Database>,
  { ownerIds, namespaces, isAdmin, policy }: AuditViewer,
): Rows[] {
  const all = db.selectFrom('audit_entries').selectAll('audit_entries');
  if (isAdmin) return [all];
  let within = namespaces === null ? all : all.where('namespace', 'in', namespaces);
  const actions = readableActions(policy);
  if (actions !== null) within = within.where('action', 'in', actions);
  return ownerIds.map((ownerId) =>
    within
      .innerJoin('audit_viewers', 'audit_viewers.entry_id', 'audit_entries.id')
      .where('audit_viewers.owner_id', '=', ownerId),
  );
}

// The things that a token can be limited to, each with the words by which what is done to it begins. What is done to keys,
// tokens, people and sign-ins is no such thing.
const SUBJECTS: Readonly<Record<Resource, readonly string[]>> = {
  servers: ['server', 'release', 'secret', 'domain', 'icon'],
  namespaces: ['namespace'],
  skills: ['skill'],
  connections: [],
};

/** What was done to things that these limits let read; null where they limit no kind of thing. */
function readableActions(policy: Access['policy']): AuditAction[] | null {
  if (policy.every(({ resources }) => resources === undefined)) return null;
  const mayRead = (resource: Resource) =>
    refusalOf({ policy, namespaces: null }, { resource, permission: 'read', namespace: null }) === undefined;
  const subjects = new Set(RESOURCES.filter(mayRead).flatMap((resource) => SUBJECTS[resource]));
  return AUDIT_ACTIONS.filter((action) => subjects.has(action.split('.')[0] ?? ''));
}

function filtered(rows: Rows, { before, person, action, server, outcome, from, to, q }: AuditQuery): Rows {
  let query = rows;
  if (before !== undefined) query = query.where('audit_entries.id', '<', before);
  if (from !== undefined) query = query.where('audit_entries.id', '>=', leastEntryId(from));
  if (to !== undefined) query = query.where('audit_entries.id', '<', leastEntryId(to));
  if (person !== undefined) query = query.where('audit_entries.actor', '=', person);
  if (action !== undefined) query = query.where('audit_entries.action', 'in', action);
  if (outcome !== undefined) query = query.where('audit_entries.outcome', 'in', outcome);
  if (server !== undefined) {
    // Also what it did under the names that it had before.
    query = query.where((eb) =>
      eb.or([
        eb('audit_entries.target', '=', server),
        eb(
          'audit_entries.target_id',
          '=',
          eb.selectFrom('servers').select('servers.id').where('servers.qualified_name', '=', server),
        ),
      ]),
    );
  }
  if (q !== undefined) {
    for (const word of q.toLowerCase().split(/\s+/).filter(Boolean)) {
      const text = `%${word.replaceAll(/[\\%_]/g, '\\$&')}%`;
      query = query.where(
        (eb) => sql<SqlBool>`${eb.ref('audit_entries.search_text')} like ${text} escape '\\'`,
      );
    }
  }
  return query;
}

/** An entry as it is told. */
export function toEntry(row: Row): AuditEntry {
  return {
    id: row.id,
    at: row.at,
    action: row.action,
    actor: { kind: row.actor_kind, user: row.actor, keyId: row.key_id, keyLabel: row.key_label },
    origin: row.origin,
    product: row.product,
    target: row.target,
    targetId: row.target_id,
    namespace: row.namespace,
    changes: JSON.parse(row.changes) as FieldChange[],
    outcome: row.outcome,
    note: row.action === 'session.refused' ? refusedWords(row.times) : row.note,
    operationId: row.operation_id,
    requestId: row.request_id,
    address: row.address,
  };
}

function refusedWords(times: number): string {
  return `${times} ${times === 1 ? 'attempt' : 'attempts'} to sign in, within the hour.`;
}

/** Every entry of these times, oldest first, some at once. */
export async function* allEntries(
  db: Kysely<Database>,
  { from, to, atOnce }: { from: Date | null; to: Date | null; atOnce: number },
): AsyncGenerator<AuditEntry[]> {
  let last = from === null ? '' : leastEntryId(from);
  for (;;) {
    let query = db.selectFrom('audit_entries').selectAll().where('id', '>', last).orderBy('id').limit(atOnce);
    if (to !== null) query = query.where('id', '<', leastEntryId(to));
    const rows = await query.execute();
    const end = rows.at(-1);
    if (end === undefined) return;
    yield rows.map(toEntry);
    last = end.id;
  }
}
