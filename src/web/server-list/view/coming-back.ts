import { useQueryClient } from '@tanstack/react-query';
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useLocation } from 'react-router';
import { knownDeletions } from '#web/api/server-cache/known-deletions.ts';
import { focusOnceThere } from '#web/server-list/rows/row-keys.ts';
import { keepListPlace, type ListPlace, listPlace } from '#web/components/list-place.ts';
import { ignorePresses } from '#web/ui/ignored-presses.ts';
import { scrollClearOfToasts } from '#web/ui/toast/toast-store.ts';

interface Shown {
  /** The rows, once there are any. */
  rows: { servers: readonly { qualifiedName: string }[]; count: number } | undefined;
  /** Whether more of them are to come. */
  isWhole: boolean;
  list: RefObject<HTMLElement | null>;
}

/**
 * Keeps where the list is left, and brings back whoever comes to the same view again: to where it was scrolled to, and
 * the row last opened, or the one now in its place, has the focus. Returns where the window will be scrolled to, and
 * what to call as a row gets the focus or is opened.
 */
export function useComingBack({ rows, isWhole, list }: Shown) {
  const client = useQueryClient();
  const { search } = useLocation();
  const [target] = useState(() => {
    const place = listPlace(client);
    return place?.search === search ? place : undefined;
  });
  const isPending = useRef(target !== undefined);
  const isToFocus = useRef(false);
  const place = useRef<ListPlace>({ search, scrollY: target?.scrollY ?? 0, row: target?.row ?? null });

  useLayoutEffect(() => {
    place.current.search = search;
    // Links that lead back here are drawn before this is gone.
    keepListPlace(client, { ...place.current });
  }, [client, search]);

  useLayoutEffect(() => {
    if (target === undefined || !isPending.current || rows === undefined || rows.count === 0) return;
    const { scrollHeight } = document.documentElement;
    if (!isWhole && scrollHeight < target.scrollY + window.innerHeight) return;
    isPending.current = false;
    window.scrollTo({ top: target.scrollY, behavior: 'instant' });
    isToFocus.current = true;
  }, [target, rows, isWhole]);

  useEffect(() => {
    if (!isToFocus.current || target === undefined || rows === undefined) return;
    isToFocus.current = false;
    // After the page's heading, which gets the focus on every change of page by an effect like this.
    queueMicrotask(() => focusPlace(list.current, rows, target));
  });

  // Before the page that comes next is scrolled, which is none of this one's.
  useLayoutEffect(() => {
    // Always this one object: what it holds is what changes.
    const left = place.current;
    const note = () => {
      left.scrollY = window.scrollY;
    };
    // Whoever goes elsewhere in the list is not taken back.
    const give = () => {
      isPending.current = false;
    };
    const keep = () => keepListPlace(client, { ...left });
    const acts = ['wheel', 'touchmove', 'keydown', 'pointerdown'];
    window.addEventListener('scroll', note, { passive: true });
    window.addEventListener('pagehide', keep);
    for (const act of acts) window.addEventListener(act, give, { passive: true });
    return () => {
      window.removeEventListener('scroll', note);
      window.removeEventListener('pagehide', keep);
      for (const act of acts) window.removeEventListener(act, give);
      keep();
    };
  }, [client]);

  useLayoutEffect(() => {
    const last = knownDeletions(client).at(-1);
    if (last?.where !== 'here' || Date.now() - last.at > JUST_NOW_MS) return undefined;
    return ignorePresses();
  }, [client]);

  return {
    scrollY: target?.scrollY,
    noteRow: (qualifiedName: string, index: number) => {
      place.current.row = { qualifiedName, index };
    },
  };
}

function focusPlace(
  list: HTMLElement | null,
  { servers, count }: NonNullable<Shown['rows']>,
  { row }: ListPlace,
): void {
  if (row === null) return;
  const isThere = servers[row.index]?.qualifiedName === row.qualifiedName;
  const found = isThere
    ? row.index
    : servers.findIndex(({ qualifiedName }, index) => index < count && qualifiedName === row.qualifiedName);
  const index = found < 0 ? Math.min(row.index, count - 1) : found;
  const find = () => list?.querySelector<HTMLElement>(`[data-index="${index}"] a`) ?? null;
  const focus = (link: HTMLElement) => link.focus({ preventScroll: true });
  // Under a toast it would not be drawn.
  if (list !== null) {
    const { top, height } = list.getBoundingClientRect();
    scrollClearOfToasts(top + ((index + 1) * height) / count);
  }
  const there = find();
  // Where the window was scrolled to it only now, it is drawn in one of the next frames.
  if (there === null) focusOnceThere(find, focus);
  else focus(there);
}

const JUST_NOW_MS = 5000;
