import type { ListedServer, Unreadable } from '#contract/registry-answers.ts';
import type { ApiError } from './call-api.ts';

// What the cache holds of servers, and under which keys. Nothing here needs a library, so that the first request
// can be made before any has loaded.

/** Where a page of the list stands: in one namespace, from 1. */
export interface ListPosition {
  namespace: string;
  page: number;
}

/** One page of one namespace, as it was read. */
export interface ServerPage extends ListPosition {
  servers: readonly ListedServer[];
  /** How many servers it had besides that are known to be deleted. */
  removed: number;
  /** How many the registry counts in the namespace; null where it does not say. */
  totalCount: number | null;
  /** Whether there are more pages, as the registry says. */
  hasMore: boolean;
  unreadable: Unreadable;
  /** Why it could not be read; null where it was. */
  failure: ApiError | null;
}

/** The most servers that the registry gives at once. */
export const LIST_PAGE_SIZE = 100;

type ServerPart = 'listed' | 'releases' | 'latest-release' | 'secrets' | 'domains' | 'calls' | 'icon';

// Lists and details are siblings: what concerns every list never touches a detail. A detail's parts lie under it.
export const serverKeys = {
  all: ['servers'] as const,
  lists: ['servers', 'list'] as const,
  list: (namespaces: readonly string[]) => ['servers', 'list', namespaces] as const,
  detail: (qualifiedName: string) => ['servers', 'detail', qualifiedName] as const,
  part: (qualifiedName: string, part: ServerPart) => ['servers', 'detail', qualifiedName, part] as const,
  /** `isMutating` with it tells at once whether a delete of the server is under way. */
  delete: (qualifiedName: string) => ['servers', 'delete', qualifiedName] as const,
};
