import type { OwnedServer } from '#contract/owned-servers.ts';
import { fold, wordsOf } from '#web/lib/folded-text.ts';

/** A piece of a text, and whether it is what was looked for. */
export interface Part {
  text: string;
  isMatch: boolean;
}

/** Where, beside its names, a server has what was looked for. */
export interface MatchNote {
  what: 'tool' | 'domain' | 'description';
  parts: readonly Part[];
}

/**
 * The text in pieces, those marked that are one of these words (folded); written together, a word may reach over what
 * stands between. The pieces make up the whole text.
 */
export function matchedParts(text: string, words: readonly string[]): Part[] {
  const { folded, starts } = foldWithPlaces(text);
  const ranges = words.flatMap((word) => rangesOf(folded, word));
  const found = ranges.length > 0 ? ranges : words.flatMap((word) => joinedRanges(folded, word));
  if (found.length === 0) return [{ text, isMatch: false }];
  const parts: Part[] = [];
  let end = 0;
  const add = (to: number, isMatch: boolean) => {
    if (to > end) parts.push({ text: text.slice(end, to), isMatch });
    end = Math.max(end, to);
  };
  for (const [from, to] of found.sort(([a], [b]) => a - b)) {
    add(starts[from] ?? text.length, false);
    add(starts[to] ?? text.length, true);
  }
  add(text.length, false);
  return parts;
}

/** Whether any piece is a match. */
export function hasMatch(parts: readonly Part[]): boolean {
  return parts.some(({ isMatch }) => isMatch);
}

const AROUND = 24;

/** What to show beside the names of a server whose names alone do not tell why it was found; undefined where nothing does. */
export function matchNote(
  { tools = [], domains = [], description }: OwnedServer,
  words: readonly string[],
): MatchNote | undefined {
  for (const [what, texts] of [
    ['tool', tools],
    ['domain', domains],
  ] as const) {
    for (const text of texts) {
      const parts = matchedParts(text, words);
      if (hasMatch(parts)) return { what, parts };
    }
  }
  const parts = matchedParts(description, words);
  return hasMatch(parts) ? { what: 'description', parts: shortened(parts) } : undefined;
}

/** The pieces from a little before the first match on. */
function shortened(parts: readonly Part[]): Part[] {
  const [first, ...rest] = parts;
  if (first === undefined || first.isMatch || first.text.length <= AROUND) return [...parts];
  const cut = first.text.slice(-AROUND).replace(/^\S*\s/u, '');
  return [{ text: `…${cut}`, isMatch: false }, ...rest];
}

type Range = [from: number, to: number];

function rangesOf(folded: string, word: string): Range[] {
  const ranges: Range[] = [];
  if (word === '') return ranges;
  let at = folded.indexOf(word);
  while (at >= 0) {
    ranges.push([at, at + word.length]);
    at = folded.indexOf(word, at + word.length);
  }
  return ranges;
}

/** Where a word is found once everything but letters and digits is left out. */
function joinedRanges(folded: string, word: string): Range[] {
  const wanted = wordsOf(word).join('');
  if (wanted.length < 4) return [];
  const places: number[] = [];
  let bare = '';
  for (let at = 0; at < folded.length; at += 1) {
    const letter = folded[at] ?? '';
    if (!/[\p{L}\p{N}]/u.test(letter)) continue;
    bare += letter;
    places.push(at);
  }
  const at = bare.indexOf(wanted);
  const [from, last] = [places[at], places[at + wanted.length - 1]];
  return at < 0 || from === undefined || last === undefined ? [] : [[from, last + 1]];
}

/** The folded text, and for each of its code units where in the text its letter begins. */
function foldWithPlaces(text: string): { folded: string; starts: number[] } {
  let folded = '';
  const starts: number[] = [];
  let at = 0;
  for (const letter of text) {
    const piece = fold(letter);
    for (let unit = 0; unit < piece.length; unit += 1) starts.push(at);
    folded += piece;
    at += letter.length;
  }
  starts.push(at);
  return { folded, starts };
}
