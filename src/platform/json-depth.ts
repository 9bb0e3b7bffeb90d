const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * How deep lists and objects lie in each other in a JSON text. Told before it is parsed: what was parsed is walked and
 * written by functions that call themselves, once for each level. Of a text that is no JSON, any number.
 */
export function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isQuoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) isQuoted = !isQuoted;
    else if (isQuoted) i += Number(code === BACKSLASH);
    // "[" and "{", "]" and "}": they differ in one bit.
    else if ((code | 0x20) === 0x7b) deepest = Math.max(deepest, (depth += 1));
    else if ((code | 0x20) === 0x7d) depth -= 1;
  }
  return deepest;
}
