import { integerParam, textParam } from '#registry/http/query-params.ts';

const TOP_K = { min: 10, max: 500 };
const DEFAULT_TOP_K = 100;

/** What a list that can be searched is asked for, whatever it lists. */
export interface SearchParams {
  /** What to search for; undefined to browse. */
  q: string | undefined;
  /** How many a search may find. */
  topK: number;
  seed: number | undefined;
}

/** Reads `q`, `topK` and `seed`. Throws a 400 that names the one that is wrong. */
export function searchParams(params: URLSearchParams): SearchParams {
  return {
    q: textParam(params, 'q')?.trim() || undefined,
    topK: integerParam(params, 'topK', TOP_K) ?? DEFAULT_TOP_K,
    seed: integerParam(params, 'seed', { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
  };
}
