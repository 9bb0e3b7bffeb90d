import { sql, type Kysely } from 'kysely';
import {
  type Direction,
  type OwnedServer,
  SERVER_FILTERS,
  type ServerFilter,
  type ServerOrder,
} from '#contract/owned-servers.ts';
import type { ListedServer, Unreadable } from '#contract/registry-answers.ts';
import type { OwnedNamespacesTable, OwnedServerRow } from '#database/owned-server-tables.ts';
import { chunks } from '#database/row-chunks.ts';
import type { Database } from '#database/schema.ts';
import { inOrder, isWithin, readSorted } from '#database/sorted-rows.ts';
import type { ListPosition } from '#platform/list-position.ts';
import { type KeptList, listsOf } from './kept-lists.ts';
import { changeOf, factsOf, putRows, rowOf, rowsOf, serverOf } from './kept-rows.ts';
import { indexColumns, type ServerChange, type ServerFacts } from './remote-server-facts.ts';

/** How far the list of a namespace was read. */
export type NamespaceProgress = Omit<OwnedNamespacesTable, 'list_rid'>;

/** How many servers there are of what, now. */
export interface KeptCounts {
  total: number;
  filters: Record<ServerFilter, number>;
  namespaces: Record<string, number>;
  /** Those whose state is known, and those of which it is known from when on they are quiet. */
  withState: number;
  withCalls: number;
  /** Those of which only the list was read. */
  undetailed: number;
  /** The age of the oldest; null where there is none. */
  asOf: string | null;
}

/** Why a server's details are to be read before others: before those that were never read, too. */
const AT_ONCE = '0';
const NEVER_READ = '1';
// So long a list may name a server that was deleted: lists are read from copies that lag behind.
const GONE_MS = 60_000;

const COLUMNS = {
  name: 'sort_name',
  state: 'state_rank',
  released: 'released_at',
  called: 'called_at',
  uses: 'uses',
  created: 'created_at',
} as const satisfies Record<ServerOrder, keyof OwnedServerRow>;

interface Options {
  db: Kysely<Database>;
  /** The registry's URL. */
  registry: string;
  now: () => Date;
}

/** The servers of keys in one registry elsewhere. Every method rejects where the database fails. */
export type KeptServers = ReturnType<typeof createKeptServers>;

