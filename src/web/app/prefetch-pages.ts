import type { DataRouter } from 'react-router';

/** What a route's `handle` may hold. */
export interface PageHandle {
  /** The code of the pages that are likely to be gone to from here. */
  next: readonly (() => Promise<unknown>)[];
}

// Whatever the page itself still needs comes first.
const DELAY = 1000;
const SIGNS = ['pointermove', 'pointerdown', 'keydown', 'wheel'];

/**
 * Fetches the code of the pages that come next once somebody does something with a page: a list that is only looked at, or
 * left open in a tab, costs none of it. Where that fails, the click fetches it.
 */
export function prefetchPages(router: DataRouter): void {
  let waiting = new AbortController();
  router.subscribe(({ navigation, matches }) => {
    waiting.abort();
    const handle = matches.at(-1)?.route.handle as PageHandle | undefined;
    if (handle === undefined || navigation.state !== 'idle') return;
    waiting = new AbortController();
    const { signal } = waiting;
    const load = (): void => {
      waiting.abort();
      for (const page of handle.next) void page().catch(() => undefined);
    };
    const timer = setTimeout(() => {
      for (const sign of SIGNS) window.addEventListener(sign, load, { capture: true, passive: true, signal });
    }, DELAY);
    signal.addEventListener('abort', () => clearTimeout(timer));
  });
}
