import type { Expression, ExpressionBuilder, Kysely, SqlBool } from 'kysely';
import type { Direction, ServerOrder } from '#contract/owned-servers.ts';
import { chunks } from '#database/row-chunks.ts';
import type { Database } from '#database/schema.ts';
import { inOrder, isWithin, readSorted, type Stretch } from '#database/sorted-rows.ts';
import type { ListPosition } from '#platform/list-position.ts';
import type { Scope } from '#registry/access/access.ts';
import { isOwnedBy } from '#registry/servers/server-ownership.ts';
import type { OwnedServerQuery } from './owned-server-params.ts';

/** A server's place in an order. */
export interface ServerKey extends ListPosition {
  rid: number;
}

// Each is a part of one statement: SQLite takes at most 500, and plans each anew.
const NAMESPACES_AT_ONCE = 100;

// Of each there is an index by namespace, this, and qualified name.
const COLUMNS = {
  name: 'name_key',
  state: 'state_rank',
  released: 'released_at',
  called: 'last_call_at',
  uses: 'use_count',
  created: 'created_at',
} as const satisfies Record<ServerOrder, string>;

const INDEXES: Partial<Record<ServerOrder, Direction>> = { uses: 'desc' };

/**
 * The servers of a scope that come after the position, in the order that is asked for, at most `limit`. Those without a
 * value come last, equals by their qualified name. However many there are, each namespace's index is read in its order
 * and no further than the page needs.
 */
export async function listServerKeys(
  db: Kysely<Database>,
  { sort, direction, limit, after, names }: OwnedServerQuery,
  scope: Scope,
): Promise<ServerKey[]> {
  const parts = [...(names === undefined ? await namespaceParts(db, scope) : [[isNamed(names, scope)]])];
  return readSorted(
    async (stretch) => {
      const read = await Promise.all(parts.map(async (part) => keysWithin(db, part, { sort, stretch })));
      return read.length === 1 ? (read[0] ?? []) : merged(read.flat(), stretch);
    },
    { direction, index: INDEXES[sort] ?? 'asc', limit, after },
  );
}

type Servers = ExpressionBuilder<Database, 'servers'>;
type Condition = (eb: Servers) => Expression<SqlBool>;

function isNamed(names: readonly string[], scope: Scope): Condition {
  return (eb) => eb.and([isOwnedBy(eb, scope), eb('servers.qualified_name', 'in', names)]);
}

/** The namespaces of a scope, one condition each: within one, an index has the servers in order. */
async function namespaceParts(
  db: Kysely<Database>,
  { ownerIds, namespaces }: Scope,
): Promise<Iterable<Condition[]>> {
  let query = db.selectFrom('namespaces').select('name').where('owner_id', 'in', ownerIds);
  if (namespaces !== null) query = query.where('name', 'in', namespaces);
  const conditions = (await query.execute()).map(
    ({ name }): Condition =>
      (eb) =>
        eb.and([
          eb('servers.namespace', '=', name),
          // Asked again in the same statement, as it may have become another's; and as one value, which both engines ask once.
          eb(
            eb.selectFrom('namespaces').select('namespaces.owner_id').where('namespaces.name', '=', name),
            'in',
            ownerIds,
          ),
        ]),
  );
  return chunks(conditions, NAMESPACES_AT_ONCE);
}

async function keysWithin(
  db: Kysely<Database>,
  conditions: readonly Condition[],
  { sort, stretch }: { sort: ServerOrder; stretch: Stretch },
): Promise<ServerKey[]> {
  const column = `servers.${COLUMNS[sort]}` as const;
  const [first, ...others] = conditions.map((condition) => {
    const part = db
      .selectFrom('servers')
      .select(['servers.rid', 'servers.qualified_name as name', `${column} as value`])
      .where(condition)
      .where((eb) => isWithin(stretch, eb.ref(column), eb.ref('servers.qualified_name')));
    // PostgreSQL merges only what it knows to be in order.
    return db.selectFrom(inOrder(part, stretch).as('part')).selectAll();
  });
  if (first === undefined) return [];
  const all = others.reduce((union, one) => union.unionAll(one), first);
  return inOrder(all, stretch).limit(stretch.limit).execute();
}

/** What several statements found, as one would have. */
function merged(keys: readonly ServerKey[], { values, names, limit }: Stretch): ServerKey[] {
  const [byValue, byName] = [values, names].map((direction) => (direction === 'asc' ? 1 : -1));
  return keys
    .toSorted((a, b) => (byValue ?? 1) * compare(a.value, b.value) || (byName ?? 1) * compare(a.name, b.name))
    .slice(0, limit);
}

// As engines do, byte by byte; within a stretch either all have a value or none has.
function compare(a: ListPosition['value'], b: ListPosition['value']): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return Number(a) - Number(b);
}
