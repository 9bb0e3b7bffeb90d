import { sql, type Expression, type ExpressionBuilder, type Kysely, type SqlBool } from 'kysely';
import {
  MAX_REFUSED_STRANGERS,
  REFUSED_STRANGERS_DAYS,
  type OperationAction,
  type OperationFinding,
  type OperationState,
} from '#contract/operations.ts';
import { isUniqueViolation } from '#database/engine.ts';
import type { OperationRow } from '#database/gateway-tables.ts';
import { chunks } from '#database/row-chunks.ts';
import type { Database } from '#database/schema.ts';
import type { OwnedNamespace, Viewer } from '#gateway/http/gateway-env.ts';

/** What became of an operation. */
export interface Settlement {
  state: Exclude<OperationState, 'sending'>;
  finding: OperationFinding | null;
  status: number | null;
  message: string | null;
  retry_after: number | null;
  /** The field to blame for a refusal. */
  field: string | null;
  /** The name under which a check found the server; absent where it found no other. */
  movedTo?: string;
}

/** The settlement as an entry has it at that time; an unknown outcome is not settled yet. */
export function settledColumns({ movedTo, ...settlement }: Settlement, at: Date) {
  return {
    ...settlement,
    // What the registry answered to the check.
    ...(movedTo === undefined ? {} : { answer: JSON.stringify({ movedTo }) }),
    settled_at: settlement.state === 'unknown' ? null : at.toISOString(),
  };
}

/** Where an entry stands among the others, newest first. */
export type Position = Pick<OperationRow, 'created_at' | 'id'>;

/** What entries are to have; what is undefined, any has. */
export interface OperationFilter {
  states?: readonly OperationState[] | undefined;
  action?: OperationAction | undefined;
  /** The qualified name, exactly. */
  target?: string | undefined;
  /** ISO 8601: created at or after, and before. */
  from?: string | undefined;
  to?: string | undefined;
  /** The key's print. */
  actor?: string | undefined;
  notActor?: string | undefined;
  /** The user whose key it was. */
  user?: string | undefined;
  /** Each within one of its texts, whatever the case, or in the name of one of these actions. */
  words?: readonly { word: string; actions: readonly OperationAction[] }[];
}

interface PageQuery {
  limit: number;
  /** Null: from the newest. */
  after: Position | null;
  filter: OperationFilter;
}

/** The ledger of one registry. Every method rejects where the database fails. */
export interface OperationStore {
  /** Writes an entry down; false where its id is taken. */
  insert(row: OperationRow): Promise<boolean>;
  find(id: string): Promise<OperationRow | undefined>;
  findVisible(id: string, viewer: Viewer): Promise<OperationRow | undefined>;
  /** Those of these that the viewer may see, in no order. */
  findAllVisible(ids: readonly string[], viewer: Viewer): Promise<OperationRow[]>;
  /** Newest first, after that position. */
  list(viewer: Viewer, query: PageQuery): Promise<OperationRow[]>;
  /** The newest delete of a server of that name that ended it, or of which it is not known whether it did. */
  findEnd(target: string, viewer: Viewer): Promise<OperationRow | undefined>;
  /** How many attempts of strangers were refused lately in the viewer's namespaces, as `OperationList` counts them. */
  countRefusedStrangers(viewer: Viewer): Promise<number>;
  /** Writes down what became of it, and what else is known by now, unless that is known already. */
  settle(id: string, settlement: Settlement, at: Date, further?: Partial<OperationRow>): Promise<void>;
  markChecked(id: string): Promise<void>;
  /** Forgets some of what was settled before this moment; returns how many. What is open stays. */
  forgetSettled(before: Date): Promise<number>;
  /** The sealed key is of no use any more. */
  forgetKey(id: string): Promise<void>;
  /** The processes that answer for open entries, this one aside; empty where none does. */
  holders(): Promise<string[]>;
  /** What one of these left open, now marked as unknown and this process's; oldest first. */
  takeOver(holders: readonly string[]): Promise<OperationRow[]>;
  /** Leaves what is open to whoever takes it up next. */
  giveUp(): Promise<void>;
}

interface Options {
  db: Kysely<Database>;
  /** The registry's URL, or `embedded`. */
  registry: string;
  /** The id of this process. */
  processId: string;
  now: () => Date;
}

