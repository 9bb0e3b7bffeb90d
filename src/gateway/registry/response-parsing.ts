import { FIELD_HEADER } from '#contract/api-paths.ts';
import { cleanText } from '#platform/clean-text.ts';
import { jsonDepth } from '#platform/json-depth.ts';

const MAX_RETRY_AFTER_SECONDS = 3600;
// No honest answer comes near it, and one that does not pass it costs little to read.
const MAX_DEPTH = 20_000;

/** The registry's own words: the `error` of its JSON body, cleaned. Null where it has none. */
export function errorText(body: Uint8Array): string | null {
  const json = parseJson(body);
  const error = isRecord(json) ? json['error'] : undefined;
  const words = typeof error === 'string' ? cleanText(error) : '';
  return words === '' ? null : words;
}

/** The field of the request that a refusal blames, where the registry says so in a header; null otherwise. */
export function blamedField(headers: Headers): string | null {
  const field = headers.get(FIELD_HEADER);
  return field !== null && /^[\w.-]{1,200}$/.test(field) ? field : null;
}

/** The JSON value, or undefined where the bytes are none, or nested without measure. */
export function parseJson(body: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    const isTooDeep = opensMoreThan(text, MAX_DEPTH) && jsonDepth(text) > MAX_DEPTH;
    return isTooDeep ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

// Measuring the depth costs several times what parsing does; an answer that opens few lists and objects has none.
function opensMoreThan(text: string, max: number): boolean {
  let opened = 0;
  for (const sign of ['[', '{']) {
    for (let at = text.indexOf(sign); at !== -1 && opened <= max; at = text.indexOf(sign, at + 1))
      opened += 1;
  }
  return opened > max;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Seconds to wait, from a `Retry-After` of either form (RFC 9110), at most an hour. Null where it says nothing. */
export function retryAfterSeconds(value: string | null, now: Date): number | null {
  if (value === null) return null;
  const text = value.trim();
  const seconds = /^\d+$/.test(text) ? Number(text) : Math.ceil((Date.parse(text) - now.getTime()) / 1000);
  return Number.isNaN(seconds) ? null : Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER_SECONDS);
}

/** The media type of an answer, in lower case and without its parameters; empty where it says none. */
export function mediaType(headers: Headers): string {
  return (headers.get('Content-Type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
