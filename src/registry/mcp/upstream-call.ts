import { z } from 'zod';
import { UpstreamRefused, type UpstreamFetch } from '#registry/upstream/upstream-fetch.ts';
import { headersForClient } from './passed-headers.ts';

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
}

/** A server's answer that speaks MCP. */
export interface UpstreamAnswer {
  status: number;
  headers: Headers;
  /** Null where there is nothing more to come. */
  body: ReadableStream<Uint8Array> | string | null;
  /** True for server-sent events. */
  isStream: boolean;
}

/** The call was given up because the caller left, or the registry is about to end. */
export class CallGivenUp extends Error {
  override name = 'CallGivenUp';
}

interface Call {
  url: URL;
  method: string;
  headers: Headers;
  body: string | null;
  /** How long the server may take until its answer begins, in milliseconds. */
  answerMs: number;
  /** Any of them aborted: the call is given up. */
  signals: readonly AbortSignal[];
}

/** Sends a call to a server. Never rejects save with CallGivenUp. */
export async function callUpstream(
  fetch: UpstreamFetch,
  { url, method, headers, body, answerMs, signals }: Call,
): Promise<UpstreamAnswer | UpstreamFailure> {
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
    const response = await fetch(url, {
      method,
      headers,
      ...(body === null ? {} : { body }),
      signal: call.signal,
    });
    return await readAnswer(method, response);
  } catch (error) {
    if (signals.some(({ aborted }) => aborted)) throw new CallGivenUp();
    if (isLate) return failure(504, 'UpstreamTimeout', `did not answer within ${answerMs / 1000} s`);
    return networkFailure(error);
  } finally {
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener('abort', giveUp);
  }
}

async function readAnswer(method: string, response: Response): Promise<UpstreamAnswer | UpstreamFailure> {
  const { status } = response;
  const headers = headersForClient(response.headers);
  const type = response.headers.get('Content-Type')?.split(';')[0]?.trim().toLowerCase();
  if (response.ok && method !== 'DELETE' && status !== 202 && response.body !== null) {
    if (type === 'application/json') return { status, headers, body: response.body, isStream: false };
    if (type === 'text/event-stream') {
      // Proxies on the way must not collect events.
      headers.set('X-Accel-Buffering', 'no');
      return { status, headers, body: response.body, isStream: true };
    }
  }
  const text = await readStart(response);
  if (response.ok) {
    headers.delete('Content-Type');
    // Some say "Accepted" where there is nothing to say.
    if (method === 'DELETE' || status === 202 || text === '') {
      return { status, headers, body: null, isStream: false };
    }
    return failure(502, 'UpstreamBadAnswer', 'answered something other than MCP');
  }
  if (status >= 400 && status !== 401 && status !== 407) {
    const error = asRpcError(text);
    headers.set('Content-Type', 'application/json');
    if (error !== undefined) return { status, headers, body: error, isStream: false };
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

function networkFailure(error: unknown): UpstreamFailure {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof UpstreamRefused) {
      return {
        ...failure(502, 'UpstreamRefused', ''),
        message: cause.message,
        text: 'The server has an address that this registry does not call. Its owner must release another.',
      };
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
