const FIRST_STRONG_ISOLATE = '\u2068';
const POP_DIRECTIONAL_ISOLATE = '\u2069';

/**
 * A text of others for a place that knows no elements, such as a title: whatever direction it has, what stands around it
 * keeps its own (Unicode UAX #9). Elsewhere `<bdi>` does the same.
 */
export function isolated(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  // An isolate of its own that it closed twice would end this one.
  const bare = text.replaceAll(/[\u202a-\u202e\u2066-\u2069]/gu, '');
  return FIRST_STRONG_ISOLATE + bare + POP_DIRECTIONAL_ISOLATE;
}
