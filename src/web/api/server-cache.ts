import type { ServerGetResponse, ServerListResponse } from '@smithery/api/resources/servers/servers';

// What the cache holds of servers, and under which keys. Nothing here needs a library, so that the first request
// can be made before any has loaded.

/** One server as the list has it: with its id, its creation time and its uses. */
export type ListedServer = ServerListResponse;

/** One server as its own page has it: with connections and tools, without id or creation time. */
export type ServerDetail = ServerGetResponse;

export interface Pagination {
  currentPage: number;
  pageSize: number;
  totalPages: number;
  totalCount: number;
}

export interface ServerPage {
  servers: ListedServer[];
  pagination: Pagination;
}

/** One page of one namespace. */
export interface ListPosition {
  namespace: string;
  page: number;
}

/** The most servers that the registry gives at once. */
export const LIST_PAGE_SIZE = 100;

type ServerPart = 'listed' | 'releases' | 'latest-release' | 'secrets' | 'domains' | 'calls';

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
