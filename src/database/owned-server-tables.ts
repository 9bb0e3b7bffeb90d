import type { Generated, Selectable } from 'kysely';

/** What one key owns in one registry elsewhere, as far as it was read. Shown to this key alone. */
interface OwnedListsTable {
  rid: Generated<number>;
  /** The registry's URL. */
  registry: string;
  key_print: string;
  /** When somebody last looked at it, to some seconds. */
  asked_at: string;
  /** The process that reads for it; null where none does. */
  filler: string | null;
}

/** How far the list of a namespace was read. */
export interface OwnedNamespacesTable {
  list_rid: number;
  namespace: string;
  /** When it was last read to its end; null: never. */
  listed_at: string | null;
  /** What became of the last reading where it failed, as JSON; null where it did not. */
  failure: string | null;
  /** How much of it could not be read, as `Unreadable` counts it. */
  lost_entries: number;
  lost_values: number;
  /** How many servers the registry itself counts in it; null where it does not say. */
  claimed: number | null;
}

/** One server. What it is sorted by is null where it is not known. */
interface OwnedServersTable {
  list_rid: number;
  qualified_name: string;
  namespace: string;
  /** As people sort. */
  sort_name: string | null;
  /** Its place in `SERVER_STATES`. */
  state_rank: number | null;
  released_at: string | null;
  called_at: string | null;
  uses: number | null;
  created_at: string | null;
  /** The filters that show it, a bit for each place in `SERVER_FILTERS`, save `quiet`, which the clock decides. */
  filter_bits: number;
  /** From when on it is quiet unless a call comes; null: never, as far as is known. */
  quiet_from: string | null;
  /** The age of the oldest that is here. */
  as_of: string;
  /** When the list last named it. */
  listed_at: string;
  /** When more than the list has was last asked for; null: never. */
  detailed_at: string | null;
  /** When that is due again: a time, or before all times for what does not wait. */
  due_at: string;
  /** When it was deleted through here: lists that were read before may name it yet. */
  gone_at: string | null;
  /** What was changed of it through here and not read again since, as JSON. */
  changed: string | null;
  /** What was read of it, as JSON. */
  facts: string;
}

export type OwnedServerRow = Selectable<OwnedServersTable>;

export interface OwnedServerTables {
  owned_lists: OwnedListsTable;
  owned_namespaces: OwnedNamespacesTable;
  owned_servers: OwnedServersTable;
}
