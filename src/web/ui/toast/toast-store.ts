import { useSyncExternalStore } from 'react';
import type { Tone } from '#web/ui/badge.tsx';

export interface Toast {
  tone: Tone;
  /** One line. */
  message: string;
  /** A name in the message, which no browser is to translate. */
  name?: string | undefined;
  /** The other side's own words, or what to do next. */
  detail?: string | undefined;
  /** Where to read more: an address of this site. */
  action?: { label: string; href: string } | undefined;
  requestId?: string | null | undefined;
  /** True where what has the focus says it too: it is shown, and not read out a second time. */
  isSaidElsewhere?: boolean | undefined;
}

export interface ShownToast extends Toast {
  id: number;
}

let toasts: readonly ShownToast[] = [];
let room = 0;
let nextId = 1;
const listeners = new Set<() => void>();

/** Shows a message that has no place on the page. It may be called from anywhere, inside React or not. */
export function showToast(toast: Toast): void {
  const shown = { ...toast, id: nextId++ };
  // More than three at once cannot be read: the oldest goes.
  setToasts([...toasts.slice(-2), shown]);
}

/** Takes one message away. */
export function dismissToast(id: number): void {
  setToasts(toasts.filter((toast) => toast.id !== id));
}

export function subscribeToToasts(onChange: () => void): () => void {
  listeners.add(onChange);
  return () => listeners.delete(onChange);
}

export function readToasts(): readonly ShownToast[] {
  return toasts;
}

/** How much of the window's lower end toasts take for themselves, in pixels. */
export function useToastRoom(): number {
  return useSyncExternalStore(subscribeToToasts, () => room);
}

/** Scrolls the page by what of it ends below this point of the window, in pixels, and so would be under a toast. */
export function scrollClearOfToasts(bottom: number): void {
  const hidden = bottom - (window.innerHeight - room);
  if (room > 0 && hidden > 0) window.scrollBy({ top: hidden + 8, behavior: 'instant' });
}

/** Keeps the lower end of the window free for toasts: pages end above it, and scroll what has the focus clear of it. */
export function keepToastRoom(height: number): void {
  if (height === room) return;
  room = height;
  document.body.style.paddingBottom = height === 0 ? '' : `${height}px`;
  document.documentElement.style.scrollPaddingBottom = height === 0 ? '' : `${height}px`;
  tell();
  const focused = document.activeElement?.closest('main *')?.getBoundingClientRect();
  if (focused !== undefined && focused.top < window.innerHeight) scrollClearOfToasts(focused.bottom);
}

/** How long a message stays, in milliseconds: its reading time, and longer where it has a choice or bad news. */
export function readingTime({ message, detail = '', action, tone }: Toast): number {
  const reading = 3000 + 70 * (message.length + detail.length);
  return Math.max(reading, action !== undefined || tone === 'danger' ? 12_000 : 6000);
}

function setToasts(next: readonly ShownToast[]): void {
  toasts = next;
  tell();
}

function tell(): void {
  for (const listener of listeners) listener();
}
