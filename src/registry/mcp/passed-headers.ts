// Of a connection, not of a message (RFC 9110, 7.6.1); or made anew for each hop.
const HOP = [
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
// What a client tells the registry, its browser or a proxy in between, and nobody behind them.
const OURS = [
  'accept-encoding',
  'authorization',
  'cookie',
  'forwarded',
  'origin',
  'referer',
  'true-client-ip',
  'via',
];
const NEVER_SENT = new Set([...HOP, ...OURS]);
const NEVER_SENT_KINDS = /^(x-forwarded-|x-real-|cf-|sec-|touchmark-)/;

// What MCP gives a meaning, and nothing that a browser or a cache acts upon.
const RETURNED = /^(content-type|retry-after|mcp-[a-z0-9-]+)$/;

/**
 * The headers of a client's request that its server gets. `credential` is what the client showed the registry: no
 * header that holds it is passed on.
 */
export function headersForUpstream(received: Headers, credential: string): Headers {
  const named = new Set(
    (received.get('Connection') ?? '').split(',').map((name) => name.trim().toLowerCase()),
  );
  const sent = new Headers();
  for (const [name, value] of received) {
    if (NEVER_SENT.has(name) || NEVER_SENT_KINDS.test(name) || named.has(name)) continue;
    if (!value.includes(credential)) sent.append(name, value);
  }
  // Answers are passed on as they come, piece by piece.
  sent.set('Accept-Encoding', 'identity');
  return sent;
}

/** The headers of a server's answer that its client gets. */
export function headersForClient(received: Headers): Headers {
  const returned = new Headers();
  for (const [name, value] of received) {
    if (RETURNED.test(name)) returned.append(name, value);
  }
  return returned;
}

/**
 * Where a call goes: the address of the release, with those of the client's own parameters that the address does not
 * set itself, save one that holds the credential.
 */
export function upstreamUrlFor(upstreamUrl: string, requestUrl: string, credential: string): URL {
  const url = new URL(upstreamUrl);
  const own = new Set(url.searchParams.keys());
  for (const [name, value] of new URL(requestUrl).searchParams) {
    if (!own.has(name) && !value.includes(credential)) url.searchParams.append(name, value);
  }
  return url;
}
