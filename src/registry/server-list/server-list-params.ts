import type { ServerListResponse } from '@smithery/api/resources/servers/servers';
import type { Scope } from '#registry/access/access.ts';
import { RegistryError } from '#registry/http/registry-error.ts';
import { pageParams, type PageRequest } from '#registry/http/pagination.ts';
import { fieldsParam, flagParam, listParam, textParam } from '#registry/http/query-params.ts';
import { searchParams, type SearchParams } from '#registry/search/search-params.ts';
import type { ServerFilters } from './server-filters.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MAX_IDS = 500;
const SUMMARY_FIELDS = [
  'id',
  'qualifiedName',
  'namespace',
  'slug',
  'displayName',
  'description',
  'iconUrl',
  'verified',
  'useCount',
  'remote',
  'isDeployed',
  'createdAt',
  'homepage',
  'bySmithery',
  'owner',
  'score',
] as const satisfies readonly (keyof ServerListResponse)[];

/** What `GET /servers` was asked for. */
export interface ServerListQuery extends PageRequest, SearchParams {
  fields: (keyof ServerListResponse)[] | undefined;
  filters: ServerFilters;
}

/** Reads the parameters of `GET /servers`. Throws a 400 that names the one that is wrong. */
export function parseServerListQuery(params: URLSearchParams, viewer: Scope): ServerListQuery {
  return {
    ...pageParams(params, { defaultSize: 10, maxSize: 100 }),
    ...searchParams(params),
    fields: fieldsParam(params, SUMMARY_FIELDS),
    filters: {
      viewer,
      ids: idsParam(params),
      qualifiedName: textParam(params, 'qualifiedName'),
      namespace: textParam(params, 'namespace'),
      ownerId: textParam(params, 'ownerId'),
      repoOwner: textParam(params, 'repoOwner'),
      repoName: textParam(params, 'repoName'),
      remote: flagParam(params, 'remote'),
      isDeployed: flagParam(params, 'isDeployed'),
      verified: flagParam(params, 'verified'),
      smitheryManaged: flagParam(params, 'smitheryManaged'),
    },
  };
}

function idsParam(params: URLSearchParams): string[] | undefined {
  const ids = listParam(params, 'ids');
  if (ids === undefined) return undefined;
  if (ids.length > MAX_IDS) throw new RegistryError(400, `ids: must be at most ${MAX_IDS}`);
  if (!ids.every((id) => UUID.test(id))) throw new RegistryError(400, 'ids: must be UUIDs');
  return ids.map((id) => id.toLowerCase());
}
