import { randomBytes } from 'node:crypto';
import { createVault } from '#platform/sealing.ts';
import { EndpointRefused } from '#registry/event-streams/endpoint-events.ts';
import { headersForUpstream } from '#registry/mcp/passed-headers.ts';
import { postAddresses } from '#registry/mcp/post-addresses.ts';
import { callUpstream, type UpstreamFailure } from '#registry/mcp/upstream-call.ts';
import type { UpstreamFetch } from '#registry/upstream/upstream-fetch.ts';

// Where the client of a scan believes the server to be: nobody is asked there.
const MCP_URL = 'http://registry.invalid/mcp';
// Longer than any scan.
const ANSWER_MS = 3_600_000;

/** What a client would be told in place of an answer. */
export class NotPassedOn extends Error {
  override name = 'NotPassedOn';
  readonly failure: UpstreamFailure;

  constructor(failure: UpstreamFailure) {
    super(failure.message, { cause: failure.cause });
    this.failure = failure;
  }
}

interface Upstream {
  url: string;
  /** Header names and values. */
  credentials: Readonly<Record<string, string>> | null;
  fetch: UpstreamFetch;
  /** Aborted where nobody wants an answer any more. */
  signal: AbortSignal;
}

/** A server as clients reach it through the registry. */
export interface ProxiedUpstream {
  /** Where it is for `fetch`. */
  mcpUrl: URL;
  fetch: (url: string | URL, init?: RequestInit) => Promise<Response>;
  /** Where its first answer came from; undefined before that. */
  calledUrl: () => URL | undefined;
  /** Why the last request had no answer that a client could use. */
  lastFailure: () => Error | undefined;
}

/**
 * Speaks to a server by the code that passes calls on, so that what can be scanned can be called. Rejects with
 * NotPassedOn where a client would get an answer of the registry's own.
 */
export function proxiedUpstream({ url, credentials, fetch, signal }: Upstream): ProxiedUpstream {
  let calledUrl: URL | undefined;
  let lastFailure: Error | undefined;
  const vault = createVault(randomBytes(32), 'addresses of a scan');
  const posts = postAddresses(vault, { releaseId: '', upstreamUrl: url, mcpUrl: MCP_URL });

  return {
    mcpUrl: new URL(MCP_URL),
    async fetch(target, { method = 'GET', headers, body, signal: givenUp } = {}) {
      const postUrl = method === 'POST' ? posts.open(String(target)) : undefined;
      const signals = givenUp === null || givenUp === undefined ? [signal] : [signal, givenUp];
      const answer = await callUpstream(fetch, {
        url: postUrl ?? calledUrl ?? new URL(url),
        method,
        headers: headersForUpstream(new Headers(headers), { hidden: [], added: credentials ?? {} }),
        body: typeof body === 'string' ? body : null,
        isForStream: postUrl !== undefined,
        postAddress(address, base) {
          try {
            return posts.for(address, base);
          } catch (error) {
            if (error instanceof EndpointRefused) lastFailure = error;
            throw error;
          }
        },
        answerMs: ANSWER_MS,
        signals,
      });
      if ('text' in answer) {
        lastFailure = new NotPassedOn(answer);
        throw lastFailure;
      }
      calledUrl ??= answer.url;
      return new Response(withSignals(answer.body, signals), {
        status: answer.status,
        headers: answer.headers,
      });
    },
    calledUrl: () => calledUrl,
    lastFailure: () => lastFailure,
  };
}

// A stream has no end of its own, and would keep its connection.
function withSignals(
  body: ReadableStream<Uint8Array> | string | null,
  signals: readonly AbortSignal[],
): ReadableStream<Uint8Array> | string | null {
  if (!(body instanceof ReadableStream)) return body;
  return body.pipeThrough(new TransformStream(), { signal: AbortSignal.any([...signals]) });
}
