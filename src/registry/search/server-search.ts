import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import type { ServerFilters } from '#registry/servers/server-filters.ts';
import { findCandidates } from './search-candidates.ts';
import { rankCandidates, type RankedServer } from './search-ranking.ts';
import { matchTerms } from './term-matchers.ts';
import { MAX_QUERY_TERMS, queryTerms } from './tokens.ts';
import { serverWords } from './word-index.ts';

/** The servers that match every word of the query, best first, at most `topK`. */
export async function searchServers(
  db: Kysely<Database>,
  { q, filters, topK }: { q: string; filters: ServerFilters; topK: number },
): Promise<RankedServer[]> {
  const terms = [...new Set(queryTerms(q))].slice(0, MAX_QUERY_TERMS);
  const matchers = await matchTerms(db, serverWords, terms);
  if (matchers === undefined) return [];
  const candidates = await findCandidates(db, { matchers, filters, limit: topK });
  return rankCandidates(candidates, { terms, matchers }).slice(0, topK);
}
