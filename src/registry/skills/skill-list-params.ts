import type { SkillListResponse } from '@smithery/api/resources/skills';
import type { Scope } from '#registry/access/access.ts';
import { pageParams } from '#registry/http/pagination.ts';
import { fieldsParam, flagParam, textParam } from '#registry/http/query-params.ts';
import { searchParams } from '#registry/search/search-params.ts';
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

/** Reads the parameters of `GET /skills`. Throws a 400 that names the one that is wrong. */
export function parseSkillListQuery(params: URLSearchParams, viewer: Scope): SkillListQuery {
  return {
    ...pageParams(params, { defaultSize: 20, maxSize: 100 }),
    ...searchParams(params),
    fields: fieldsParam(params, SUMMARY_FIELDS),
    filters: {
      viewer,
      category: textParam(params, 'category')?.toLowerCase(),
      namespace: textParam(params, 'namespace'),
      slug: textParam(params, 'slug'),
      ownerId: textParam(params, 'ownerId'),
      verified: flagParam(params, 'verified'),
    },
  };
}
