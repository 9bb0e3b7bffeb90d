import { type RefObject, useDeferredValue, useEffect, useLayoutEffect, useState } from 'react';
import { useToastRoom } from '#web/ui/toast/toast-store.ts';

const OVERSCAN = 8;
const STILL_MS = 150;

// Where the list stood the last time: how many rows can be seen is known before it is drawn again.
let lastTop = 0;

interface Options {
  count: number;
  /** In pixels; every row has it. */
  rowHeight: number;
  list: RefObject<HTMLElement | null>;
  /** How far the window will be scrolled once the list is drawn, where that is not how far it is. */
  scrollY: number | undefined;
}

/** Which rows have to be in the page: those near the window. */
export interface VisibleRows {
  /** The first of them, and the one after the last. */
  start: number;
  end: number;
  /** The same, of those that can be seen. */
  seenStart: number;
  seenEnd: number;
  isScrolling: boolean;
}

/**
 * Follows which rows are near the window. As all have one height that is a division, whose cost does not grow with how
 * many there are.
 */
export function useVisibleRows({ count, rowHeight, list, scrollY }: Options): VisibleRows {
  const toastRoom = useToastRoom();
  const [seen, setSeen] = useState(() =>
    seenAt(scrollY ?? window.scrollY, { top: lastTop, rowHeight, toastRoom }),
  );
  const [isScrolling, setScrolling] = useState(false);
  // What can be seen comes first, the rows around it a moment later.
  const isDrawn = useDeferredValue(true, false);

  useLayoutEffect(() => {
    const look = () => {
      const next = seenAt(window.scrollY, { top: lastTop, rowHeight, toastRoom });
      setSeen((before) => (before.start === next.start && before.end === next.end ? before : next));
    };
    // What stands above the list may grow or go, and the whole page with it.
    const measure = () => {
      const top = list.current?.getBoundingClientRect().top;
      if (top === undefined) return;
      lastTop = Math.round(top + window.scrollY);
      look();
    };
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    look();
    window.addEventListener('scroll', look, { passive: true });
    window.addEventListener('resize', measure);
    return () => {
      observer.disconnect();
      window.removeEventListener('scroll', look);
      window.removeEventListener('resize', measure);
    };
  }, [list, rowHeight, toastRoom]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let scrolledTo = window.scrollY;
    const move = () => {
      // A scroll to where the window already is, as after a navigation, is none.
      if (window.scrollY === scrolledTo) return;
      scrolledTo = window.scrollY;
      setScrolling(true);
      clearTimeout(timer);
      timer = setTimeout(() => setScrolling(false), STILL_MS);
    };
    window.addEventListener('scroll', move, { passive: true });
    return () => {
      clearTimeout(timer);
      window.removeEventListener('scroll', move);
    };
  }, []);

  const overscan = isDrawn ? OVERSCAN : 0;
  const within = (index: number) => Math.max(0, Math.min(count, index));
  return {
    start: within(seen.start - overscan),
    // None is drawn under a toast.
    end: within(seen.end + (toastRoom > 0 ? 0 : overscan)),
    seenStart: within(seen.start),
    seenEnd: within(seen.end),
    isScrolling,
  };
}

interface Place {
  top: number;
  rowHeight: number;
  /** What toasts take of the window's lower end. */
  toastRoom: number;
}

function seenAt(scrollY: number, { top, rowHeight, toastRoom }: Place): { start: number; end: number } {
  const start = Math.floor((scrollY - top) / rowHeight);
  const end = (scrollY - top + window.innerHeight - toastRoom) / rowHeight;
  // One that is seen in part would reach under them.
  return { start: Math.max(0, start), end: Math.max(0, toastRoom > 0 ? Math.floor(end) : Math.ceil(end)) };
}
