/** A text as it is searched: case, accents and widths do not count. */
export function fold(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text.toLowerCase();
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/** The words of a text, folded: what letters and digits stand together, `getWeather` being two. */
export function wordsOf(text: string): string[] {
  // Most texts are such, and folding them is what a first search waits for.
  if (/^[\x20-\x7e]*$/.test(text)) {
    const apart = text.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
    return apart.match(/[a-z0-9]+/g) ?? [];
  }
  const apart = text.replaceAll(/(?<=\p{Ll}|\p{N})(?=\p{Lu})/gu, ' ');
  return fold(apart)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/** What words become where they are written together, two by two and from each of them on: of `a b c`, `ab`, `bc` and `abc`. */
export function joinedWords(words: readonly string[]): string[] {
  const joined = new Set<string>();
  for (let start = 0; start < words.length - 1; start += 1) {
    joined.add(words.slice(start, start + 2).join(''));
    joined.add(words.slice(start, start + MOST_JOINED).join(''));
  }
  return [...joined];
}

// Longer names are not written in one.
const MOST_JOINED = 5;

/** What is asked for, taken apart. */
export interface Query {
  /** Texts in quotes, folded: they must be there exactly so. */
  phrases: readonly string[];
  /** The words outside of quotes, folded, as they were written. */
  words: readonly string[];
}

/** Takes a query apart. A quote that is not closed yet ends where the query ends. */
export function parseQuery(text: string): Query {
  const phrases: string[] = [];
  const rest = text.replaceAll(/["“”„]([^"“”„]*)(?:["“”„]|$)/gu, (_, phrase: string) => {
    if (phrase.trim() !== '') phrases.push(fold(phrase.trim()));
    return ' ';
  });
  const words = fold(rest)
    .split(/\s+/u)
    .filter((word) => word !== '');
  return { phrases, words };
}

/** Whether a query asks for anything. */
export function isBlank({ phrases, words }: Query): boolean {
  return phrases.length + words.length === 0;
}
