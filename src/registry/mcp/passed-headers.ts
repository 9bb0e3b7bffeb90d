import { KEY_HEADER } from '#registry/access/shown-credential.ts';

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
const OURS = ['accept-encoding', 'cookie', 'forwarded', 'origin', 'referer', 'true-client-ip', 'via'];
// By which a proxy in front of the server may take a request for another than it is: its path, method, host or sender.
const MISLEADING = [
  'fastly-client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-host',
  'x-http-destinationurl',
  'x-http-host-override',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-middleware-subrequest',
  'x-proxy-url',
];
const NEVER_SENT = new Set([...HOP, ...OURS, ...MISLEADING]);
const NEVER_SENT_KINDS =
  /^(x-forwarded|x-original-|x-rewrite-|x-override-|x-real-|x-envoy-|x-accel-|cf-|sec-|(x-)?touchmark-)/;

// What MCP gives a meaning, and nothing that a browser or a cache acts upon.
const RETURNED = /^(content-type|retry-after|mcp-[a-z0-9-]+)$/;

/**
 * The headers of a client's request that its server gets. No header that holds one of the `hidden` credentials is
 * passed on. `Authorization` is the server's where the registry's own is in `X-Touchmark-Key`. What is `added` takes the place
 * of the client's own.
 */
export function headersForUpstream(
  received: Headers,
  { hidden, added }: { hidden: readonly string[]; added: Readonly<Record<string, string>> },
): Headers {
  const named = new Set(
    (received.get('Connection') ?? '').split(',').map((name) => name.trim().toLowerCase()),
  );
  const isAuthorizationTheirs = received.has(KEY_HEADER);
  const sent = new Headers();
  for (const [name, value] of received) {
    if (NEVER_SENT.has(name) || NEVER_SENT_KINDS.test(name) || named.has(name)) continue;
    if (name === 'authorization' && !isAuthorizationTheirs) continue;
    if (!holds(value, hidden)) sent.append(name, value);
  }
  for (const [name, value] of Object.entries(added)) sent.set(name, value);
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
 * set itself, save one that holds one of the `hidden` credentials.
 */
export function upstreamUrlFor(upstreamUrl: string, requestUrl: string, hidden: readonly string[]): URL {
  const url = new URL(upstreamUrl);
  const own = new Set(url.searchParams.keys());
  for (const [name, value] of new URL(requestUrl).searchParams) {
    if (!own.has(name) && !holds(value, hidden)) url.searchParams.append(name, value);
  }
  return url;
}

function holds(value: string, hidden: readonly string[]): boolean {
  return hidden.some((credential) => value.includes(credential));
}
