import type { OwnedServer } from '#contract/owned-servers.ts';
import { fold, isBlank, joinedWords, type Query, wordsOf } from '#web/lib/folded-text.ts';

/** What a query finds as it is written. */
export interface LiteralHits {
  /** Best first. */
  servers: OwnedServer[];
  /** Whether any of them has the query's words as its own, and not just in the midst of others. */
  isSure: boolean;
}

/**
 * The servers that hold every word of the query: those of that very name first, then names that begin with it, names
 * with these words, names that hold them anywhere, tools and domains, descriptions. Equals stay in the order given.
 */
export function findLiterally(servers: readonly OwnedServer[], query: Query): LiteralHits {
  if (isBlank(query)) return { servers: [...servers], isSure: true };
  const wanted = wantedOf(query);
  const byRank: OwnedServer[][] = Array.from({ length: RANKS }, () => []);
  for (const server of servers) {
    const rank = rankOf(searchTextOf(server), wanted);
    if (rank !== undefined) byRank[rank]?.push(server);
  }
  return { servers: byRank.flat(), isSure: byRank.slice(0, -1).some((ranked) => ranked.length > 0) };
}

/** Prepares some servers' texts, so that the first keystroke need not. */
export function prepareTexts(servers: readonly OwnedServer[]): void {
  for (const server of servers) searchTextOf(server);
}

interface SearchText {
  /** The names as they are, each between line ends. */
  names: string;
  /** All texts as they are, names first. */
  everything: string;
  /** The words of the names, of tools and domains, and of the description, with a blank before each. */
  words: string;
  /** Where in these the words of the names end, and those of tools and domains. */
  namesEnd: number;
  mainEnd: number;
  /** All of it in one. */
  whole: string;
}

// A server is the same object for as long as nothing of it changes, so its text is folded once, not at every keystroke.
const searchTexts = new WeakMap<OwnedServer, SearchText>();

function searchTextOf(server: OwnedServer): SearchText {
  const known = searchTexts.get(server);
  if (known !== undefined) return known;
  const { displayName, qualifiedName, namespace, description, tools = [], domains = [] } = server;
  const slug = qualifiedName.split('/').at(-1) ?? '';
  const names = `\n${[displayName, qualifiedName, slug].map(fold).filter(Boolean).join('\n')}\n`;
  // A line end keeps words apart that do not belong together.
  const nameWords = `${spaced([displayName, qualifiedName].flatMap((name) => withJoined(wordsOf(name))))}\n`;
  const mainWords = `${spaced([...tools, ...domains].flatMap((text) => withJoined(wordsOf(text))))}\n`;
  const words = nameWords + mainWords + spaced(wordsOf(description));
  const everything = names + [namespace, ...tools, ...domains, description].map(fold).join('\n');
  const namesEnd = nameWords.length;
  const text = {
    names,
    everything,
    words,
    namesEnd,
    mainEnd: namesEnd + mainWords.length,
    whole: `${everything}\n${words}`,
  };
  searchTexts.set(server, text);
  return text;
}

function withJoined(words: string[]): string[] {
  return [...words, ...joinedWords(words)];
}

function spaced(words: readonly string[]): string {
  return words.map((word) => ` ${word}`).join('');
}

interface Wanted {
  phrases: readonly string[];
  /** How a name begins, and is, that is the query's own text; undefined where a part of it is in quotes. */
  beginning: string | undefined;
  words: readonly { text: string; asWords: string }[];
  /** All of it written together. */
  joined: string | undefined;
  /** The longest word or phrase of it, without which there is no match save of what is joined. */
  longest: string;
}

function wantedOf({ phrases, words }: Query): Wanted {
  const single = words.flatMap(wordsOf);
  const joined = single.join('');
  const longest = [...phrases, ...single].reduce((a, b) => (b.length > a.length ? b : a), '');
  return {
    longest,
    phrases,
    beginning: phrases.length === 0 ? `\n${words.join(' ')}` : undefined,
    words: words.map((text) => ({ text, asWords: spaced(wordsOf(text)) })),
    joined: words.length > 1 && phrases.length === 0 ? ` ${joined}` : undefined,
  };
}

const RANKS = 7;

// Of thousands of servers at each keystroke: as few looks at a text as can be.
function rankOf(text: SearchText, wanted: Wanted): number | undefined {
  const { phrases, beginning, words, joined, longest } = wanted;
  if (!text.whole.includes(longest) && (joined === undefined || !isWithin(text, joined, text.mainEnd))) {
    return undefined;
  }
  if (phrases.length > 0 && !hasAll(text.everything, phrases)) return undefined;
  if (beginning !== undefined && text.names.includes(beginning)) {
    return text.names.includes(`${beginning}\n`) ? 0 : 1;
  }
  const last = lastBeginning(text, words);
  if (last < text.namesEnd && (phrases.length === 0 || hasAll(text.names, phrases))) return 2;
  if (joined !== undefined && isWithin(text, joined, text.namesEnd)) return 2;
  if (phrases.length === 0 && hasAllWords(text.names, words)) return 3;
  if (last < text.mainEnd || (joined !== undefined && isWithin(text, joined, text.mainEnd))) return 4;
  if (last < text.words.length) return 5;
  return hasAllWords(text.everything, words) ? 6 : undefined;
}

/** Where the word that comes last first begins; Infinity where one does not. What has no letter begins nowhere. */
function lastBeginning(text: SearchText, words: Wanted['words']): number {
  let last = -1;
  for (const { asWords } of words) {
    const at = asWords === '' ? -1 : text.words.indexOf(asWords);
    if (at < 0) return Number.POSITIVE_INFINITY;
    last = Math.max(last, at);
  }
  return last;
}

function isWithin(text: SearchText, joined: string, end: number): boolean {
  const at = text.words.indexOf(joined);
  return at >= 0 && at < end;
}

function hasAll(where: string, texts: readonly string[]): boolean {
  return texts.every((text) => where.includes(text));
}

function hasAllWords(where: string, words: Wanted['words']): boolean {
  return words.every(({ text }) => where.includes(text));
}
