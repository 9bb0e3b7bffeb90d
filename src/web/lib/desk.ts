import { DESK_ATTRIBUTES, type DeskLook } from '#contract/desk-look.ts';

/** What the operator calls this desk; null where nothing. The server writes it into the page, so it is there at once. */
export function deskName(): string | null {
  return document.documentElement.getAttribute(DESK_ATTRIBUTES.name);
}

/** Makes the page show how this desk is told apart, where something else than the desk itself served the page. */
export function showDesk({ name, accent }: DeskLook): void {
  const root = document.documentElement;
  if (name !== null) root.setAttribute(DESK_ATTRIBUTES.name, name);
  if (accent !== null) root.setAttribute(DESK_ATTRIBUTES.accent, accent);
}

/** The title of a page's tab: what it shows, then which desk it is. */
export function pageTitle(words: string): string {
  const name = deskName();
  return name === null ? `${words} · Touchmark` : `${words} · ${name} · Touchmark`;
}
