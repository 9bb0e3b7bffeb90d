import { sql, type Kysely, type Selectable, type SelectQueryBuilder, type SqlBool } from 'kysely';
import { AUDIT_ACTIONS, type AuditAction, type AuditEntry, type FieldChange } from '#contract/activity.ts';
import type { AuditEntryRow } from '#database/audit-tables.ts';
import type { Database } from '#database/schema.ts';
import { RESOURCES, type Access, type Resource } from '#registry/access/access.ts';
import { refusalOf } from '#registry/access/token-limits.ts';
import { leastEntryId } from '#registry/audit/entry-id.ts';
import { isOwnedBy } from '#registry/servers/server-ownership.ts';
import type { AuditQuery } from './audit-query.ts';

type Row = Selectable<AuditEntryRow>;
type Rows = SelectQueryBuilder<Database, 'audit_entries', Row>;
/** Rows, and by which column one index gives them in order: engines do not see that another one means the same. */
interface VisibleRows {
  rows: Rows;
  id: 'audit_entries.id' | 'audit_viewers.entry_id';
}
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
  const ids = query.operation === undefined ? undefined : await idsOf(db, query.operation);
  if (ids?.length === 0) return [];
  const visible =
    query.server === undefined
      ? visibleRows(db, viewer)
      : [visibleRowsAbout(db, viewer, query.server), visibleRowsOfServer(db, viewer, query.server)];
  return newest(
    visible.map(({ rows, id }) => {
      const named = ids === undefined ? rows : rows.where('audit_entries.id', 'in', ids);
      return { rows: filtered(named, query, id), id };
    }),
    query.limit,
  );
}

/** The newest of these rows. Each reads one index in its order and ends at the limit. */
export async function newest(visible: readonly VisibleRows[], limit: number): Promise<Row[]> {
  const found = new Map<string, Row>();
  for (const { rows, id } of visible) {
    const some = rows.orderBy(sql.ref(id), 'desc').limit(limit);
    for (const row of await some.execute()) found.set(row.id, row);
  }
  return [...found.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit);
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
function visibleRows(db: Kysely<Database>, viewer: AuditViewer): VisibleRows[] {
  const within = readableRows(db, viewer);
  if (viewer.isAdmin) return [{ rows: within, id: 'audit_entries.id' }];
  return viewer.ownerIds.map((ownerId) => ({
    rows: within
      .innerJoin('audit_viewers', 'audit_viewers.entry_id', 'audit_entries.id')
      .where('audit_viewers.owner_id', '=', ownerId),
    id: 'audit_viewers.entry_id',
  }));
}

/** What a viewer may see of what was done to this, by its name at that time. */
export function visibleRowsAbout(db: Kysely<Database>, viewer: AuditViewer, target: string): VisibleRows {
  return seenBy(viewer, readableRows(db, viewer).where('target', '=', target));
}

// Also what was done to it under the names that it had before, for those who could find it by this one.
function visibleRowsOfServer(db: Kysely<Database>, viewer: AuditViewer, name: string): VisibleRows {
  const rows = readableRows(db, viewer).where('target_id', '=', (eb) => {
    const named = eb.selectFrom('servers').select('servers.id').where('servers.qualified_name', '=', name);
    if (viewer.isAdmin) return named;
    return named.where((of) => of.or([of('servers.unlisted', '!=', 1), isOwnedBy(of, viewer)]));
  });
  return seenBy(viewer, rows);
}

// Looked up entry by entry: for rows that another index than that of viewers gives in order.
function seenBy({ ownerIds, isAdmin }: AuditViewer, rows: Rows): VisibleRows {
  const id = 'audit_entries.id';
  if (isAdmin) return { rows, id };
  const seen = rows.where((eb) =>
    eb.exists(
      eb
        .selectFrom('audit_viewers')
        .select('entry_id')
        .whereRef('audit_viewers.entry_id', '=', 'audit_entries.id')
        .where('audit_viewers.owner_id', 'in', ownerIds),
    ),
  );
  return { rows: seen, id };
}

function readableRows(db: Kysely<Database>, { namespaces, policy }: AuditViewer): Rows {
  let rows = db.selectFrom('audit_entries').selectAll('audit_entries');
  if (namespaces !== null) rows = rows.where('namespace', 'in', namespaces);
  const actions = readableActions(policy);
  return actions === null ? rows : rows.where('action', 'in', actions);
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

function filtered(
  rows: Rows,
  { before, person, action, outcome, from, to, q }: AuditQuery,
  id: VisibleRows['id'],
): Rows {
  let query = rows;
  if (before !== undefined) query = query.where(sql.ref(id), '<', before);
  if (from !== undefined) query = query.where(sql.ref(id), '>=', leastEntryId(from));
  if (to !== undefined) query = query.where(sql.ref(id), '<', leastEntryId(to));
  if (person !== undefined) query = query.where('audit_entries.actor', '=', person);
  if (action !== undefined) query = query.where('audit_entries.action', 'in', action);
  if (outcome !== undefined) query = query.where('audit_entries.outcome', 'in', outcome);
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
