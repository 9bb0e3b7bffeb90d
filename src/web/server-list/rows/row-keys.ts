import type { KeyboardEvent } from 'react';

/** What of a row takes the focus. */
type Part = 'a' | 'input';

interface Rows {
  count: number;
  rowHeight: number;
  /** Called where there is no row above. */
  onLeave: () => void;
}

/** Moves the focus through rows: arrows to the next, Home and End to the first and the last. */
export function moveByKey(event: KeyboardEvent<HTMLElement>, { count, rowHeight, onLeave }: Rows): void {
  const { key, target, currentTarget: list } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || !(target instanceof Element)) return;
  const row = target.closest('[data-index]');
  if (row === null) return;
  const index = Number(row.getAttribute('data-index'));
  const next = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: count - 1 }[key];
  if (next === undefined || next >= count) return;
  event.preventDefault();
  if (next < 0) onLeave();
  else focusRow(list, next, { rowHeight, part: target.matches('input') ? 'input' : 'a' });
}

/** Gives a row the focus, also one that is not in the page yet. */
export function focusRow(
  list: HTMLElement,
  index: number,
  { rowHeight, part }: { rowHeight: number; part: Part },
): void {
  const find = () => list.querySelector<HTMLElement>(`[data-index="${index}"] ${part}`);
  const there = find();
  if (there !== null) {
    there.focus();
    return;
  }
  const top = list.getBoundingClientRect().top + window.scrollY;
  window.scrollTo({ top: top + index * rowHeight - window.innerHeight / 2, behavior: 'instant' });
  focusOnceThere(find, (link) => link.focus());
}

// It is drawn by one of the next frames, on a busy machine not by the very next.
const MOST_FRAMES = 30;

/** Gives the focus to what is found in one of the next frames; nothing happens where it never is. */
export function focusOnceThere(
  find: () => HTMLElement | null,
  focus: (element: HTMLElement) => void,
  frames = MOST_FRAMES,
): void {
  requestAnimationFrame(() => {
    const element = find();
    if (element !== null) focus(element);
    else if (frames > 0) focusOnceThere(find, focus, frames - 1);
  });
}
