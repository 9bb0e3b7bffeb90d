import { DESK_ATTRIBUTES, type DeskLook } from '#contract/desk-look.ts';

const PRODUCT = ' · Touchmark';

/** What the operator calls this desk; null where nothing. The server writes it into the page, so it is there at once. */
export function deskName(): string | null {
  return document.documentElement.getAttribute(DESK_ATTRIBUTES.name);
}

/** Makes the page show how this desk is told apart, where something else than the desk itself served the page. */
export function showDesk({ name, accent }: DeskLook): void {
  const root = document.documentElement;
  if (accent !== null) root.setAttribute(DESK_ATTRIBUTES.accent, accent);
  if (name === null || deskName() !== null) return;
  root.setAttribute(DESK_ATTRIBUTES.name, name);
  nameTitles();
}

/**
 * Puts the desk's name into the title of every page, for as long as the application runs: between what is shown and the
 * product. In one place, so that no page can forget it.
 */
export function nameTitles(): void {
  const name = deskName();
  if (name === null) return;
  const ending = ` · ${name}${PRODUCT}`;
  const add = () => {
    const { title } = document;
    if (!title.endsWith(PRODUCT) || title.endsWith(ending) || title === name + PRODUCT) return;
    document.title = title.slice(0, -PRODUCT.length) + ending;
  };
  add();
  const observer = new MutationObserver(add);
  observer.observe(document.head, { childList: true, characterData: true, subtree: true });
}
