import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import type { SessionInfo } from '#contract/session.ts';
import { isSameAccount, sessionQuery } from '#web/api/session.ts';
import { paths } from '#web/lib/paths.ts';

/** Where the list of servers was left. */
export interface ListPlace {
  /** The query of its address, with its leading `?`; empty for the whole list. */
  search: string;
  scrollY: number;
  /** The row that had the focus or was opened last: its qualified name, and where it stood. Null: none. */
  row: { qualifiedName: string; index: number } | null;
}

const KEY = ['list-place'];
const STORAGE_KEY = 'touchmark-list-place';

/** Keeps where the list was left: for this page, and in this tab for the pages that it loads after this one. */
export function keepListPlace(client: QueryClient, place: ListPlace): void {
  client.setQueryDefaults(KEY, { gcTime: Infinity });
  client.setQueryData(KEY, place);
  const session = sessionOf(client);
  if (session === undefined) return;
  try {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify({ place, session } satisfies KeptPlace));
  } catch {
    // Storage may be switched off: then only this page knows the way back.
  }
}

/** Where the list was left; undefined where nobody was there yet. */
export function listPlace(client: QueryClient): ListPlace | undefined {
  return client.getQueryData<ListPlace>(KEY) ?? placeBeforeThisPage(client);
}

/** A place, and who left it there: others who sign in in this tab are not led to it. */
interface KeptPlace {
  place: ListPlace;
  session: SessionInfo;
}

function placeBeforeThisPage(client: QueryClient): ListPlace | undefined {
  const session = sessionOf(client);
  if (session === undefined) return undefined;
  try {
    const kept = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? 'null') as KeptPlace | null;
    return kept !== null && isSameAccount(kept.session, session) ? kept.place : undefined;
  } catch {
    return undefined;
  }
}

function sessionOf(client: QueryClient): SessionInfo | undefined {
  return client.getQueryData(sessionQuery().queryKey);
}

/** The address of the list as it was left: for links and for ways that lead back to it from another page. */
export function useListAddress(): string {
  const client = useQueryClient();
  return paths.servers() + (listPlace(client)?.search ?? '');
}
