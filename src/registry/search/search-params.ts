import { queryInteger, queryText } from '#registry/http/query-fields.ts';

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

/** `q`, `topK` and `seed`, for a query's shape. */
export const searchFields = {
  q: queryText().transform((q) => q?.trim() || undefined),
  topK: queryInteger(TOP_K).transform((topK) => topK ?? DEFAULT_TOP_K),
  seed: queryInteger({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
};
