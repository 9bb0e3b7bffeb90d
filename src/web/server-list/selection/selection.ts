import { type QueryClient, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import type { ViewRows } from '#web/server-list/reading/view-rows.ts';

type Names = ReadonlySet<string>;

/** Which servers are selected, by their qualified names. */
export interface Selection {
  names: Names;
  /** Selects one or not any more; as a range all from the one before to this one. */
  select: (qualifiedName: string, isRange: boolean) => void;
  add: (names: readonly string[]) => void;
  clear: () => void;
}

const NONE: Names = new Set();

// In the query cache, so that it outlives a look at a server's page and not the session.
const selectionQuery = () =>
  queryOptions({
    queryKey: ['list-selection'],
    queryFn: (): Names => NONE,
    initialData: NONE,
    structuralSharing: false,
    staleTime: Infinity,
    gcTime: Infinity,
    networkMode: 'always',
  });

/** The selection and what changes it, among the rows that are shown. */
export function useSelection(rows: ViewRows | undefined): Selection {
  const client = useQueryClient();
  const { data: names } = useQuery(selectionQuery());
  const last = useRef<string>(undefined);
  const shown = useRef(rows);
  useEffect(() => {
    shown.current = rows;
  }, [rows]);

  const select = useCallback(
    (qualifiedName: string, isRange: boolean) => {
      const range = isRange ? namesBetween(shown.current, last.current, qualifiedName) : [];
      last.current = qualifiedName;
      change(client, (names) => {
        // A range takes over what its last one becomes.
        const isOn = !names.has(qualifiedName);
        for (const name of [...range, qualifiedName]) {
          if (isOn) names.add(name);
          else names.delete(name);
        }
      });
    },
    [client],
  );

  return useMemo(
    () => ({
      names,
      select,
      add: (added) =>
        change(client, (names) => {
          for (const name of added) names.add(name);
        }),
      clear: () => change(client, (names) => names.clear()),
    }),
    [client, names, select],
  );
}

function change(client: QueryClient, act: (names: Set<string>) => void): void {
  client.setQueryData(selectionQuery().queryKey, (before) => {
    const names = new Set(before);
    act(names);
    return names;
  });
}

/** The names of the rows from one to another, whichever is first; none where one of them is not there. */
function namesBetween(rows: ViewRows | undefined, from: string | undefined, to: string): string[] {
  const names = (rows?.servers ?? []).slice(0, rows?.count).map(({ qualifiedName }) => qualifiedName);
  const ends = [from, to].map((name) => (name === undefined ? -1 : names.indexOf(name)));
  const [first, last] = [Math.min(...ends), Math.max(...ends)];
  return first < 0 ? [] : names.slice(first, last + 1);
}
