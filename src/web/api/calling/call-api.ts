import { REGISTRY_PREFIX, REQUEST_ID_HEADER, UNREADABLE_HEADER } from '#contract/api-paths.ts';
import type { GatewayProblem, ProblemCode } from '#contract/errors.ts';
import type { Operation } from '#contract/operations.ts';
import { parseUnreadable, type Unreadable } from '#contract/registry-answers.ts';
import { ownHeaders } from './own-headers.ts';
import { takePreloadedResponse } from './preloaded-responses.ts';
import { adoptSession, noteSession, noteSessionEnd, readSessionLife, untilSignedIn } from './session-life.ts';

type Query = Record<string, string | number | undefined>;

interface CallOptions {
  method?: 'GET' | 'POST' | 'DELETE';
  query?: Query | undefined;
  headers?: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
  /** Of a call that changes nothing, whatever its method: after the end of the session it is sent again. */
  isRead?: boolean;
  /** Of a call that finds out whose session it is: whatever comes is the answer. */
  asksWhose?: boolean;
}

/**
 * Why a call failed, by status and code; `code` is `offline` or `no-answer` where the gateway never answered, `no-cookie`
 * where the browser did not keep what it answered.
 */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number;
  readonly code: ProblemCode | 'offline' | 'no-answer' | 'no-cookie';
  readonly requestId: string | null;
  readonly operation: Operation | null;
  readonly retryAfterSeconds: number | null;

  constructor(
    message: string,
    details: {
      status: number;
      code: ApiError['code'];
      requestId?: string | null;
      operation?: Operation | null;
      retryAfterSeconds?: number | null;
    },
  ) {
    super(message);
    this.status = details.status;
    this.code = details.code;
    this.requestId = details.requestId ?? null;
    this.operation = details.operation ?? null;
    this.retryAfterSeconds = details.retryAfterSeconds ?? null;
  }
}

/**
 * Calls the gateway and returns the parsed JSON body (undefined for 204). Rejects with ApiError only. A read that meets the
 * end of a session that this page has had waits until somebody has signed in again.
 */
export async function callApi<T>(path: string, options: CallOptions = {}): Promise<T> {
  return (await answerOf(path, options)).body as T;
}

/** An answer of the registry as the gateway has read it. */
export interface RegistryAnswer<T> {
  answer: T;
  unreadable: Unreadable;
}

/** Calls the gateway for what it has read of the registry. Rejects as `callApi` does. */
export async function callForReading<T>(path: string, options: CallOptions): Promise<RegistryAnswer<T>> {
  const { body, headers } = await answerOf(path, options);
  return { answer: body as T, unreadable: parseUnreadable(headers.get(UNREADABLE_HEADER)) };
}

/** Reads a path of the registry, through the gateway. Rejects as `callApi` does. */
export async function readRegistry<T>(
  path: string,
  signal: AbortSignal,
  query?: Query,
): Promise<RegistryAnswer<T>> {
  return callForReading(REGISTRY_PREFIX + path, { signal, query });
}

/** Reads an image of the registry, through the gateway: as a data URL. Rejects as `callApi` does. */
export async function readImage(path: string, signal: AbortSignal): Promise<string> {
  const response = await send(REGISTRY_PREFIX + path, 'GET', { signal });
  if (!response.ok) {
    const error = problemError(response, await readJson(response));
    if (await mayBeSentAgain(error, { signal })) return readImage(path, signal);
    throw error;
  }
  const reader = new FileReader();
  const read = new Promise((resolve) => {
    reader.addEventListener('loadend', resolve);
  });
  reader.readAsDataURL(await response.blob());
  await read;
  return String(reader.result);
}

/** Reads a file of the gateway's, whole. Rejects as `callApi` does. */
export async function readFile(path: string, query: Query): Promise<Blob> {
  const response = await send(withQuery(path, query), 'GET', { timeoutMs: 600_000 });
  if (!response.ok) {
    const error = problemError(response, await readJson(response));
    if (await mayBeSentAgain(error, {})) return readFile(path, query);
    throw error;
  }
  try {
    return await response.blob();
  } catch {
    throw new ApiError('The file broke off before its end. Try again.', { status: 0, code: 'no-answer' });
  }
}

async function answerOf(path: string, options: CallOptions): Promise<{ body: unknown; headers: Headers }> {
  const url = withQuery(path, options.query);
  const method = options.method ?? 'GET';
  const response =
    (method === 'GET' && (await takePreloadedResponse(url))) || (await send(url, method, options));
  const body = await readJson(response);
  if (options.asksWhose === true) adoptSession(response.headers);
  else await noteSession(response.headers);
  if (response.ok && (body !== undefined || response.status === 204)) {
    return { body, headers: response.headers };
  }
  const error = problemError(response, body);
  if (await mayBeSentAgain(error, options)) return answerOf(path, options);
  throw error;
}

/** Waits, after the end of the session, for whoever signs in again. False at once for what must not be sent again. */
async function mayBeSentAgain(error: ApiError, options: CallOptions): Promise<boolean> {
  if (error.status !== 401 || error.code !== 'signed-out' || options.asksWhose === true) return false;
  noteSessionEnd(error.message);
  const isRead = options.isRead ?? (options.method ?? 'GET') === 'GET';
  if (!isRead || readSessionLife().phase !== 'ended') return false;
  await untilSignedIn(options.signal);
  return true;
}

/** The URL of a call, as `callApi` makes it: the key under which a preloaded response is found. */
export function withQuery(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

async function send(url: string, method: string, options: CallOptions): Promise<Response> {
  const limits = [AbortSignal.timeout(options.timeoutMs ?? 40_000), options.signal].filter(
    (signal) => signal !== undefined,
  );
  try {
    return await fetch(url, {
      method,
      headers: {
        ...ownHeaders(),
        ...(options.body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      signal: AbortSignal.any(limits),
      credentials: 'same-origin',
      redirect: 'error',
    });
  } catch (error) {
    // A cancelled query must reject with its own reason, or it would look like a failure.
    if (options.signal?.aborted === true) throw error;
    throw navigator.onLine
      ? new ApiError('Touchmark did not answer. Check that it is running, then try again.', {
          status: 0,
          code: 'no-answer',
        })
      : new ApiError('You are offline. Nothing was sent.', { status: 0, code: 'offline' });
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return response.status === 204 ? undefined : await response.json();
  } catch {
    return undefined;
  }
}

function problemError(response: Response, body: unknown): ApiError {
  const problem = (typeof body === 'object' && body !== null ? body : {}) as Partial<GatewayProblem>;
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return new ApiError(problem.error ?? `Touchmark answered with an unreadable page (${response.status}).`, {
    status: response.status,
    code: problem.code ?? 'no-answer',
    requestId: problem.requestId ?? response.headers.get(REQUEST_ID_HEADER),
    operation: problem.operation ?? null,
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : null,
  });
}

/** The request id of a failure, under which the log has it; null where there is none. */
export function requestIdOf(error: unknown): string | null {
  return error instanceof ApiError ? error.requestId : null;
}
