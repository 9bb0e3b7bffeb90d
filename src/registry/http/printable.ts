// Control characters and halves of surrogate pairs: no engine stores them all, and none belongs in a text.
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;

/** True where a text can be stored and shown as it is. */
export function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text);
}
