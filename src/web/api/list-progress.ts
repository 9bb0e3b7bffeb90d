import type { ListPosition, ServerPage } from './server-cache.ts';

// Beside them the rows' own requests have to get through: a browser has six connections to a host.
const AT_ONCE = 4;
/** The most pages of the list that are read. */
const MOST_PAGES = 1000;
const MOST_FAILURES = 8;

/** How far the list has been read. */
export interface ListProgress {
  /** The pages to ask for next, at the same time; none at the end. */
  next: ListPosition[];
  /** Those that could not be read, of each namespace the one at which it stopped. */
  failed: ServerPage[];
  /** True where only what failed is left to ask for, or so much failed that going on needs a person. */
  isStopped: boolean;
  /** True where there is more than is ever read. */
  isCut: boolean;
}

/**
 * How far the list of these namespaces has been read. The pages of a namespace follow each other, because one asked
 * for out of turn could miss a row that moved up meanwhile; namespaces are read side by side. One ends with a page that
 * brings nothing new, whatever the registry says of more.
 */
export function listProgress(
  batches: readonly (readonly ServerPage[])[],
  namespaces: readonly string[],
): ListProgress {
  const pages = batches.flat();
  const seen = new Set<string>();
  const last = new Map<string, { page: ServerPage; goesOn: boolean }>();
  for (const page of pages) {
    const before = seen.size;
    for (const { qualifiedName } of page.servers) seen.add(qualifiedName);
    const isNew = seen.size > before || page.removed > 0;
    last.set(page.namespace, { page, goesOn: isNew && page.hasMore });
  }
  const begun: ListPosition[] = [];
  const unread: ListPosition[] = [];
  const failed: ServerPage[] = [];
  for (const namespace of new Set(namespaces)) {
    const reached = last.get(namespace);
    if (reached === undefined) unread.push({ namespace, page: 1 });
    else if (reached.page.failure !== null) failed.push(reached.page);
    else if (reached.goesOn) begun.push({ namespace, page: reached.page.page + 1 });
  }
  const going = [...begun, ...unread];
  if (pages.length >= MOST_PAGES) {
    return { next: [], failed, isStopped: true, isCut: going.length + failed.length > 0 };
  }
  const isStopped = failed.length >= MOST_FAILURES || (going.length === 0 && failed.length > 0);
  const next = isStopped ? failed.map(({ namespace, page }) => ({ namespace, page })) : going;
  return { next: next.slice(0, AT_ONCE), failed, isStopped, isCut: false };
}
