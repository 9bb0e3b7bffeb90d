import type { ServerListResponse } from '@smithery/api/resources/servers/servers';
import type { Context } from 'hono';
import { z } from 'zod';
import type { RegistryEnv } from '#registry/context.ts';
import { pageFields, type PageRequest } from '#registry/http/pagination.ts';
import { queryFields, queryFlag, queryList, queryText } from '#registry/http/query-fields.ts';
import { readQuery } from '#registry/http/shapes.ts';
import { searchFields, type SearchParams } from '#registry/search/search-params.ts';
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

const ids = queryList.transform((all, context) => {
  if (all === undefined) return undefined;
  if (all.length > MAX_IDS) context.addIssue(`must be at most ${MAX_IDS}`);
  else if (!all.every((id) => UUID.test(id))) context.addIssue('must be UUIDs');
  return all.map((id) => id.toLowerCase());
});

const listShape = z.object({
  ...pageFields({ defaultSize: 10, maxSize: 100 }),
  ...searchFields,
  fields: queryFields(SUMMARY_FIELDS),
  ids,
  qualifiedName: queryText(),
  namespace: queryText(),
  ownerId: queryText(),
  repoOwner: queryText(),
  repoName: queryText(),
  remote: queryFlag,
  isDeployed: queryFlag,
  verified: queryFlag,
  smitheryManaged: queryFlag,
});

/** Reads the parameters of `GET /servers`. Throws a 400 that names the one that is wrong. */
export function readServerListQuery(c: Context<RegistryEnv>): ServerListQuery {
  const { page, pageSize, q, topK, seed, fields, ...filters } = readQuery(c, listShape);
  return { page, pageSize, q, topK, seed, fields, filters: { ...filters, viewer: c.var.access } };
}
