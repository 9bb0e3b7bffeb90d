import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Limits } from '#gateway/gateway-limits.ts';
import { retryAfterSeconds } from './response-parsing.ts';
import { startTimeLimits, TimeLimitPassed } from './time-limits.ts';

/** A registry: ours in this process, or one over HTTP. Rejects where no answer came. */
export type RegistryFetch = (request: Request) => Promise<Response>;

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

interface RegistryCall {
  method: 'GET' | 'DELETE';
  /** From `registryPaths`, never from outside. */
  path: string;
  query?: URLSearchParams;
  apiKey: string | null;
  accept?: string;
  maxBytes?: number;
  totalMs?: number | undefined;
  signal?: AbortSignal;
}

/** Calls of the registry under time limits. Never rejects. */
export interface RegistryCalls {
  /** Sends once, and never again. */
  send(call: RegistryCall): Promise<RegistryOutcome>;
  /** Reads, with the retries that only reads may have. */
  read(call: RegistryCall): Promise<RegistryOutcome>;
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
      // A delete may take all its time: given up earlier, it would be looked for while it is still at work.
      const headersMs = call.method === 'DELETE' ? limits.totalMs : limits.headersMs;
      const response = await time.within(headersMs, fetch(requestOf(url, call, time.signal)));
      answerBegan = true;
      const body = await readBody(response, call.maxBytes ?? MAX_BYTES, (piece) =>
        time.within(limits.idleMs, piece),
      );
      return { kind: 'answered', status: response.status, headers: response.headers, body };
    } catch (error) {
      const kind = failureKind(error, answerBegan);
      // Only its name: an error's own words could come from anywhere.
      const reason = error instanceof Error ? error.name : typeof error;
      log.warn({ method: call.method, path: call.path, kind, reason }, 'registry call failed');
      return { kind };
    } finally {
      time.stop();
    }
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

  return { send, read };
}

function requestOf(url: string, { method, path, query, apiKey, accept }: RegistryCall, signal: AbortSignal) {
  const search = query === undefined || query.size === 0 ? '' : `?${query}`;
  const headers = new Headers({ Accept: accept ?? 'application/json' });
  if (apiKey !== null) headers.set('Authorization', `Bearer ${apiKey}`);
  return new Request(`${url}${path}${search}`, { method, headers, signal, redirect: 'manual' });
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
