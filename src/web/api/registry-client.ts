import type { DomainListResponse } from '@smithery/api/resources/servers/domains';
import type { LogListResponse } from '@smithery/api/resources/servers/logs';
import type { ReleaseListResponse } from '@smithery/api/resources/servers/releases';
import type { SecretListResponse } from '@smithery/api/resources/servers/secrets';
import type { ServerGetResponse, ServerListResponse } from '@smithery/api/resources/servers/servers';
import {
  REGISTRY_PREFIX,
  registryPaths,
  SERVER_ID_HEADER,
  IDEMPOTENCY_KEY_HEADER,
} from '#contract/api-paths.ts';
import type { Operation } from '#contract/operations.ts';
import { callApi, type Query } from './call-api.ts';

/** One server as the list has it: with its id, its creation time and its uses. */
export type ServerSummary = ServerListResponse;
/** One server as its own page has it: with connections and tools, without id or creation time. */
export type ServerDetail = ServerGetResponse;
export type Release = ReleaseListResponse;

/** The most servers that the registry gives at once. */
export const LIST_PAGE_SIZE = 100;

interface Pagination {
  currentPage: number;
  pageSize: number;
  totalPages: number;
  totalCount: number;
}

export interface ServerPage {
  servers: ServerSummary[];
  pagination: Pagination;
}

export interface ReleasePage {
  releases: Release[];
  pagination: Pagination;
}

/** What a confirmed delete answers: the registry's body and the ledger's entry. */
export interface DeleteAnswer {
  success: boolean;
  namespace: string;
  server: string;
  operation: Operation;
}

const read = async <T>(path: string, signal: AbortSignal | undefined, query?: Query): Promise<T> =>
  callApi<T>(REGISTRY_PREFIX + path, { signal, query });

/** The registry's calls, through the gateway. Every one rejects with ApiError and touches no page. */
export const registryClient = {
  listServers: (query: { namespace: string; page: number; pageSize: number }, signal?: AbortSignal) =>
    read<ServerPage>(registryPaths.servers(), signal, query),

  /** The list's entry of one server, which has what its own page lacks; undefined where the list omits it. */
  findServer: async (qualifiedName: string, signal?: AbortSignal): Promise<ServerSummary | undefined> => {
    const page = await read<ServerPage>(registryPaths.servers(), signal, { qualifiedName });
    return page.servers.find((server) => server.qualifiedName === qualifiedName);
  },

  getServer: (qualifiedName: string, signal?: AbortSignal) =>
    read<ServerDetail>(registryPaths.server(qualifiedName), signal),

  listReleases: (qualifiedName: string, query: { page?: number; pageSize: number }, signal?: AbortSignal) =>
    read<ReleasePage>(registryPaths.releases(qualifiedName), signal, query),

  listSecrets: (qualifiedName: string, signal?: AbortSignal) =>
    read<SecretListResponse>(registryPaths.secrets(qualifiedName), signal),

  listDomains: (qualifiedName: string, signal?: AbortSignal) =>
    read<DomainListResponse>(registryPaths.domains(qualifiedName), signal),

  listLogs: (qualifiedName: string, query: { from?: string; limit: number }, signal?: AbortSignal) =>
    read<LogListResponse>(registryPaths.logs(qualifiedName), signal, query),

  /**
   * Sends one delete. The same operation id never deletes twice, whatever re-sends it; `serverId` is the server
   * the owner was looking at. Resolves only where the registry confirmed it for this name.
   */
  deleteServer: (qualifiedName: string, operationId: string, serverId: string | undefined) =>
    callApi<DeleteAnswer>(REGISTRY_PREFIX + registryPaths.server(qualifiedName), {
      method: 'DELETE',
      headers: {
        [IDEMPOTENCY_KEY_HEADER]: operationId,
        ...(serverId === undefined ? {} : { [SERVER_ID_HEADER]: serverId }),
      },
      // The gateway gives up on the registry after 30 s and then answers.
      timeoutMs: 45_000,
    }),
};
