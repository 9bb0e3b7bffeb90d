import { sql, type Kysely, type Transaction } from 'kysely';
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
import { liveSessions } from '#gateway/sessions/session-store.ts';
import {
  composeServer,
  indexColumns,
  namespaceOf,
  type ServerChange,
  type ServerFacts,
} from './remote-server-facts.ts';

/** What one key owns in one registry, as far as it is kept here. */
export interface KeptList {
  rid: number;
  actor: string;
}

/** Where a page of a sorted list ends: the value by which its last server is sorted, and its name. */
export interface Position {
  value: string | number | null;
  name: string;
}

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
const ASKED_EVERY_MS = 15_000;

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
  /** The id of this process. */
  processId: string;
  now: () => Date;
}

/** The servers of keys in one registry elsewhere. Every method rejects where the database fails. */
export type KeptServers = ReturnType<typeof createKeptServers>;

export function createKeptServers({ db, registry, processId, now }: Options) {
  const ago = (ms: number): string => new Date(now().getTime() - ms).toISOString();

  const inList = ({ rid }: KeptList) =>
    db.selectFrom('owned_servers').where('list_rid', '=', rid).where('gone_at', 'is', null);

  async function findList(actor: string) {
    return db
      .selectFrom('owned_lists')
      .select(['rid', 'asked_at'])
      .where('registry', '=', registry)
      .where('key_print', '=', actor)
      .executeTakeFirst();
  }

  return {
    /** The list of a key, which is looked at now. */
    async look(actor: string): Promise<KeptList> {
      const known = await findList(actor);
      if (known === undefined) {
        await db
          .insertInto('owned_lists')
          .values({ registry, key_print: actor, asked_at: now().toISOString(), filler: null })
          .onConflict((conflict) => conflict.columns(['registry', 'key_print']).doNothing())
          .execute();
      } else if (Math.abs(Date.parse(known.asked_at) - now().getTime()) > ASKED_EVERY_MS) {
        await db
          .updateTable('owned_lists')
          .set({ asked_at: now().toISOString() })
          .where('rid', '=', known.rid)
          .execute();
      }
      const { rid } = known ?? (await findList(actor)) ?? { rid: 0 };
      return { rid, actor };
    },

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
      asked: { sort: ServerOrder; direction: Direction; limit: number; after: Position | null },
    ): Promise<{ servers: OwnedServer[]; last: Position | null }> {
      const { sort, direction, limit, after } = asked;
      const column = COLUMNS[sort];
      const sorted = () =>
        inList(list)
          .select(['qualified_name', 'facts', 'changed', `${column} as value`])
          .limit(limit);
      let known = sorted().where(column, 'is not', null).orderBy(column, direction).orderBy('qualified_name');
      let unknown = sorted().where(column, 'is', null).orderBy('qualified_name');
      if (after !== null) {
        const { value, name } = after;
        if (value === null) unknown = unknown.where('qualified_name', '>', name);
        else {
          const beyond = direction === 'asc' ? ('>' as const) : ('<' as const);
          known = known
            // The first bounds the index, which the alternatives below do not.
            .where(column, direction === 'asc' ? '>=' : '<=', value)
            .where((e) =>
              e.or([
                e(column, beyond, value),
                e.and([e(column, '=', value), e('qualified_name', '>', name)]),
              ]),
            );
        }
      }
      const rows = after?.value === null ? [] : await known.execute();
      if (rows.length < limit) rows.push(...(await unknown.limit(limit - rows.length).execute()));
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
          const rows = some.flatMap(({ qualifiedName, ...entry }) => {
            const before = known.get(qualifiedName);
            const facts = before === undefined ? undefined : factsOf(before);
            // Another server of that name: what is known of the old one is not this one's.
            const isAnother = facts !== undefined && facts.listed.id !== entry.id;
            const goneAt = before?.gone_at ?? null;
            const isStale = goneAt !== null && !isAnother && askedAt.getTime() < Date.parse(goneAt) + GONE_MS;
            if (isStale) return [];
            const {
              id,
              namespace,
              displayName,
              description,
              iconUrl,
              createdAt,
              useCount,
              remote,
              isDeployed,
            } = entry;
            const listed = {
              at,
              id,
              namespace,
              displayName,
              description,
              iconUrl,
              createdAt,
              useCount,
              remote,
              isDeployed,
            };
            const isNew = before === undefined || isAnother || goneAt !== null;
            return [
              rowOf(list, qualifiedName, isNew ? { listed } : { ...facts, listed }, {
                listed_at: at,
                detailed_at: isNew ? null : before.detailed_at,
                due_at: isNew ? NEVER_READ : before.due_at,
                changed: isNew ? null : before.changed,
              }),
            ];
          });
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

    /** Which process reads for it; null where none does. */
    async filler({ rid }: KeptList): Promise<string | null> {
      const row = await db
        .selectFrom('owned_lists')
        .select('filler')
        .where('rid', '=', rid)
        .executeTakeFirst();
      return row?.filler ?? null;
    },

    /** Lets this process read for it in place of another, or of none; false where a third was quicker. */
    async take({ rid }: KeptList, from: string | null): Promise<boolean> {
      const { numUpdatedRows } = await db
        .updateTable('owned_lists')
        .set({ filler: processId })
        .where('rid', '=', rid)
        .where((e) => (from === null ? e('filler', 'is', null) : e('filler', '=', from)))
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },

    async release({ rid }: KeptList): Promise<void> {
      await db
        .updateTable('owned_lists')
        .set({ filler: null })
        .where('rid', '=', rid)
        .where('filler', '=', processId)
        .execute();
    },

    /** Whether this process may go on reading: it is its turn, the key is signed in, and somebody looked lately. */
    async mayRead({ rid, actor }: KeptList, idleMs: number): Promise<boolean> {
      const row = await db
        .selectFrom('owned_lists')
        .select('rid')
        .where('rid', '=', rid)
        .where('filler', '=', processId)
        .where('asked_at', '>', ago(idleMs))
        .where((e) =>
          e.exists(liveSessions(db, now()).where('registry', '=', registry).where('key_print', '=', actor)),
        )
        .executeTakeFirst();
      return row !== undefined;
    },

    /** Forgets what keys own that nobody asked for since, and what was deleted long enough ago. */
    async forgetUnseen(since: Date): Promise<void> {
      await db
        .deleteFrom('owned_lists')
        .where('registry', '=', registry)
        .where('asked_at', '<', since.toISOString())
        .execute();
      await db
        .deleteFrom('owned_servers')
        .where('list_rid', 'in', listsHere())
        .where('gone_at', '<', ago(60 * GONE_MS))
        .execute();
    },
  };

  function listsHere() {
    return db.selectFrom('owned_lists').select('rid').where('registry', '=', registry);
  }

  function everywhere(name: string, connection: Kysely<Database> = db) {
    return connection
      .updateTable('owned_servers')
      .where('list_rid', 'in', listsHere())
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

/** The rows of these names, which nobody else changes before the end of the transaction. */
async function rowsOf(
  db: Transaction<Database>,
  { rid }: KeptList,
  names: readonly string[],
): Promise<Map<string, OwnedServerRow>> {
  const rows = await db
    .updateTable('owned_servers')
    .set((e) => ({ namespace: e.ref('namespace') }))
    .where('list_rid', '=', rid)
    .where('qualified_name', 'in', names)
    .returningAll()
    .execute();
  return new Map(rows.map((row) => [row.qualified_name, row]));
}

async function putRows(db: Transaction<Database>, rows: readonly OwnedServerRow[]): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(first) as (keyof OwnedServerRow)[];
  await db
    .insertInto('owned_servers')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['list_rid', 'qualified_name'])
        .doUpdateSet((e) =>
          Object.fromEntries(columns.map((column) => [column, e.ref(`excluded.${column}`)])),
        ),
    )
    .execute();
}

function rowOf(
  { rid }: KeptList,
  name: string,
  facts: ServerFacts,
  kept: Pick<OwnedServerRow, 'listed_at' | 'detailed_at' | 'due_at' | 'changed'>,
): OwnedServerRow {
  const row = {
    list_rid: rid,
    qualified_name: name,
    namespace: namespaceOf(name),
    gone_at: null,
    facts: JSON.stringify(facts),
    ...kept,
  };
  return { ...row, ...indexColumns(serverOf(row)) };
}

function factsOf({ facts }: Pick<OwnedServerRow, 'facts'>): ServerFacts {
  return JSON.parse(facts) as ServerFacts;
}

function changeOf({ changed }: Pick<OwnedServerRow, 'changed'>): ServerChange | null {
  return changed === null ? null : (JSON.parse(changed) as ServerChange);
}

function serverOf(row: Pick<OwnedServerRow, 'qualified_name' | 'facts' | 'changed'>): OwnedServer {
  return composeServer(row.qualified_name, factsOf(row), changeOf(row));
}
