import { stripVTControlCharacters } from 'node:util';

const MAX_LENGTH = 300;

/** Text from outside, fit to be stored, logged and shown: one line, nothing invisible, at most 300 characters. */
export function cleanText(text: string): string {
  const plain = stripVTControlCharacters(text)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/[\p{Cf}\p{Co}\p{Cs}]/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  return Array.from(plain).slice(0, MAX_LENGTH).join('');
}
