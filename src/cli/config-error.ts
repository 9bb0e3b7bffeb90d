/** A value that cannot be used; its message is one line for the person who set it. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

const MAX_QUOTED = 80;

/**
 * What somebody gave, to be repeated to them: cut short, without a password in a URL, and with nothing in it that a terminal
 * would act on or reorder.
 */
export function quoted(text: string): string {
  const open = text.replace(/(?<=:\/\/)[^/\s]*@/, '…@');
  const short = open.length <= MAX_QUOTED ? open : `${open.slice(0, MAX_QUOTED)}…`;
  return JSON.stringify(short).replaceAll(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
