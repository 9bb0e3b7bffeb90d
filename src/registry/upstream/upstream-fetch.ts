import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { RequestInit as UndiciRequestInit } from 'undici';

const CONNECT_MS = 5000;
const MAX_REDIRECTS = 3;
// What another origin may be told. Servers name the headers of their keys as they like, so no list of those is whole.
const KNOWN_HARMLESS = new Set([
  'accept',
  'accept-encoding',
  'content-type',
  'last-event-id',
  'mcp-protocol-version',
  'user-agent',
]);

/** Why an address is not called; the message is for the person who gave it. */
export class UpstreamRefused extends Error {
  override name = 'UpstreamRefused';
}

/**
 * Calls another's server as `fetch` does, but only over https and only where the name leads to public addresses.
 * Follows at most three redirects of requests that can be sent again, each under the same rules and with no header that
 * may hold a key where it leaves the origin; none where `redirect` is `manual`. Rejects with UpstreamRefused, or as
 * `fetch` does.
 */
export type UpstreamFetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

export interface Upstreams {
  fetch: UpstreamFetch;
  close(): Promise<void>;
}

interface Options {
  /** True to allow http, and addresses of this machine and its networks. */
  allowPrivate: boolean;
  /** As `dns.lookup`. */
  lookup?: typeof systemLookup;
}

/** The way out to upstream servers. */
export function createUpstreams({ allowPrivate, lookup = systemLookup }: Options): Upstreams {
  let opened: ReturnType<typeof open> | undefined;

  // With the first call, since undici is large and many a desk calls nobody.
  async function open() {
    const { Agent, fetch: undiciFetch } = await import('undici');
    const agent = new Agent({
      connect: { timeout: CONNECT_MS, lookup: allowPrivate ? lookup : publicOnly(lookup) },
      // Callers set their own limits: a stream may be silent for long.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return { agent, undiciFetch };
  }

  async function fetch(target: string | URL, init: RequestInit = {}): Promise<Response> {
    let url = new URL(target);
    let headers = new Headers(init.headers);
    for (let redirects = 0; ; redirects += 1) {
      checkUpstreamUrl(url, allowPrivate);
      opened ??= open();
      const { agent, undiciFetch } = await opened;
      const response = await undiciFetch(url, {
        ...(init as UndiciRequestInit),
        headers: [...headers],
        redirect: 'manual',
        dispatcher: agent,
      });
      const next = redirectOf(response.status, response.headers.get('Location'), url);
      if (next === undefined || init.redirect === 'manual' || !isRepeatable(init)) {
        return response as unknown as Response;
      }
      await response.body?.cancel();
      if (redirects === MAX_REDIRECTS) throw new UpstreamRefused(`${url.origin} redirects too often.`);
      if (next.origin !== url.origin) {
        headers = new Headers([...headers].filter(([name]) => KNOWN_HARMLESS.has(name)));
      }
      url = next;
    }
  }

  return { fetch, close: async () => (await opened)?.agent.destroy() };
}

// Throws UpstreamRefused where a URL may not be called, whatever its name leads to.
function checkUpstreamUrl(url: URL, allowPrivate: boolean): void {
  if (url.username !== '' || url.password !== '') {
    throw new UpstreamRefused('The URL must not hold a user name or password.');
  }
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:')) {
    throw new UpstreamRefused('The URL must begin with https://.');
  }
  if (allowPrivate) return;
  // The URL parser has turned every way to write an address (decimal, octal, hex) into the usual one.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(host) && !isPublic(host)) throw notPublic(host);
}

function isPublic(address: string): boolean {
  // A mapped address, as ::ffff:127.0.0.1, is the address inside.
  return ipaddr.process(address).range() === 'unicast';
}

function notPublic(host: string): UpstreamRefused {
  return new UpstreamRefused(
    `${host} is not a public address. Start Touchmark with --allow-private-upstreams to reach servers of your own network.`,
  );
}

// Checked where the connection is made: a name that leads elsewhere at its second look-up is caught too.
function publicOnly(lookup: typeof systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    const all: LookupOptions = { ...options, all: true };
    lookup(hostname, all, (error, found) => {
      const addresses = found as unknown as LookupAddress[];
      if (error !== null) return callback(error, []);
      const hidden = addresses.find(({ address }) => !isPublic(address));
      if (hidden !== undefined) return callback(notPublic(hostname), []);
      if (options.all === true) return callback(null, addresses);
      const [first] = addresses;
      if (first === undefined) return callback(new Error(`${hostname} has no address`), []);
      return callback(null, first.address, first.family);
    });
  };
}

function redirectOf(status: number, location: string | null, base: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === null) return undefined;
  return URL.canParse(location, base) ? new URL(location, base) : undefined;
}

// A stream is used up by the first request; and a post that turned into a get would be another request.
function isRepeatable({ method = 'GET' }: RequestInit): boolean {
  return method === 'GET' || method === 'HEAD';
}
