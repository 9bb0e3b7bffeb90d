import type { SkillListResponse } from '@smithery/api/resources/skills';
import type { Context } from 'hono';
import { z } from 'zod';
import type { RegistryEnv } from '#registry/context.ts';
import { pageFields } from '#registry/http/pagination.ts';
import { queryFields, queryFlag, queryText } from '#registry/http/query-fields.ts';
import { readQuery } from '#registry/http/shapes.ts';
import { searchFields } from '#registry/search/search-params.ts';
import type { SkillListQuery } from './skill-listing.ts';

const SUMMARY_FIELDS = [
  'id',
  'namespace',
  'slug',
  'displayName',
  'description',
  'prompt',
  'qualityScore',
  'externalStars',
  'externalForks',
  'totalActivations',
  'uniqueUsers',
  'categories',
  'servers',
  'gitUrl',
  'verified',
  'listed',
  'createdAt',
] as const satisfies readonly (keyof SkillListResponse)[];

const listShape = z.object({
  ...pageFields({ defaultSize: 20, maxSize: 100 }),
  ...searchFields,
  fields: queryFields(SUMMARY_FIELDS),
  category: queryText().transform((category) => category?.toLowerCase()),
  namespace: queryText(),
  slug: queryText(),
  ownerId: queryText(),
  verified: queryFlag,
});

/** Reads the parameters of `GET /skills`. Throws a 400 that names the one that is wrong. */
export function readSkillListQuery(c: Context<RegistryEnv>): SkillListQuery {
  const { page, pageSize, q, topK, seed, fields, ...filters } = readQuery(c, listShape);
  return { page, pageSize, q, topK, seed, fields, filters: { ...filters, viewer: c.var.access } };
}
