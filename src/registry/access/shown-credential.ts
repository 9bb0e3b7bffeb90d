/** The header for the registry's own credential, where `Authorization` is meant for the server behind it. */
export const KEY_HEADER = 'X-Touchmark-Key';

/**
 * The key or token that a request shows the registry: in `X-Touchmark-Key` where that is sent, whatever else is, else in
 * `Authorization`. Undefined where it is missing or in another scheme.
 */
export function shownCredential(headers: Headers): string | undefined {
  const own = headers.get(KEY_HEADER);
  if (own !== null) return /^(?:Bearer +)?(\S+)$/i.exec(own.trim())?.[1];
  return /^Bearer +(\S+) *$/i.exec(headers.get('Authorization') ?? '')?.[1];
}
