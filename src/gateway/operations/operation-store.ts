import type { Kysely } from 'kysely';
import type { OperationFinding, OperationState } from '#contract/operations.ts';
import { isUniqueViolation } from '#database/engine.ts';
import type { OperationRow } from '#database/gateway-tables.ts';
import type { Database } from '#database/schema.ts';

/** Who looks at the ledger: they see what their key did and what was done in their namespaces. */
interface Viewer {
  actor: string;
  namespaces: readonly string[];
}

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

interface PageQuery {
  limit: number;
  before: string | undefined;
  state: OperationState | undefined;
}

/** The ledger of one registry. Every method rejects where the database fails. */
export interface OperationStore {
  /** Writes an entry down; false where its id is taken. */
  insert(row: OperationRow): Promise<boolean>;
  find(id: string): Promise<OperationRow | undefined>;
  findVisible(id: string, viewer: Viewer): Promise<OperationRow | undefined>;
  /** Newest first, after the entry `before`; undefined where there is no such entry. */
  list(viewer: Viewer, query: PageQuery): Promise<OperationRow[] | undefined>;
  /** Writes down what became of it, and what else is known by now, unless that is known already. */
  settle(id: string, settlement: Settlement, at: Date, further?: Partial<OperationRow>): Promise<void>;
  markChecked(id: string): Promise<void>;
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

export function createOperationStore({ db, registry, processId, now }: Options): OperationStore {
  const entries = () => db.selectFrom('operations').selectAll().where('registry', '=', registry);

  const visible = (viewer: Viewer) =>
    entries().where((e) =>
      e.or([
        e('actor', '=', viewer.actor),
        ...(viewer.namespaces.length === 0 ? [] : [e('namespace', 'in', viewer.namespaces)]),
      ]),
    );

  async function findVisible(id: string, viewer: Viewer) {
    return visible(viewer).where('id', '=', id).executeTakeFirst();
  }

  return {
    findVisible,
    find: (id) => entries().where('id', '=', id).executeTakeFirst(),
    async insert(row) {
      try {
        await db.insertInto('operations').values(row).execute();
        return true;
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    },
    async list(viewer, { limit, before, state }) {
      let query = visible(viewer).orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit);
      if (state !== undefined) query = query.where('state', '=', state);
      if (before === undefined) return query.execute();
      const last = await findVisible(before, viewer);
      if (last === undefined) return undefined;
      return query
        .where((e) =>
          e.or([
            e('created_at', '<', last.created_at),
            e.and([e('created_at', '=', last.created_at), e('id', '<', last.id)]),
          ]),
        )
        .execute();
    },
    async settle(id, settlement, at, further = {}) {
      const columns = settledColumns(settlement, at);
      // The key is kept only while it may be needed to check again.
      const forgotten = columns.settled_at === null ? {} : { key_sealed: null, process_id: null };
      await db
        .updateTable('operations')
        .set({ ...further, ...columns, ...forgotten })
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
