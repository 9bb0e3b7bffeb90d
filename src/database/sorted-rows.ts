import { sql, type Expression, type SelectQueryBuilder, type SqlBool } from 'kysely';
import type { ListPosition } from '#platform/list-position.ts';

type Direction = 'asc' | 'desc';
type Value = ListPosition['value'];

/** Rows that stand together in an index by value and name: all of one value, or all beyond a value, in this order. */
export interface Stretch {
  /** Of one value, null where it is for those without one, after the name. */
  of?: { value: Value; after?: string | undefined };
  /** Without `of`: after which value, undefined for the first. */
  beyond?: Value | undefined;
  values: Direction;
  names: Direction;
  limit: number;
}

/**
 * The rows that come after the position, at most `limit`: by their values, equals by their names, those without a value last.
 * `read` reads a stretch of them. `index` is how an index has the values, with the names from a to z: whichever way the rows
 * are asked for, it gives them without a sort, and no more than twice as many as there is room for are read.
 */
export async function readSorted<Row extends ListPosition>(
  read: (stretch: Stretch) => Promise<Row[]>,
  {
    direction,
    index,
    limit,
    after,
  }: { direction: Direction; index: Direction; limit: number; after: ListPosition | undefined },
): Promise<Row[]> {
  const equals = async (value: Value, room: number, name?: string) =>
    read({ of: { value, after: name }, values: index, names: 'asc', limit: room });

  async function beyond(room: number): Promise<Row[]> {
    const names = direction === index ? ('asc' as const) : ('desc' as const);
    const rows = await read({ beyond: after?.value, values: direction, names, limit: room });
    if (names === 'asc') return rows;
    // Read backwards, equals come from z to a, and of the last ones those from the wrong end.
    const groups = groupsOf(rows);
    const cut = rows.length === room ? groups.pop() : undefined;
    const whole = groups.flatMap((group) => group.toReversed());
    const [first] = cut ?? [];
    return first === undefined ? whole : [...whole, ...(await equals(first.value, room - whole.length))];
  }

  if (after?.value === null) return equals(null, limit, after.name);
  const rows = after === undefined ? [] : await equals(after.value, limit, after.name);
  if (rows.length < limit) rows.push(...(await beyond(limit - rows.length)));
  if (rows.length < limit) rows.push(...(await equals(null, limit - rows.length)));
  return rows;
}

/** True for rows of the stretch. */
export function isWithin(
  { of, beyond, values }: Stretch,
  value: Expression<unknown>,
  name: Expression<string>,
): Expression<SqlBool> {
  if (of === undefined) {
    if (beyond === undefined || beyond === null) return sql<SqlBool>`${value} is not null`;
    return values === 'asc'
      ? sql<SqlBool>`${value} > ${typed(beyond)}`
      : sql<SqlBool>`${value} < ${typed(beyond)}`;
  }
  const isOf =
    of.value === null ? sql<SqlBool>`${value} is null` : sql<SqlBool>`${value} = ${typed(of.value)}`;
  return of.after === undefined ? isOf : sql<SqlBool>`${isOf} and ${name} > ${of.after}`;
}

/** A query of rows of the stretch, with its `value` and `name`, in their order. */
export function inOrder<DB, TB extends keyof DB, Row extends ListPosition>(
  query: SelectQueryBuilder<DB, TB, Row>,
  { of, values, names }: Stretch,
): SelectQueryBuilder<DB, TB, Row> {
  // To PostgreSQL, rows of one value are in order by their names alone, but rows without one are not.
  const isOfOneValue = of !== undefined && of.value !== null;
  return (isOfOneValue ? query : query.orderBy(sql.ref('value'), values)).orderBy(sql.ref('name'), names);
}

// A number that came from elsewhere may be beyond what the column can hold.
function typed(value: string | number) {
  return typeof value === 'number' ? sql`cast(${value} as bigint)` : sql`${value}`;
}

function groupsOf<Row extends ListPosition>(rows: readonly Row[]): Row[][] {
  const groups: Row[][] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    if (last?.[0]?.value === row.value) last?.push(row);
    else groups.push([row]);
  }
  return groups;
}
