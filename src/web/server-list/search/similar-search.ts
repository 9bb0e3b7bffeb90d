import MiniSearch, { type Query as IndexQuery, type SearchResult } from 'minisearch';
import type { OwnedServer } from '#contract/owned-servers.ts';
import { joinedWords, wordsOf } from '#web/lib/folded-text.ts';

/** A server that is similar to what was asked for. */
export interface SimilarHit {
  qualifiedName: string;
  /** Its own words that are like those of the query, folded. */
  words: readonly string[];
}

interface IndexedServer {
  id: string;
  names: string;
  tools: string;
  domains: string;
  description: string;
}

// Longer, and a keystroke would have to wait.
const SLICE_MS = 6;

/** Finds servers by words that are mistyped, turned around or written together. */
export class SimilarSearch {
  #index = new MiniSearch<IndexedServer>({
    fields: ['names', 'tools', 'domains', 'description'],
    tokenize: (text) => text.split(' '),
    processTerm: (term) => term,
  });
  #indexed = new Map<string, OwnedServer>();
  #run = 0;

  /** Brings the index up to these servers, in slices. Resolves with false where a later call has taken over. */
  async follow(servers: readonly OwnedServer[]): Promise<boolean> {
    const run = (this.#run += 1);
    const gone = new Set(this.#indexed.keys());
    let sliceEnd = performance.now() + SLICE_MS;
    for (const server of servers) {
      gone.delete(server.qualifiedName);
      if (this.#indexed.get(server.qualifiedName) === server) continue;
      if (performance.now() > sliceEnd) {
        await nextTurn();
        if (run !== this.#run) return false;
        sliceEnd = performance.now() + SLICE_MS;
      }
      this.#put(server);
    }
    for (const qualifiedName of gone) {
      this.#index.discard(qualifiedName);
      this.#indexed.delete(qualifiedName);
    }
    return true;
  }

  /** What is similar to all of these words, best first. */
  find(words: readonly string[]): SimilarHit[] {
    const terms = words.flatMap(wordsOf);
    if (terms.length === 0) return [];
    const queries = [terms, [terms.join('')], ...terms.slice(1).map((_, at) => pairJoined(terms, at))].map(
      (all): IndexQuery => ({ combineWith: 'AND', queries: all.map(asTyped) }),
    );
    return this.#search({ combineWith: 'OR', queries }, editsOf);
  }

  /** The qualified names of what comes nearest, where nothing is similar to all of it. */
  nearest(words: readonly string[]): string[] {
    const terms = words.flatMap(wordsOf);
    if (terms.length === 0) return [];
    const hits = this.#search(
      { combineWith: 'OR', queries: terms.map(asTyped) },
      (term) => editsOf(term) + 1,
    );
    return hits.map(({ qualifiedName }) => qualifiedName);
  }

  #search(query: IndexQuery, fuzzy: (term: string) => number): SimilarHit[] {
    const found = this.#index.search(query, {
      fuzzy,
      prefix: (term) => term.length > 2,
      boost: { names: 4, tools: 2, domains: 2 },
      weights: { fuzzy: 0.6, prefix: 0.4 },
    });
    return found.map(({ id, terms }: SearchResult) => ({ qualifiedName: String(id), words: terms }));
  }

  #put(server: OwnedServer): void {
    const { qualifiedName, displayName, description, tools = [], domains = [] } = server;
    const entry = {
      id: qualifiedName,
      names: together([displayName, qualifiedName]),
      tools: together(tools),
      domains: together(domains),
      description: wordsOf(description).join(' '),
    };
    if (this.#indexed.has(qualifiedName)) this.#index.replace(entry);
    else this.#index.add(entry);
    this.#indexed.set(qualifiedName, server);
  }
}

/** How many letters of a word may be wrong: none where that would be another word. */
function editsOf(term: string): number {
  if (term.length < 4) return 0;
  return term.length < 6 ? 1 : 2;
}

// Two letters that changed places are two edits, which short words do not have.
function asTyped(term: string): IndexQuery {
  const turned = Array.from(term.slice(1), (letter, at) =>
    [term.slice(0, at), letter, term[at], term.slice(at + 2)].join(''),
  );
  if (term.length < 3 || term.length > 5) return term;
  const exactly: IndexQuery = { combineWith: 'OR', queries: turned, fuzzy: false };
  return { combineWith: 'OR', queries: [term, exactly] };
}

/** The words, of which the one at `at` and the next are written together. */
function pairJoined(terms: readonly string[], at: number): string[] {
  return [...terms.slice(0, at), terms.slice(at, at + 2).join(''), ...terms.slice(at + 2)];
}

function together(texts: readonly string[]): string {
  return texts
    .flatMap((text) => {
      const words = wordsOf(text);
      return [...words, ...joinedWords(words)];
    })
    .join(' ');
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}
