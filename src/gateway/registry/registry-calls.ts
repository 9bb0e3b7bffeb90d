import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { CallSource } from '#contract/call-source.ts';
import type { Limits } from '#gateway/gateway-limits.ts';
import { retryAfterSeconds } from './response-parsing.ts';
import { startTimeLimits, TimeLimitPassed } from './time-limits.ts';

/** A registry: ours in this process, which is told from where a request comes, or one over HTTP. Rejects where no answer came. */
export type RegistryFetch = (request: Request, source?: CallSource) => Promise<Response>;

/** No connection could be made, so nothing was sent. */
export class RegistryUnreachable extends Error {
  override name = 'RegistryUnreachable';
}

/** What came back was not HTTP. */
export class RegistryGarbled extends Error {
  override name = 'RegistryGarbled';
}

/**
 * How a call ended.
 *
 * - `answered`: a whole answer came, whatever its status.
 * - `unreachable`: no connection, so the registry never saw the call.
 * - `broken-off`: the connection ended before an answer; the registry may have acted on the call.
 * - `timeout`: a time limit passed; the registry may act on the call yet.
 * - `garbled`: what came was not HTTP, was cut short, or was too large.
 */
export type RegistryOutcome =
  | { kind: 'answered'; status: number; headers: Headers; body: Uint8Array }
  | { kind: 'unreachable' | 'broken-off' | 'timeout' | 'garbled' };

/** Text that is sent whole. */
export interface TextBody {
  contentType: string;
  text: string;
}

/** Bytes that are passed on as they come, at the registry's pace. */
export interface StreamBody {
  contentType: string;
  /** In bytes; null where it is not known beforehand. */
  contentLength: number | null;
  stream: ReadableStream<Uint8Array>;
  /** Settles once the last byte has been taken, or none will come any more. Never rejects. */
  ended: Promise<void>;
}

interface RegistryCall {
  method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** From `registryPaths`, never from outside. */
  path: string;
  query?: URLSearchParams;
  apiKey: string | null;
  body?: TextBody | StreamBody | undefined;
  accept?: string;
  headers?: Record<string, string>;
  maxBytes?: number;
  /** Who asks for it here. */
  source?: CallSource;
  totalMs?: number | undefined;
  signal?: AbortSignal;
}

/** An answer that may go on without end, under way. */
interface OpenAnswer {
  kind: 'open';
  headers: Headers;
  body: ReadableStream<Uint8Array>;
}

/** Calls of the registry under time limits. Never rejects. */
export interface RegistryCalls {
  /** Sends once, and never again. */
  send(call: RegistryCall): Promise<RegistryOutcome>;
  /** Reads, with the retries that only reads may have. */
  read(call: RegistryCall): Promise<RegistryOutcome>;
  /** Opens an answer that may go on without end: only its beginning has a limit, and `signal` ends it. */
  open(call: RegistryCall & { signal: AbortSignal }): Promise<RegistryOutcome | OpenAnswer>;
}

interface Options {
  url: string;
  fetch: RegistryFetch;
  limits: Limits;
  random: () => number;
  now: () => Date;
  log: Logger;
}

const MAX_BYTES = 10 * 1024 * 1024;
const MAX_HONOURED_RETRY_AFTER_SECONDS = 5;
const PASSING_TROUBLE = new Set([429, 500, 502, 503, 504]);

