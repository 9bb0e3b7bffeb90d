import type { Kysely, Selectable } from 'kysely';
import type { ToolRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import type { Scope } from '#registry/access/access.ts';
import { searchableTool } from '#registry/filing/tool-index.ts';
import { hitsOf, rankedSearch, WALK_LIMIT } from '#registry/search/ranked-search.ts';
import type { Candidate, RankedServer } from '#registry/search/search-ranking.ts';
import { hasPosting, type TermMatcher } from '#registry/search/term-matchers.ts';
import { toolWords } from '#registry/search/word-index.ts';
import { passesFilters } from '#registry/server-list/server-filters.ts';

/**
 * The tools that match every word of the query, of servers that the viewer sees in a list, best first, at most `topK`:
 * found as servers are, and ranked by their own names, titles and descriptions, then by their servers' use.
 */
export async function searchTools(
  db: Kysely<Database>,
  { q, topK, viewer }: { q: string; topK: number; viewer: Scope },
): Promise<RankedServer[]> {
  const ask = { viewer, limit: topK };
  return rankedSearch(db, {
    words: toolWords,
    q,
    topK,
    ledBy: async (rarest, others) => toolsLedBy(db, { ...ask, rarest, others }),
    walked: async (matchers) => popularTools(db, { ...ask, matchers }),
  });
}

async function toolsLedBy(
  db: Kysely<Database>,
  {
    rarest,
    others,
    viewer,
    limit,
  }: { rarest: TermMatcher; others: readonly TermMatcher[]; viewer: Scope; limit: number },
): Promise<Candidate[]> {
  const tools = await db
    .selectFrom(hitsOf(db, toolWords, { matcher: rarest, limit }).as('hits'))
    .innerJoin('tools', 'tools.rid', 'hits.rid')
    .innerJoin('servers', 'servers.rid', 'tools.server_rid')
    .select(['tools.rid', 'tools.name', 'tools.title', 'tools.description', 'servers.use_count'])
    .where((eb) => passesFilters(eb, { viewer }))
    .where((eb) => eb.and(others.map((matcher) => hasPosting(toolWords, matcher, 'tools.rid'))))
    .orderBy('hits.weight')
    .orderBy('servers.use_count', 'desc')
    .orderBy('tools.rid')
    .limit(limit)
    .execute();
  return tools.map(toCandidate);
}

// Of the most used servers first.
async function popularTools(
  db: Kysely<Database>,
  { matchers, viewer, limit }: { matchers: readonly TermMatcher[]; viewer: Scope; limit: number },
): Promise<Candidate[]> {
  const popular = db
    .selectFrom('servers')
    .innerJoin('tools', 'tools.server_rid', 'servers.rid')
    .select([
      'tools.rid',
      'tools.name',
      'tools.title',
      'tools.description',
      'servers.use_count',
      'servers.qualified_name',
    ])
    .where((eb) => passesFilters(eb, { viewer }))
    .orderBy('servers.use_count', 'desc')
    .orderBy('servers.qualified_name')
    .limit(WALK_LIMIT);
  const tools = await db
    .selectFrom(popular.as('popular'))
    .select(['popular.rid', 'popular.name', 'popular.title', 'popular.description', 'popular.use_count'])
    .where((eb) => eb.and(matchers.map((matcher) => hasPosting(toolWords, matcher, 'popular.rid'))))
    .limit(limit)
    .execute();
  return tools.map(toCandidate);
}

type FoundTool = Pick<Selectable<ToolRow>, 'rid' | 'name' | 'title' | 'description'> & { use_count: number };

function toCandidate({ use_count, ...tool }: FoundTool): Candidate {
  return Object.assign(searchableTool(tool), { use_count });
}
