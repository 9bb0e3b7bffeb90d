import { z } from 'zod';
import { isPrintable } from './printable.ts';

const MAX_URL = 2048;
/** What is said of a text that is not printable. */
export const UNPRINTABLE = 'must not contain control characters';

/** A text of one line. */
export function lineText(maxLength: number) {
  return z.string().max(maxLength).refine(isPrintable, UNPRINTABLE);
}

/** A text of several lines. */
export function longText(maxLength: number) {
  return z
    .string()
    .max(maxLength)
    .refine((text) => isPrintable(text.replaceAll(/[\n\r\t]/g, ' ')), UNPRINTABLE);
}

/** The URL of something on the web. */
export const webUrl = lineText(MAX_URL).refine(isWebUrl, 'must be an http or https URL');

/** True for what a browser can open. */
export function isWebUrl(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}

/** A text that is not empty; `text` says what it must be. */
export function nameOf(text: string) {
  return z.string(text).min(1, text);
}
