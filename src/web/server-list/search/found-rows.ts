import type { OwnedServer } from '#contract/owned-servers.ts';
import type { ViewRows } from '#web/server-list/reading/view-rows.ts';
import { isBlank, type Query } from '#web/lib/folded-text.ts';
import { findLiterally } from './literal-search.ts';
import type { SimilarSearch } from './similar-search.ts';

/** The rows that a query finds. */
export interface FoundRows extends ViewRows {
  /** By qualified name, the words (folded) to mark; undefined for all others: the query's own. */
  similarWords: ReadonlyMap<string, readonly string[]>;
  /** The query's words and phrases to mark. */
  words: readonly string[];
  /**
   * `similar`: nothing has all of the words, these come near. `looking`: that is being found out. `not-looked`: it cannot
   * be now.
   */
  kind: 'all' | 'literal' | 'similar' | 'looking' | 'not-looked';
  /** Where nothing was found: what comes nearest. */
  nearest: readonly OwnedServer[];
}

const NONE: ReadonlyMap<string, readonly string[]> = new Map();
const MOST_NEAREST = 3;

/** What a query finds as it is written, found at once. */
export interface LiteralRows {
  query: Query;
  rows: ViewRows;
  /** Best hits first. */
  servers: readonly OwnedServer[];
  /** Whether that is all there is to find; else what is similar belongs to it. */
  isSure: boolean;
}

/** What of the rows of a view has the query as it is written. */
export function foundLiterally(query: Query, rows: ViewRows): LiteralRows {
  const { servers, isSure } = findLiterally(rows.servers.slice(0, rows.count), query);
  // What is in quotes is meant as it is.
  return { query, rows, servers, isSure: isSure || query.phrases.length > 0 };
}

/**
 * What a query finds among the rows of a view, best hits first: what is written so, and where that is not sure, what is
 * similar. `ready` is absent while that cannot be told yet, and `failed` where its code could not be loaded.
 */
export function foundBy(
  { query, rows, servers, isSure }: LiteralRows,
  ready: { search: SimilarSearch } | 'failed' | undefined,
): FoundRows {
  const words = [...query.phrases, ...query.words];
  if (isBlank(query)) return { ...rows, similarWords: NONE, words, kind: 'all', nearest: [] };
  const literally = { servers, count: servers.length, similarWords: NONE, words, nearest: [] };
  if (isSure) return { ...literally, kind: 'literal' };
  if (ready === undefined || ready === 'failed') {
    const without = ready === undefined ? 'looking' : 'not-looked';
    return { ...literally, kind: servers.length > 0 ? 'literal' : without };
  }
  const among = rows.servers.slice(0, rows.count);
  const byName = new Map(among.map((server) => [server.qualifiedName, server]));
  const hits = ready.search.find(query.words).filter(({ qualifiedName }) => byName.has(qualifiedName));
  const similarWords = new Map(hits.map((hit) => [hit.qualifiedName, hit.words]));
  const all = [...new Set([...servers, ...hits.flatMap((hit) => byName.get(hit.qualifiedName) ?? [])])];
  if (all.length > 0) {
    const kind = servers.length > 0 ? 'literal' : 'similar';
    return { ...literally, servers: all, count: all.length, similarWords, kind };
  }
  const nearest = ready.search.nearest(query.words).flatMap((name) => byName.get(name) ?? []);
  return { ...literally, kind: 'similar', nearest: nearest.slice(0, MOST_NEAREST) };
}
