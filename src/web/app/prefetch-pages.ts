import type { DataRouter } from 'react-router';

/** What a route's `handle` may hold. */
export interface PageHandle {
  /** The code of the pages that are likely to be gone to from here. */
  next: readonly (() => Promise<unknown>)[];
}

// Whatever the page itself still needs comes first.
const DELAY = 1000;

/** Fetches the code of the pages that come next while a page is read. Where that fails, the click fetches it. */
export function prefetchPages(router: DataRouter): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  router.subscribe(({ navigation, matches }) => {
    clearTimeout(timer);
    const handle = matches.at(-1)?.route.handle as PageHandle | undefined;
    if (handle === undefined || navigation.state !== 'idle') return;
    timer = setTimeout(() => {
      for (const load of handle.next) void load().catch(() => undefined);
    }, DELAY);
  });
}
