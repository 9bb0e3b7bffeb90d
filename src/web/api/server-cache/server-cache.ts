import { type Direction, MAX_PAGE, ownedServerPaths, type ServerOrder } from '#contract/owned-servers.ts';
import { withQuery } from '#web/api/calling/call-api.ts';

// What the cache holds of servers, and under which keys. Nothing here needs a library, so that the first request
// can be made before any has loaded.

/** By what the list is ordered, and which way. */
export interface ListOrder {
  sort: ServerOrder;
  direction: Direction;
}

/** Most used first: the order of a list that nobody asked otherwise of. */
export const USUAL_ORDER: ListOrder = { sort: 'uses', direction: 'desc' };

// The first rows wait for few servers, the rest comes in few requests.
const FIRST_PAGE = 200;

/** The parameters of a page of the list: the first, or the one at this cursor. */
export function ownedPageQuery({ sort, direction }: ListOrder, cursor: string | null) {
  return cursor === null
    ? { sort, direction, limit: FIRST_PAGE }
    : { sort, direction, limit: MAX_PAGE, cursor };
}

/** The URL of the list's first page, as it is asked for. */
export function firstOwnedPage(order: ListOrder): string {
  return withQuery(ownedServerPaths.servers(), ownedPageQuery(order, null));
}

type ServerPart = 'listed' | 'releases' | 'secrets' | 'domains' | 'calls' | 'icon';

// Lists and details are siblings: what concerns every list never touches a detail. A detail's parts lie under it.
export const serverKeys = {
  all: ['servers'] as const,
  lists: ['servers', 'list'] as const,
  /** All of the owner's servers, as they were read in this order. */
  list: ({ sort, direction }: ListOrder) => ['servers', 'list', sort, direction] as const,
  counts: ['servers', 'counts'] as const,
  detail: (qualifiedName: string) => ['servers', 'detail', qualifiedName] as const,
  part: (qualifiedName: string, part: ServerPart) => ['servers', 'detail', qualifiedName, part] as const,
  /** `isMutating` with it tells at once whether a delete of the server is under way. */
  delete: (qualifiedName: string) => ['servers', 'delete', qualifiedName] as const,
  resume: (qualifiedName: string) => ['servers', 'resume', qualifiedName] as const,
};
