import type { SkillListResponse } from '@smithery/api/resources/skills';
import type { Reach } from '#registry/access.ts';
import { pageParams } from '#registry/pagination.ts';
import { fieldsParam, flagParam, integerParam, textParam } from '#registry/query-params.ts';
import type { SkillListQuery } from './skill-list.ts';

const TOP_K = { min: 10, max: 500 };
const DEFAULT_TOP_K = 100;

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
export function parseSkillListQuery(params: URLSearchParams, viewer: Reach): SkillListQuery {
  return {
    ...pageParams(params, { defaultSize: 20, maxSize: 100 }),
    q: textParam(params, 'q')?.trim() || undefined,
    topK: integerParam(params, 'topK', TOP_K) ?? DEFAULT_TOP_K,
    fields: fieldsParam(params, SUMMARY_FIELDS),
    seed: integerParam(params, 'seed', { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
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
