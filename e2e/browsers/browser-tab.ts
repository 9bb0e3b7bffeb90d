/** The window of every test, in pixels. */
export const WINDOW = { width: 1280, height: 800 };

/** A browser that runs. Each of its tabs has cookies and storage of its own. */
export interface RunningBrowser {
  newTab(): Promise<BrowserTab>;
  close(): Promise<void>;
}

/** A tab of any browser: what a person does and sees there, in as few words as the three drivers share. */
export interface BrowserTab {
  /** Goes to an address as if it was typed, and waits until the page has loaded. */
  open(url: string): Promise<void>;
  /** What a function of the page's own world returns for this argument. */
  run<Argument, Result>(read: (argument: Argument) => Result, argument: Argument): Promise<Result>;
  /** The first element on screen that this describes; undefined where there is none now. */
  find(wanted: Wanted): Promise<TabElement | undefined>;
  /** The window as PNG. */
  screenshot(): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** An element, as the pointer and the keyboard reach it. */
export interface TabElement {
  click(): Promise<void>;
  type(text: string): Promise<void>;
}

/** An element by its selector and, where that is given, by the name that people hear. */
export interface Wanted {
  css: string;
  name?: string;
}

/** Finds it. Runs in the page, so it stands alone. */
export function findInPage({ css, name }: Wanted): Element | null {
  const words = (nodes: Iterable<Element | null>) =>
    Array.from(nodes, (node) => node?.textContent ?? '')
      .join(' ')
      .replaceAll(/\s+/g, ' ')
      .trim();
  const nameOf = (element: Element): string => {
    const ids = element.getAttribute('aria-labelledby')?.split(' ') ?? [];
    if (ids.length > 0) return words(ids.map((id) => document.getElementById(id)));
    const labels = element instanceof HTMLInputElement ? Array.from(element.labels ?? []) : [];
    return element.getAttribute('aria-label') ?? words(labels.length > 0 ? labels : [element]);
  };
  const fits = (element: Element) =>
    element.getClientRects().length > 0 && (name === undefined || nameOf(element) === name);
  return Array.from(document.querySelectorAll(css)).find(fits) ?? null;
}
