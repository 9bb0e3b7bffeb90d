import { createHash } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import { chunks } from '#database/row-chunks.ts';
import type { Database } from '#database/schema.ts';
import { OWN_FACTS, type CopiedTable } from './copied-tables.ts';

/** A row as both engines give it: texts, numbers, bytes and nulls. */
export type Row = Record<string, unknown>;

// A page is as many rows as weigh little, so that memory stays the same however large rows are.
const FIRST_PAGE_ROWS = 25;
const MAX_PAGE_ROWS = 1000;
const MAX_PAGE_BYTES = 2 * 1024 ** 2;

/** The rows of a table in the order of its key, some at a time; only those after `after`, where a row is given. */
export async function* readRows(
  db: Kysely<Database>,
  { name, key }: CopiedTable,
  after?: Row,
): AsyncGenerator<Row[]> {
  const keys = sql.join(key.map((column) => sql.ref(column)));
  let last = after;
  let size = FIRST_PAGE_ROWS;
  for (;;) {
    const values = sql.join(key.map((column) => sql.val(last?.[column])));
    const rest = last === undefined ? sql`` : sql`where (${keys}) > (${values})`;
    const { rows } = await sql<Row>`
      select * from ${sql.table(name)} ${rest} order by ${keys} limit ${sql.lit(size)}`.execute(db);
    const wanted = name === 'installation' ? rows.filter((row) => !OWN_FACTS.has(row['key'])) : rows;
    if (wanted.length > 0) yield wanted;
    if (rows.length < size) return;
    last = rows.at(-1);
    const bytes = rows.reduce((sum, row) => sum + weightOf(row), 0);
    const fitting = Math.floor((size * MAX_PAGE_BYTES) / Math.max(bytes, 1));
    size = Math.max(1, Math.min(fitting, 2 * size, MAX_PAGE_ROWS));
  }
}

function weightOf(row: Row): number {
  return Object.values(row).reduce<number>((sum, value) => {
    if (typeof value === 'string') return sum + value.length;
    return sum + (value instanceof Uint8Array ? value.length : 8);
  }, 0);
}

/** Writes rows as they are. */
export async function insertRows(db: Kysely<Database>, table: string, rows: readonly Row[]): Promise<void> {
  // Its names are read from a database of ours, or from a verified backup of one.
  const untyped = db as unknown as Kysely<Record<string, Row>>;
  for (const some of chunks(rows)) await untyped.insertInto(table).values(some).execute();
}

/** The row with the greatest key; undefined where the table is empty. */
export async function lastRow(db: Kysely<Database>, { name, key }: CopiedTable): Promise<Row | undefined> {
  const order = sql.join(key.map((column) => sql`${sql.ref(column)} desc`));
  const { rows } = await sql<Row>`select * from ${sql.table(name)} order by ${order} limit 1`.execute(db);
  return rows[0];
}

/** How many rows a table has. */
export async function countRows(db: Kysely<Database>, { name }: CopiedTable): Promise<number> {
  const { rows } = await sql<{ rows: number }>`select count(*) as rows from ${sql.table(name)}`.execute(db);
  return Number(rows[0]?.rows);
}

/** What a table holds: the same on both engines for the same rows. */
export interface TableDigest {
  rows: number;
  /** SHA-256, in hex. */
  digest: string;
}

/** Reads a whole table to tell it from others. */
export async function digestTable(
  db: Kysely<Database>,
  table: CopiedTable,
  onRows: (rows: number) => void = () => {},
): Promise<TableDigest> {
  const hash = createHash('sha256');
  let count = 0;
  for await (const rows of readRows(db, table)) {
    for (const row of rows) {
      const columns = Object.keys(row).sort();
      hash.update(`${JSON.stringify(columns.map((column) => [column, toJson(row[column])]))}\n`);
    }
    count += rows.length;
    onRows(rows.length);
  }
  return { rows: count, digest: hash.digest('hex') };
}

/** A value as JSON holds it. */
export function toJson(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value ?? null;
  const { buffer, byteOffset, byteLength } = value;
  return { base64: Buffer.from(buffer, byteOffset, byteLength).toString('base64') };
}

/** The value that `toJson` made this of. */
export function fromJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Buffer.from((value as { base64: string }).base64, 'base64');
}
