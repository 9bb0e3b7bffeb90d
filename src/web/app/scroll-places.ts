import type { DataRouter, Location } from 'react-router';
import { paths } from '#web/lib/paths.ts';

/** Under which name the router keeps in the tab how far each page was scrolled. */
export const SCROLL_PLACES = 'touchmark-scroll-places';

/**
 * By what the router tells places apart. Pages that were opened by their address all have its key `default`: each keeps its
 * own place. So does each view of the list, however one comes back to it.
 */
export function scrollKey({ key, pathname, search }: Location): string {
  return key === 'default' || pathname === paths.servers() ? pathname + search : key;
}

/**
 * Tells the router to where a reloaded page was scrolled. Before the first drawing: told by it, as its own component does, the
 * page would go to its top first.
 */
export function restoreScroll(router: DataRouter): void {
  router.enableScrollRestoration(keptPlaces(), () => window.scrollY, scrollKey);
}

function keptPlaces(): Record<string, number> {
  try {
    return JSON.parse(sessionStorage.getItem(SCROLL_PLACES) ?? '{}') as Record<string, number>;
  } catch {
    return {};
  }
}
