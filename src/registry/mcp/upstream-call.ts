import { z } from 'zod';
import { UpstreamRefused, type UpstreamFetch } from '#registry/upstream/upstream-fetch.ts';
import { withEndpoints } from '#registry/event-streams/endpoint-events.ts';
import { headersForClient } from './passed-headers.ts';
import type { PostAddress } from './post-addresses.ts';
import { fetchWithinOrigin, RedirectRefused } from './upstream-redirects.ts';

const MAX_ERROR_BYTES = 64 * 1024;

/** Why a server gave no answer that can be passed on. */
export interface UpstreamFailure {
  /** The status that the caller gets. */
  status: number;
  /** For the owner's log. */
  name:
    | 'UpstreamUnreachable'
    | 'UpstreamTimeout'
    | 'UpstreamRefused'
    | 'UpstreamError'
    | 'UpstreamBadAnswer'
    | 'SecretUnusable';
  message: string;
  /** For the caller: without the server's address, which is its owner's matter. */
  text: string;
  headers: Headers;
  /** What the server answered with, where it did. */
  upstreamStatus?: number;
  /** What went wrong on the way, where it did not. */
  cause?: unknown;
}

/** A server's answer that speaks MCP. */
export interface UpstreamAnswer {
  status: number;
  headers: Headers;
  /** Null where there is nothing more to come. */
  body: ReadableStream<Uint8Array> | string | null;
  /** True for server-sent events. */
  isStream: boolean;
  /** Where it came from, after redirects within the server's origin. */
  url: URL;
}

/** The call was given up because the caller left, or the registry is about to end. */
export class CallGivenUp extends Error {
  override name = 'CallGivenUp';
}

interface UpstreamCall {
  url: URL;
  method: string;
  headers: Headers;
  body: string | null;
  /** True where it is posted to an address that an event stream named: any success says no more than that it was taken. */
  isForStream: boolean;
  /** What a client is told in place of the address that the server's event stream names for posts. */
  postAddress: PostAddress;
  /** How long the server may take until its answer begins, in milliseconds. */
  answerMs: number;
  /** Any of them aborted: the call is given up. */
  signals: readonly AbortSignal[];
}

/** Sends a call to a server. Never rejects save with CallGivenUp. */
export async function callUpstream(
  fetch: UpstreamFetch,
  request: UpstreamCall,
): Promise<UpstreamAnswer | UpstreamFailure> {
  const { url, method, headers, body, answerMs, signals } = request;
  const call = new AbortController();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    call.abort();
  }, answerMs);
  // Listened to and let go again, rather than joined: one of them lives as long as the registry.
  const giveUp = (): void => call.abort();
  for (const signal of signals) signal.addEventListener('abort', giveUp);
  try {
    if (signals.some(({ aborted }) => aborted)) throw new CallGivenUp();
    const found = await fetchWithinOrigin(fetch, { url, method, headers, body, signal: call.signal });
    return await readAnswer(request, found);
  } catch (error) {
    if (signals.some(({ aborted }) => aborted)) throw new CallGivenUp();
    if (isLate) return failure(504, 'UpstreamTimeout', `did not answer within ${answerMs / 1000} s`);
    return { ...networkFailure(error), cause: error };
  } finally {
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener('abort', giveUp);
  }
}

async function readAnswer(
  { method, isForStream, postAddress }: UpstreamCall,
  { response, url }: { response: Response; url: URL },
): Promise<UpstreamAnswer | UpstreamFailure> {
  const { status } = response;
  const headers = headersForClient(response.headers);
  const type = response.headers.get('Content-Type')?.split(';')[0]?.trim().toLowerCase();
  const isAcknowledged = method === 'DELETE' || status === 202 || isForStream;
  if (response.ok && !isAcknowledged && response.body !== null) {
    if (type === 'application/json') return { status, headers, body: response.body, isStream: false, url };
    if (type === 'text/event-stream') {
      // Proxies on the way must not collect events.
      headers.set('X-Accel-Buffering', 'no');
      const body =
        method === 'GET'
          ? withEndpoints(response.body, (address) => postAddress(address, url))
          : response.body;
      return { status, headers, body, isStream: true, url };
    }
  }
  const text = await readStart(response);
  if (response.ok) {
    headers.delete('Content-Type');
    // Some say "Accepted" where there is nothing to say.
    if (isAcknowledged || text === '') {
      return { status: isForStream ? 202 : status, headers, body: null, isStream: false, url };
    }
    return {
      ...failure(502, 'UpstreamBadAnswer', 'answered something other than MCP'),
      upstreamStatus: status,
    };
  }
  if (status >= 400 && status !== 401 && status !== 407) {
    const error = asRpcError(text);
    headers.set('Content-Type', 'application/json');
    if (error !== undefined) return { status, headers, body: error, isStream: false, url };
  }
  return { ...statusFailure(status, headers), upstreamStatus: status };
}

// A whole body where it is short, so that its connection can serve the next call.
async function readStart({ body }: Response): Promise<string> {
  if (body === null) return '';
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body as unknown as AsyncIterable<Uint8Array>) {
    pieces.push(piece);
    size += piece.length;
    if (size > MAX_ERROR_BYTES) break;
  }
  return Buffer.concat(pieces).toString();
}

const rpcErrorShape = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  error: z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() }),
});

function asRpcError(text: string): string | undefined {
  try {
    const parsed = rpcErrorShape.safeParse(JSON.parse(text));
    return parsed.success ? JSON.stringify(parsed.data) : undefined;
  } catch {
    return undefined;
  }
}

function statusFailure(status: number, headers: Headers): UpstreamFailure {
  if (status === 401 || status === 407) {
    return {
      ...failure(502, 'UpstreamError', `wants credentials (${status})`),
      text:
        "The server wants credentials of its own: send the registry's key as X-Touchmark-Key and the server's as Authorization, " +
        'or as the header or parameter that its documentation names. Its owner may also release it with upstreamHeaders.',
    };
  }
  if (status < 400) {
    return failure(502, 'UpstreamError', `redirects elsewhere (${status})`);
  }
  const retryAfter = headers.get('Retry-After');
  return {
    ...failure(status < 500 ? status : 502, 'UpstreamError', `answered ${status}`),
    headers: new Headers(retryAfter === null ? {} : { 'Retry-After': retryAfter }),
  };
}

const REDIRECTS: Record<RedirectRefused['why'], string> = {
  elsewhere: 'redirects to another origin',
  endless: 'redirects without an end',
  'changes-method': 'redirects a post so that it would become a read',
};

function networkFailure(error: unknown): UpstreamFailure {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof UpstreamRefused) {
      return {
        ...failure(502, 'UpstreamRefused', ''),
        message: cause.message,
        text: 'The server has an address that this registry does not call. Its owner must release another.',
      };
    }
    if (cause instanceof RedirectRefused) {
      return failure(502, 'UpstreamError', `${REDIRECTS[cause.why]} (${cause.status})`);
    }
    const { code } = cause as { code?: unknown };
    if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') {
      return failure(504, 'UpstreamTimeout', 'could not be connected to in time');
    }
  }
  return failure(502, 'UpstreamUnreachable', 'could not be reached, or broke off before it answered');
}

function failure(status: number, name: UpstreamFailure['name'], what: string): UpstreamFailure {
  return {
    status,
    name,
    message: `The upstream ${what}`,
    text: `The server ${what}. Try again later, or ask its owner.`,
    headers: new Headers(),
  };
}
