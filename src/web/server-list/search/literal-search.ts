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
  names: readonly string[];
  /** The names as they are, and as words with a blank before each. */
  allNames: string;
  nameWords: string;
  /** The same of all that is searched first: names, tools and domains. */
  mainWords: string;
  everything: string;
  allWords: string;
  /** All of these in one. */
  whole: string;
}

// A server is the same object for as long as nothing of it changes, so its text is folded once, not at every keystroke.
const searchTexts = new WeakMap<OwnedServer, SearchText>();

function searchTextOf(server: OwnedServer): SearchText {
  const known = searchTexts.get(server);
  if (known !== undefined) return known;
  const { displayName, qualifiedName, namespace, description, tools = [], domains = [] } = server;
  const slug = qualifiedName.split('/').at(-1) ?? '';
  const names = [displayName, qualifiedName, slug].map(fold).filter(Boolean);
  const nameWords = spaced([displayName, qualifiedName].flatMap((name) => withJoined(wordsOf(name))));
  const mainWords = nameWords + spaced([...tools, ...domains].flatMap((text) => withJoined(wordsOf(text))));
  const all = [...names, namespace, ...tools, ...domains, description];
  const everything = all.map(fold).join('\n');
  const allWords = mainWords + spaced(wordsOf(description));
  const whole = `${everything}\n${allWords}`;
  const text = { names, allNames: names.join('\n'), nameWords, mainWords, everything, allWords, whole };
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
  /** The query's own text, where no part of it is in quotes. */
  whole: string | undefined;
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
    whole: phrases.length === 0 ? words.join(' ') : undefined,
    words: words.map((text) => ({ text, asWords: spaced(wordsOf(text)) })),
    joined: words.length > 1 && phrases.length === 0 ? ` ${joined}` : undefined,
  };
}

const RANKS = 7;

function rankOf(text: SearchText, { phrases, whole, words, joined, longest }: Wanted): number | undefined {
  if (!text.whole.includes(longest) && (joined === undefined || !text.mainWords.includes(joined))) {
    return undefined;
  }
  if (!phrases.every((phrase) => text.everything.includes(phrase))) return undefined;
  if (whole !== undefined) {
    if (text.names.includes(whole)) return 0;
    if (text.names.some((name) => name.startsWith(whole))) return 1;
  }
  // What has no letter is looked for as it is.
  const begin = (where: string) =>
    words.every(({ asWords, text: word }) => where.includes(asWords === '' ? word : asWords));
  if (begin(text.nameWords) && phrases.every((phrase) => text.allNames.includes(phrase))) return 2;
  if (joined !== undefined && text.nameWords.includes(joined)) return 2;
  if (words.every((word) => text.allNames.includes(word.text)) && phrases.length === 0) return 3;
  if (begin(text.mainWords)) return 4;
  if (joined !== undefined && text.mainWords.includes(joined)) return 4;
  if (begin(text.allWords)) return 5;
  return words.every((word) => text.everything.includes(word.text)) ? 6 : undefined;
}
