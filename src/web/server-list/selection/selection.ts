import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
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
const KEY = ['list-selection'];

/** The selection and what changes it, among the rows that are shown. */
export function useSelection(rows: ViewRows | undefined): Selection {
  const client = useQueryClient();
  const [names, setNames] = useState(() => client.getQueryData<Names>(KEY) ?? NONE);
  const last = useRef<string>(undefined);
  const shown = useRef(rows);
  useEffect(() => {
    shown.current = rows;
  }, [rows]);

  const change = useCallback(
    (act: (names: Set<string>) => void) =>
      setNames((before) => {
        const after = new Set(before);
        act(after);
        return after;
      }),
    [],
  );
  useEffect(() => {
    client.setQueryDefaults(KEY, { gcTime: Infinity, structuralSharing: false });
    client.setQueryData<Names>(KEY, names);
  }, [client, names]);

  const select = useCallback(
    (qualifiedName: string, isRange: boolean) => {
      const range = isRange ? namesBetween(shown.current, last.current, qualifiedName) : [];
      last.current = qualifiedName;
      change((names) => {
        // All of a range become what its last one becomes.
        const isOn = !names.has(qualifiedName);
        for (const name of [...range, qualifiedName]) {
          if (isOn) names.add(name);
          else names.delete(name);
        }
      });
    },
    [change],
  );

  return useMemo(
    () => ({
      names,
      select,
      add: (added) =>
        change((names) => {
          for (const name of added) names.add(name);
        }),
      clear: () => change((names) => names.clear()),
    }),
    [names, select, change],
  );
}

/** The names of the rows from one to another, whichever is first; none where one of them is not there. */
function namesBetween(rows: ViewRows | undefined, from: string | undefined, to: string): string[] {
  const names = (rows?.servers ?? []).slice(0, rows?.count).map(({ qualifiedName }) => qualifiedName);
  const ends = [from, to].map((name) => (name === undefined ? -1 : names.indexOf(name)));
  const [first, last] = [Math.min(...ends), Math.max(...ends)];
  return first < 0 ? [] : names.slice(first, last + 1);
}
