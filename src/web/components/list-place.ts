import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { paths } from '#web/lib/paths.ts';

/** Where the list of servers was left. */
export interface ListPlace {
  /** The query of its address, with its leading `?`; empty for the whole list. */
  search: string;
  scrollY: number;
  /** The row that had the focus or was opened last: its qualified name, and where it stood. Null: none. */
  row: { qualifiedName: string; index: number } | null;
}

// In the query cache, so that what one person left is gone once another signs in.
const KEY = ['list-place'];

/** Keeps where the list was left. */
export function keepListPlace(client: QueryClient, place: ListPlace): void {
  client.setQueryDefaults(KEY, { gcTime: Infinity });
  client.setQueryData(KEY, place);
}

/** Where the list was left; undefined where nobody was there yet. */
export function listPlace(client: QueryClient): ListPlace | undefined {
  return client.getQueryData<ListPlace>(KEY);
}

/** The address of the list as it was left: for links and for ways that lead back to it from another page. */
export function useListAddress(): string {
  const client = useQueryClient();
  return paths.servers() + (listPlace(client)?.search ?? '');
}