export function createRegistryCalls({ url, fetch, limits, random, now, log }: Options): RegistryCalls {
  async function send(call: RegistryCall): Promise<RegistryOutcome> {
    const time = startTimeLimits(call.totalMs ?? limits.totalMs, call.signal);
    let answerBegan = false;
    try {
      // A change may take all its time: given up earlier, it would be checked while it is still at work.
      const headersMs = call.method === 'GET' ? limits.headersMs : limits.totalMs;
      const answering = fetch(requestOf(url, call, time.signal), call.source);
      if (call.body !== undefined && 'stream' in call.body) {
        // How long an upload takes is its sender's affair; the registry's time begins when it has all of it.
        await Promise.race([answering, call.body.ended]);
        time.restart();
      }
      const response = await time.within(headersMs, answering);
      answerBegan = true;
      const body = await readBody(response, call.maxBytes ?? MAX_BYTES, (piece) =>
        time.within(limits.idleMs, piece),
      );
      return { kind: 'answered', status: response.status, headers: response.headers, body };
    } catch (error) {
      return failed(call, error, answerBegan);
    } finally {
      time.stop();
    }
  }

  async function open(call: RegistryCall & { signal: AbortSignal }): Promise<RegistryOutcome | OpenAnswer> {
    const time = startTimeLimits(limits.headersMs, call.signal);
    try {
      const response = await time.within(
        limits.headersMs,
        fetch(requestOf(url, call, time.signal), call.source),
      );
      const { status, headers, body } = response;
      if (status === 200 && body !== null) return { kind: 'open', headers, body };
      const refusal = await time.within(
        limits.idleMs,
        readBody(response, MAX_BYTES, (piece) => piece),
      );
      return { kind: 'answered', status, headers, body: refusal };
    } catch (error) {
      return failed(call, error, false);
    }
  }

  function failed(call: RegistryCall, error: unknown, answerBegan: boolean): RegistryOutcome {
    const kind = failureKind(error, answerBegan);
    // Only its name: an error's own words could come from anywhere.
    const reason = error instanceof Error ? error.name : typeof error;
    log.warn({ method: call.method, path: call.path, kind, reason }, 'registry call failed');
    return { kind };
  }

  async function read(call: RegistryCall): Promise<RegistryOutcome> {
    const end = performance.now() + limits.totalMs;
    for (let attempt = 0; ; attempt++) {
      const outcome = await send({ ...call, totalMs: end - performance.now() });
      const pause = pauseBeforeRetry(outcome, limits.readRetryMs[attempt]);
      const isOver = pause === undefined || performance.now() + pause >= end || call.signal?.aborted === true;
      if (isOver) return outcome;
      await sleep(pause, undefined, { signal: call.signal }).catch(() => {});
    }
  }

  function pauseBeforeRetry(outcome: RegistryOutcome, base: number | undefined): number | undefined {
    if (base === undefined) return undefined;
    const jittered = base * (0.5 + random());
    if (outcome.kind !== 'answered') {
      return outcome.kind === 'unreachable' || outcome.kind === 'broken-off' ? jittered : undefined;
    }
    if (!PASSING_TROUBLE.has(outcome.status)) return undefined;
    const asked = retryAfterSeconds(outcome.headers.get('Retry-After'), now());
    if (asked === null) return jittered;
    return asked <= MAX_HONOURED_RETRY_AFTER_SECONDS ? asked * 1000 + jittered : undefined;
  }

  return { send, read, open };
}

function requestOf(url: string, call: RegistryCall, signal: AbortSignal): Request {
  const { method, path, query, apiKey, accept, body } = call;
  const search = query === undefined || query.size === 0 ? '' : `?${query}`;
  const headers = new Headers({ ...call.headers, Accept: accept ?? 'application/json' });
  if (apiKey !== null) headers.set('Authorization', `Bearer ${apiKey}`);
  const init = { method, headers, signal, redirect: 'manual' as const };
  const target = `${url}${path}${search}`;
  if (body === undefined) return new Request(target, init);
  headers.set('Content-Type', body.contentType);
  if ('text' in body) {
    headers.set('Content-Length', String(Buffer.byteLength(body.text)));
    return new Request(target, { ...init, body: body.text });
  }
  if (body.contentLength !== null) headers.set('Content-Length', String(body.contentLength));
  // The browser's type of `RequestInit` lacks what Node demands for a stream.
  return new Request(target, { ...init, body: body.stream, duplex: 'half' } as RequestInit);
}

async function readBody(
  response: Response,
  maxBytes: number,
  within: <T>(read: Promise<T>) => Promise<T>,
): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array();
  const reader = response.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await within(reader.read());
    if (done) return Buffer.concat(pieces);
    size += value.length;
    if (size > maxBytes) throw new RegistryGarbled('The answer is too large');
    pieces.push(value);
  }
}

function failureKind(
  error: unknown,
  answerBegan: boolean,
): 'unreachable' | 'broken-off' | 'timeout' | 'garbled' {
  if (error instanceof TimeLimitPassed) return 'timeout';
  if (error instanceof RegistryUnreachable) return 'unreachable';
  return answerBegan || error instanceof RegistryGarbled ? 'garbled' : 'broken-off';
}
