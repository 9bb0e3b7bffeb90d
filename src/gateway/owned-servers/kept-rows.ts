import type { Transaction } from 'kysely';
import type { OwnedServer } from '#contract/owned-servers.ts';
import type { OwnedServerRow } from '#database/owned-server-tables.ts';
import type { Database } from '#database/schema.ts';
import type { KeptList } from './kept-lists.ts';
import {
  composeServer,
  indexColumns,
  namespaceOf,
  type ServerChange,
  type ServerFacts,
} from './remote-server-facts.ts';

/** The rows of these names, which nobody else changes before the end of the transaction. */
export async function rowsOf(
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

/** Writes these rows in place of those of the same names. */
export async function putRows(db: Transaction<Database>, rows: readonly OwnedServerRow[]): Promise<void> {
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

/** A server's row, with what it is sorted and counted by. */
export function rowOf(
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

/** What was read of it. */
export function factsOf({ facts }: Pick<OwnedServerRow, 'facts'>): ServerFacts {
  return JSON.parse(facts) as ServerFacts;
}

/** What was changed of it through here; null where nothing was since it was read. */
export function changeOf({ changed }: Pick<OwnedServerRow, 'changed'>): ServerChange | null {
  return changed === null ? null : (JSON.parse(changed) as ServerChange);
}

/** The server, as the index tells of it. */
export function serverOf(row: Pick<OwnedServerRow, 'qualified_name' | 'facts' | 'changed'>): OwnedServer {
  return composeServer(row.qualified_name, factsOf(row), changeOf(row));
}