export function createKeptServers({ db, registry, now }: Options) {
  const inList = ({ rid }: KeptList) =>
    db.selectFrom('owned_servers').where('list_rid', '=', rid).where('gone_at', 'is', null);

  return {
    /** How far its namespaces were read. What is kept of namespaces that are not among these is forgotten first. */
    async progress({ rid }: KeptList, namespaces: readonly string[]): Promise<NamespaceProgress[]> {
      const rows = await db
        .selectFrom('owned_namespaces')
        .select(['namespace', 'listed_at', 'failure', 'lost_entries', 'lost_values', 'claimed'])
        .where('list_rid', '=', rid)
        .execute();
      const owned = new Set(namespaces);
      const lost = rows.filter(({ namespace }) => !owned.has(namespace));
      for (const { namespace } of lost) {
        for (const table of ['owned_servers', 'owned_namespaces'] as const) {
          await db.deleteFrom(table).where('list_rid', '=', rid).where('namespace', '=', namespace).execute();
        }
      }
      return rows.filter(({ namespace }) => owned.has(namespace));
    },

    /** Servers in this order from after the position on: those of which the value is not known last. */
    async page(
      list: KeptList,
      asked: { sort: ServerOrder; direction: Direction; limit: number; after: ListPosition | null },
    ): Promise<{ servers: OwnedServer[]; last: ListPosition | null }> {
      const { sort, direction, limit, after } = asked;
      const column = COLUMNS[sort];
      const rows = await readSorted(
        async (stretch) => {
          const some = inList(list)
            .select(['qualified_name', 'qualified_name as name', 'facts', 'changed', `${column} as value`])
            .where((e) => isWithin(stretch, e.ref(column), e.ref('qualified_name')));
          return inOrder(some, stretch).limit(stretch.limit).execute();
        },
        { direction, index: 'asc', limit, after: after ?? undefined },
      );
      const last = rows.length < limit ? undefined : rows.at(-1);
      return {
        servers: rows.map(serverOf),
        last: last === undefined ? null : { value: last.value, name: last.qualified_name },
      };
    },

    /** Those of these names that are kept, by name. */
    async named(list: KeptList, names: readonly string[]): Promise<OwnedServer[]> {
      if (names.length === 0) return [];
      const rows = await inList(list)
        .select(['qualified_name', 'facts', 'changed'])
        .where('qualified_name', 'in', names)
        .orderBy('qualified_name')
        .execute();
      return rows.map(serverOf);
    },

    /** Lets these be read before all others, save those whose details were asked for since. */
    async readFirst({ rid }: KeptList, names: readonly string[], since: Date): Promise<void> {
      if (names.length === 0) return;
      await db
        .updateTable('owned_servers')
        .set({ due_at: AT_ONCE })
        .where('list_rid', '=', rid)
        .where('qualified_name', 'in', names)
        .where('due_at', '<>', AT_ONCE)
        .where((e) => e.or([e('detailed_at', 'is', null), e('detailed_at', '<', since.toISOString())]))
        .execute();
    },

    async counts(list: KeptList): Promise<KeptCounts> {
      const groups = await inList(list)
        .select(['namespace', 'filter_bits'])
        .select((e) => [
          e.fn.countAll<number>().as('number'),
          e.fn.min<string>('as_of').as('as_of'),
          sql<number>`sum(case when quiet_from < ${now().toISOString()} then 1 else 0 end)`.as('quiet'),
          e.fn.count<number>('state_rank').as('with_state'),
          e.fn.count<number>('quiet_from').as('with_calls'),
          sql<number>`sum(case when detailed_at is null then 1 else 0 end)`.as('undetailed'),
        ])
        .groupBy(['namespace', 'filter_bits'])
        .execute();
      const counts: KeptCounts = {
        total: 0,
        filters: { attention: 0, live: 0, failed: 0, 'not-released': 0, local: 0, unlisted: 0, quiet: 0 },
        namespaces: Object.create(null) as Record<string, number>,
        withState: 0,
        withCalls: 0,
        undetailed: 0,
        asOf: null,
      };
      for (const group of groups) {
        const number = group.number;
        counts.total += number;
        counts.namespaces[group.namespace] = (counts.namespaces[group.namespace] ?? 0) + number;
        counts.filters.quiet += group.quiet;
        counts.withState += group.with_state;
        counts.withCalls += group.with_calls;
        counts.undetailed += group.undetailed;
        if (counts.asOf === null || group.as_of < counts.asOf) counts.asOf = group.as_of;
        for (const [place, filter] of SERVER_FILTERS.entries()) {
          if ((group.filter_bits & (1 << place)) !== 0) counts.filters[filter] += number;
        }
      }
      return counts;
    },

    /** Whether more than the list is yet to be read of some. */
    async isUndetailed(list: KeptList): Promise<boolean> {
      const row = await inList(list).select('namespace').where('detailed_at', 'is', null).limit(1).execute();
      return row.length > 0;
    },

    /** Keeps what a list that was asked for at this time named. */
    async putListed(list: KeptList, entries: readonly ListedServer[], askedAt: Date): Promise<void> {
      const at = askedAt.toISOString();
      for (const some of chunks(entries, 100)) {
        await db.transaction().execute(async (transaction) => {
          const known = await rowsOf(
            transaction,
            list,
            some.map(({ qualifiedName }) => qualifiedName),
          );
          const rows = some.flatMap(
            ({ qualifiedName, slug: _slug, homepage: _homepage, verified: _verified, ...entry }) => {
              const before = known.get(qualifiedName);
              const facts = before === undefined ? undefined : factsOf(before);
              // Another server of that name: what is known of the old one is not this one's.
              const isAnother = facts !== undefined && facts.listed.id !== entry.id;
              const goneAt = before?.gone_at ?? null;
              const isStale =
                goneAt !== null && !isAnother && askedAt.getTime() < Date.parse(goneAt) + GONE_MS;
              if (isStale) return [];
              const listed = { ...entry, at };
              const isNew = before === undefined || isAnother || goneAt !== null;
              return [
                rowOf(list, qualifiedName, isNew ? { listed } : { ...facts, listed }, {
                  listed_at: at,
                  detailed_at: isNew ? null : before.detailed_at,
                  due_at: isNew ? NEVER_READ : before.due_at,
                  changed: isNew ? null : before.changed,
                }),
              ];
            },
          );
          await putRows(transaction, rows);
        });
      }
    },

    /** Notes that a namespace's list was read to its end. What it no longer names is to be looked at by itself. */
    async endList(
      { rid }: KeptList,
      namespace: string,
      { begun, lost, claimed }: { begun: Date; lost: Unreadable; claimed: number | null },
    ): Promise<void> {
      await putProgress(rid, namespace, {
        listed_at: now().toISOString(),
        failure: null,
        lost_entries: lost.entries,
        lost_values: lost.values,
        claimed,
      });
      await db
        .updateTable('owned_servers')
        .set({ due_at: AT_ONCE })
        .where('list_rid', '=', rid)
        .where('namespace', '=', namespace)
        .where('listed_at', '<', begun.toISOString())
        .where('gone_at', 'is', null)
        .execute();
    },

    /** Notes that a namespace's list could not be read; what is kept of it stays. */
    async failList({ rid }: KeptList, namespace: string, failure: string): Promise<void> {
      await putProgress(rid, namespace, { failure });
    },

    /** Servers whose details are due now, the most pressing first, with what is known of them. */
    async due(
      { rid }: KeptList,
      { limit, onlyAtOnce }: { limit: number; onlyAtOnce: boolean },
    ): Promise<{ name: string; facts: ServerFacts }[]> {
      const rows = await db
        .selectFrom('owned_servers')
        .select(['qualified_name', 'facts'])
        .where('list_rid', '=', rid)
        .where('due_at', '<=', onlyAtOnce ? AT_ONCE : now().toISOString())
        .where('gone_at', 'is', null)
        .orderBy('due_at')
        .orderBy('uses', 'desc')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ name: row.qualified_name, facts: factsOf(row) }));
    },

    /** Keeps what was read of a server beside its list, which was asked for at this time; undefined: nothing was. */
    async putDetails(
      list: KeptList,
      name: string,
      {
        parts,
        askedAt,
        dueAt,
      }: { parts: Omit<ServerFacts, 'listed'> | undefined; askedAt: Date; dueAt: Date },
    ): Promise<void> {
      await db.transaction().execute(async (transaction) => {
        const row = (await rowsOf(transaction, list, [name])).get(name);
        if (row === undefined || row.gone_at !== null) return;
        const { listed, ...before } = factsOf(row);
        const change = changeOf(row);
        // Not where reading failed: then the change is newer than all that is known.
        const isReadSince = change !== null && (parts?.detail?.at ?? '') > change.at;
        await putRows(transaction, [
          rowOf(
            list,
            name,
            { ...(parts ?? before), listed },
            {
              listed_at: row.listed_at,
              detailed_at: askedAt.toISOString(),
              due_at: dueAt.toISOString(),
              changed: isReadSince ? null : row.changed,
            },
          ),
        ]);
      });
    },

    /** Forgets a server that is no more. */
    async remove({ rid }: KeptList, name: string): Promise<void> {
      await db
        .deleteFrom('owned_servers')
        .where('list_rid', '=', rid)
        .where('qualified_name', '=', name)
        .execute();
    },

    /** Hides a server that was deleted through here, from whoever had it in their list. */
    async hide(name: string): Promise<void> {
      await everywhere(name).set({ gone_at: now().toISOString() }).execute();
    },

    /** Notes that a server was changed through here, where it is known what, and lets it be read before others. */
    async change(name: string, change: ServerChange | null): Promise<void> {
      await db.transaction().execute(async (transaction) => {
        const rows = await everywhere(name, transaction).set({ due_at: AT_ONCE }).returningAll().execute();
        if (change === null) return;
        await putRows(
          transaction,
          rows.map((row) => {
            const changed = JSON.stringify({ ...changeOf(row), ...change });
            return Object.assign(row, { changed }, indexColumns(serverOf({ ...row, changed })));
          }),
        );
      });
    },
  };

  function everywhere(name: string, connection: Kysely<Database> = db) {
    return connection
      .updateTable('owned_servers')
      .where('list_rid', 'in', listsOf(db, registry))
      .where('qualified_name', '=', name);
  }

  async function putProgress(
    list_rid: number,
    namespace: string,
    progress: Partial<NamespaceProgress>,
  ): Promise<void> {
    await db
      .insertInto('owned_namespaces')
      .values({
        list_rid,
        namespace,
        listed_at: null,
        failure: null,
        lost_entries: 0,
        lost_values: 0,
        claimed: null,
        ...progress,
      })
      .onConflict((conflict) => conflict.columns(['list_rid', 'namespace']).doUpdateSet(progress))
      .execute();
  }
}
