import type { UpstreamFetch } from '#registry/upstream/upstream-fetch.ts';

const MAX_REDIRECTS = 5;
// With these a request is sent again as it was; the others turn a post into a read.
const REPEATED: ReadonlySet<number> = new Set([307, 308]);
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, ...REPEATED]);

/** A redirect that is not followed. */
export class RedirectRefused extends Error {
  override name = 'RedirectRefused';
  readonly status: number;
  readonly why: 'elsewhere' | 'endless' | 'changes-method';
  /** Where it leads. */
  readonly to: URL;

  constructor(status: number, why: RedirectRefused['why'], to: URL) {
    super(`Redirect not followed: ${why}`);
    this.status = status;
    this.why = why;
    this.to = to;
  }
}

interface UpstreamRequest {
  url: URL;
  method: string;
  headers: Headers;
  /** Text, so that it can be sent again: whoever redirects has not acted on it (RFC 9110, 15.4). */
  body: string | null;
  signal: AbortSignal;
}

/**
 * Sends a request to where the server's own redirects lead, within its origin only, and returns the answer with where it
 * came from. Parameters that an address does not name are kept on the way. Rejects with RedirectRefused, or as `fetch`
 * does.
 */
export async function fetchWithinOrigin(
  fetch: UpstreamFetch,
  { url, method, headers, body, signal }: UpstreamRequest,
): Promise<{ response: Response; url: URL }> {
  const seen = new Set<string>();
  let at = url;
  for (;;) {
    seen.add(at.href);
    const response = await fetch(at, {
      method,
      headers,
      redirect: 'manual',
      ...(body === null ? {} : { body }),
      signal,
    });
    const { status } = response;
    const location = response.headers.get('Location');
    if (!REDIRECTS.has(status) || location === null || !URL.canParse(location, at)) {
      return { response, url: at };
    }
    await response.body?.cancel();
    const to = new URL(location, at);
    to.hash = '';
    if (to.origin !== url.origin) throw new RedirectRefused(status, 'elsewhere', to);
    if (method !== 'GET' && !REPEATED.has(status)) throw new RedirectRefused(status, 'changes-method', to);
    const next = withParametersOf(at, to);
    // A server may mean to take a parameter away.
    at = seen.has(next.href) ? to : next;
    if (seen.has(at.href) || seen.size > MAX_REDIRECTS) throw new RedirectRefused(status, 'endless', to);
  }
}

function withParametersOf(from: URL, to: URL): URL {
  const url = new URL(to);
  const own = new Set(url.searchParams.keys());
  for (const [name, value] of from.searchParams) {
    if (!own.has(name)) url.searchParams.append(name, value);
  }
  return url;
}