const FORGOTTEN_AT_ONCE = 500;
// SQLite plans each alternative of a condition against the others: ten times as many take a hundred times as long.
const NAMESPACES_AT_ONCE = 40;
const DAY_MS = 86_400_000;
// Of a name that was used and refused again and again, what is older matters to nobody.
const DELETES_LOOKED_AT = 50;

export function createOperationStore({ db, registry, processId, now }: Options): OperationStore {
  const entries = () => db.selectFrom('operations').selectAll().where('registry', '=', registry);

  const find = (id: string) => entries().where('id', '=', id).executeTakeFirst();

  async function findVisible(id: string, viewer: Viewer) {
    const row = await find(id);
    return row !== undefined && isVisible(row, viewer) ? row : undefined;
  }

  /** What owners, or strangers, asked for in some namespaces while these were the viewer's. */
  const within = (some: readonly OwnedNamespace[], byOwner: 0 | 1) =>
    entries()
      .where('by_owner', '=', byOwner)
      .where((e) =>
        e.or(some.map(({ name, since }) => e.and([e('namespace', '=', name), e('created_at', '>=', since)]))),
      );

  async function list(viewer: Viewer, { limit, after, filter }: PageQuery): Promise<OperationRow[]> {
    const found = new Map<string, OperationRow>();
    // Each reads one index in its order and ends at the limit; one query for all would sort the whole ledger.
    for (const some of [
      entries().where('actor', '=', viewer.actor),
      ...Array.from(chunks(viewer.namespaces, NAMESPACES_AT_ONCE), (owned) => within(owned, 1)),
    ]) {
      const query = some
        .where((e) => e.and([...isAfter(e, after), ...matches(e, filter)]))
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit);
      for (const row of await query.execute()) found.set(row.id, row);
    }
    return [...found.values()].toSorted(newestFirst).slice(0, limit);
  }

  return {
    findVisible,
    find,
    async insert(row) {
      try {
        await db.insertInto('operations').values(row).execute();
        return true;
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    },
    async findAllVisible(ids, viewer) {
      if (ids.length === 0) return [];
      const rows = await entries().where('id', 'in', ids).execute();
      return rows.filter((row) => isVisible(row, viewer));
    },
    list,
    async findEnd(target, viewer) {
      const deletes = { action: 'delete-server', target } as const;
      const found = await list(viewer, { limit: DELETES_LOOKED_AT, after: null, filter: deletes });
      return found.find(mayHaveEnded);
    },
    async countRefusedStrangers({ actor, namespaces }) {
      const earliest = new Date(now().getTime() - REFUSED_STRANGERS_DAYS * DAY_MS).toISOString();
      let count = 0;
      for (const some of chunks(namespaces, NAMESPACES_AT_ONCE)) {
        const lately = some.map(({ name, since }) => ({ name, since: since > earliest ? since : earliest }));
        const refused = within(lately, 0)
          .where('actor', '<>', actor)
          .where('state', '=', 'refused')
          .limit(MAX_REFUSED_STRANGERS - count);
        const { number } = await db
          .selectFrom(refused.as('refused'))
          .select(({ fn }) => fn.countAll<number>().as('number'))
          .executeTakeFirstOrThrow();
        count += number;
        if (count >= MAX_REFUSED_STRANGERS) break;
      }
      return count;
    },
    async settle(id, settlement, at, further = {}) {
      const columns = settledColumns(settlement, at);
      // The key is kept only while it may be needed to check again.
      const forgotten = columns.settled_at === null ? {} : { key_sealed: null, process_id: null };
      // The registry did it for this key: whatever it was taken for, the server's owners must see it.
      const rightful = settlement.finding === 'confirmed' ? { by_owner: 1 } : {};
      await db
        .updateTable('operations')
        .set({ ...further, ...columns, ...forgotten, ...rightful })
        .where('id', '=', id)
        .where((e) =>
          e.or([
            e('state', 'in', ['sending', 'unknown']),
            // Others took a process for dead that only slept, and judged by a check: the registry's own word stands above.
            ...(settlement.finding === 'confirmed' ? [e('checked_at', 'is not', null)] : []),
          ]),
        )
        .execute();
    },
    async markChecked(id) {
      await db
        .updateTable('operations')
        .set({ checked_at: now().toISOString() })
        .where('id', '=', id)
        .execute();
    },
    async forgetSettled(before) {
      const { numDeletedRows } = await db
        .deleteFrom('operations')
        .where('id', 'in', (from) =>
          from
            .selectFrom('operations')
            .select('id')
            .where('registry', '=', registry)
            .where('settled_at', '<', before.toISOString())
            .orderBy('settled_at')
            .limit(FORGOTTEN_AT_ONCE),
        )
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
    async forgetKey(id) {
      await db.updateTable('operations').set({ key_sealed: null }).where('id', '=', id).execute();
    },
    async holders() {
      const rows = await db
        .selectFrom('operations')
        .select('process_id')
        .distinct()
        .where('registry', '=', registry)
        .where('process_id', 'is not', null)
        .where('process_id', '<>', processId)
        .execute();
      return rows.map(({ process_id }) => process_id ?? '');
    },
    async takeOver(holders) {
      if (holders.length === 0) return [];
      // Two that find the same at once: the second finds it taken.
      const taken = await db
        .updateTable('operations')
        .set({ state: 'unknown', process_id: processId })
        .where('registry', '=', registry)
        .where('process_id', 'in', holders)
        .returningAll()
        .execute();
      return taken.toSorted((a, b) => a.created_at.localeCompare(b.created_at));
    },
    async giveUp() {
      await db
        .updateTable('operations')
        .set({ process_id: '' })
        .where('registry', '=', registry)
        .where('process_id', '=', processId)
        .execute();
    },
  };
}

function isVisible(row: OperationRow, { actor, namespaces }: Viewer): boolean {
  const isTheirs = ({ name, since }: OwnedNamespace) => name === row.namespace && since <= row.created_at;
  return row.actor === actor || (row.by_owner === 1 && namespaces.some(isTheirs));
}

type Expressions = ExpressionBuilder<Database, 'operations'>;

function isAfter(e: Expressions, after: Position | null): Expression<SqlBool>[] {
  if (after === null) return [];
  const { created_at: at, id } = after;
  return [e.or([e('created_at', '<', at), e.and([e('created_at', '=', at), e('id', '<', id)])])];
}

function matches(e: Expressions, filter: OperationFilter): Expression<SqlBool>[] {
  const { states, action, target, from, to, actor, notActor, user, words = [] } = filter;
  const conditions: (Expression<SqlBool> | undefined)[] = [
    states && e('state', 'in', states),
    action && e('action', '=', action),
    target === undefined ? undefined : e('target', '=', target),
    from === undefined ? undefined : e('created_at', '>=', from),
    to === undefined ? undefined : e('created_at', '<', to),
    actor === undefined ? undefined : e('actor', '=', actor),
    notActor === undefined ? undefined : e('actor', '<>', notActor),
    user === undefined ? undefined : e('actor_user', '=', user),
    ...words.map(({ word, actions }) =>
      e.or([
        ...SEARCHED.map((column) => holds(e, column, word)),
        ...actions.map((named) => e('action', '=', named)),
      ]),
    ),
  ];
  return conditions.filter((condition) => condition !== undefined);
}

const SEARCHED = [
  'target',
  'message',
  'id',
  'target_id',
  'request_id',
  'user_agent',
  'actor_user',
  'actor_key_label',
] as const satisfies readonly (keyof OperationRow)[];

function holds(e: Expressions, column: (typeof SEARCHED)[number], text: string): Expression<SqlBool> {
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`lower(${e.ref(column)}) like ${pattern} escape '\\'`;
}

/** True where the delete was done, found done, or nobody knows; of a refused one, where there was a server at all. */
function mayHaveEnded({ state, finding, target_id: id }: OperationRow): boolean {
  if (state !== 'refused') return true;
  if (id === null) return false;
  return finding === 'nowhere' || finding === 'gone' || finding === 'moved';
}

function newestFirst(a: OperationRow, b: OperationRow): number {
  if (a.created_at !== b.created_at) return a.created_at < b.created_at ? 1 : -1;
  return a.id < b.id ? 1 : -1;
}
