import type { TermMatcher } from './term-matchers.ts';
import { indexTerms } from './terms.ts';

/** A server or skill that matches every word of a query; what ranking needs to know of it. */
export interface Candidate {
  rid: number;
  qualified_name: string;
  display_name: string;
  use_count: number;
}

/** A found server and how well it matches: comparable within one search only. */
export interface RankedServer {
  rid: number;
  score: number;
}

// A place is worth more than any use count adds: log10 stays below it.
const STEP = 20;

/**
 * Sorts candidates, best first: those whose whole name was typed, then by where the words stand (a word of the name,
 * the beginning of one, the display name, the description), then by use, then by name.
 */
export function rankCandidates(
  candidates: readonly Candidate[],
  query: { terms: readonly string[]; matchers: readonly TermMatcher[] },
): RankedServer[] {
  return candidates
    .map((candidate) => ({ candidate, score: scoreOf(candidate, query) }))
    .sort((a, b) => b.score - a.score || inOrder(a.candidate, b.candidate))
    .map(({ candidate, score }) => ({ rid: candidate.rid, score }));
}

// Tools of several servers have one name.
function inOrder(a: Candidate, b: Candidate): number {
  if (a.qualified_name === b.qualified_name) return a.rid - b.rid;
  return a.qualified_name < b.qualified_name ? -1 : 1;
}

function scoreOf(
  { qualified_name, display_name, use_count }: Candidate,
  { terms, matchers }: { terms: readonly string[]; matchers: readonly TermMatcher[] },
): number {
  const name = indexTerms(qualified_name);
  const display = indexTerms(display_name);
  const places = matchers.map((matcher) => placeOf(matcher, name, display));
  const place = places.reduce((sum, value) => sum + value, 0) / places.length;
  const whole = isWholeName(terms.join(' '), name.join(' '), qualified_name) ? 1 : 0;
  return Number((STEP * (place + whole) + Math.log10(1 + use_count)).toFixed(4));
}

function placeOf({ term, corrections }: TermMatcher, name: string[], display: string[]): number {
  const matches = (word: string) =>
    corrections === null ? word.startsWith(term) : corrections.includes(word);
  if (corrections === null && name.includes(term)) return 4;
  if (name.some(matches)) return 3;
  return display.some(matches) ? 2 : 1;
}

// `acme/weather` is typed in whole as "acme weather" and as "weather".
function isWholeName(typed: string, name: string, qualifiedName: string): boolean {
  if (typed === name) return true;
  return name.endsWith(typed) && typed === indexTerms(qualifiedName.split('/').at(-1) ?? '').join(' ');
}
