const MAX_LENGTH = 2048;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
// A browser would run them, show them as a page of ours, or open what no program waits at.
const NO_PROGRAM = new Set([
  'about:',
  'blob:',
  'data:',
  'file:',
  'filesystem:',
  'ftp:',
  'intent:',
  'javascript:',
  'mailto:',
  'vbscript:',
  'view-source:',
  'ws:',
  'wss:',
]);

/**
 * Why a client's codes may not be sent to this address; undefined where they may: to https, to http on the owner's own
 * machine, or to a program by a scheme of its own (RFC 8252, 7).
 */
export function redirectUriProblem(uri: string): string | undefined {
  if (uri.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
  if (!URL.canParse(uri) || !/^[\x21-\x7e]+$/.test(uri)) return 'is no URL';
  const url = new URL(uri);
  if (uri.includes('#')) return 'has a fragment';
  if (url.username !== '' || url.password !== '') return 'holds a user name or password';
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:') {
    return LOOPBACK.has(url.hostname)
      ? undefined
      : 'is http, which is only for localhost, 127.0.0.1 and [::1]';
  }
  return NO_PROGRAM.has(url.protocol)
    ? `has the scheme ${url.protocol}, which leads to no program`
    : undefined;
}

/** Where codes go, for a person to judge: a host, this machine as null, or a scheme as `cursor:`. */
export function redirectPlace(uri: string): string | null {
  const { protocol, hostname, host } = new URL(uri);
  if (protocol !== 'http:' && protocol !== 'https:') return protocol;
  return LOOPBACK.has(hostname) ? null : host;
}
