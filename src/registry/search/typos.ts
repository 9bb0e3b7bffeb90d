// Shorter words have too many neighbours; longer ones cost a row a letter and are seldom typed.
const MIN_LENGTH = 4;
const MAX_LENGTH = 24;

/** True for words that are found when one letter is wrong; a wrong digit is another number, not a typo. */
export function toleratesTypos(word: string): boolean {
  const { length } = Array.from(word);
  return length >= MIN_LENGTH && length <= MAX_LENGTH && !/^\p{N}+$/u.test(word);
}

/**
 * The word itself and all it becomes by losing one letter. Two words one edit apart (a letter missing, added or wrong,
 * two neighbours swapped) have at least one of these in common.
 */
export function variantsOf(word: string): string[] {
  const letters = Array.from(word);
  return [...new Set([word, ...letters.map((_, i) => letters.toSpliced(i, 1).join(''))])];
}

/** True where one edit at most turns one word into the other; the optimal string alignment distance is 0 or 1. */
export function isWithinOneEdit(one: string, other: string): boolean {
  const a = Array.from(one);
  const b = Array.from(other);
  while (a.length > 0 && a[0] === b[0]) {
    a.shift();
    b.shift();
  }
  while (a.length > 0 && a.at(-1) === b.at(-1)) {
    a.pop();
    b.pop();
  }
  if (a.length <= 1 && b.length <= 1) return true;
  return a.length === 2 && b.length === 2 && a[0] === b[1] && a[1] === b[0];
}
