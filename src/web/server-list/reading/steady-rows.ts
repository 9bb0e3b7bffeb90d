import type { OwnedServer } from '#contract/owned-servers.ts';
import { type RefObject, useEffect, useMemo, useState } from 'react';
import type { ViewRows } from './view-rows.ts';

const LEFT_ALONE_MS = 1000;
const CHECK_MS = 200;

/** What is to be shown of a view. */
interface Target<Rows extends ViewRows> {
  /** Names the view: rows of another one are shown at once. */
  view: string;
  rows: Rows;
}

/**
 * Rows that neither move nor change under a pointer or while one of them has the focus. What only comes after the
 * others is shown at once; anything else once nothing of the list has been pointed at or focused for a second, or when it is asked for.
 */
export function useSteadyRows<Rows extends ViewRows>(
  target: Target<Rows> | undefined,
  list: RefObject<HTMLElement | null>,
): { rows: Rows | undefined; changes: number; show: () => void } {
  const [shown, setShown] = useState(target);
  const isFree =
    target === undefined ||
    shown === undefined ||
    shown.view !== target.view ||
    shown.rows.servers === target.rows.servers ||
    shown.rows.count === 0;
  const changes = useMemo(
    () => (isFree ? 0 : countChanges(shown.rows, target.rows)),
    [isFree, shown, target],
  );
  if (target !== shown && changes === 0) setShown(target);

  useEffect(() => {
    if (changes === 0 || list.current === null) return undefined;
    return whenLeftAlone(list.current, () => setShown(target));
  }, [changes, target, list]);

  return { rows: shown?.rows, changes, show: () => setShown(target) };
}

/** How many rows are new, gone or not as they were. */
function countChanges(before: ViewRows, after: ViewRows): number {
  const old = new Map<string, OwnedServer>();
  for (const server of before.servers.slice(0, before.count)) old.set(server.qualifiedName, server);
  let changes = 0;
  for (const server of after.servers.slice(0, after.count)) {
    if (old.get(server.qualifiedName) !== server) changes += 1;
    old.delete(server.qualifiedName);
  }
  return changes + old.size;
}

/** Calls `act` once the element has been left alone for a second. Returns how to stop waiting. */
function whenLeftAlone(element: HTMLElement, act: () => void): () => void {
  let touchedAt = performance.now();
  const check = () => {
    if (element.matches(IN_USE)) touchedAt = performance.now();
    else if (performance.now() - touchedAt >= LEFT_ALONE_MS) act();
  };
  check();
  const timer = setInterval(check, CHECK_MS);
  return () => clearInterval(timer);
}

// A finger leaves what it touched hovered; while it is down, that is active.
const IN_USE = window.matchMedia('(hover: hover)').matches
  ? ':hover, :focus-within, :active'
  : ':focus-within, :active';
