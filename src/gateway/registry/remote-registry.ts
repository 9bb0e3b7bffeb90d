import { Readable } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { Agent, Client, errors, type Dispatcher } from 'undici';
import { webStream } from '#platform/web-stream.ts';
import { RegistryGarbled, RegistryUnreachable, type RegistryFetch } from './registry-calls.ts';

const CONNECT_MS = 3000;

// Codes of Node and undici that mean: no connection came about.
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** A registry over HTTP. Close it to free its sockets. */
export type RemoteRegistry = RegistryFetch & { close(): Promise<void> };

/**
 * Reaches the registry at this URL. Sends each request once: no retry, no redirect followed. A connection gets 3 s;
 * all further limits come with the request's signal. A change has a connection of its own, since on a reused one
 * nobody can tell "never read" from "done, answer lost".
 */
export function remoteRegistry(baseUrl: string): RemoteRegistry {
  const { origin } = new URL(baseUrl);
  // The caller's limits hold for every registry, so undici's own are off.
  const options = { connect: { timeout: CONNECT_MS }, headersTimeout: 0, bodyTimeout: 0 };
  const agent = new Agent(options);

  async function fetch(request: Request): Promise<Response> {
    if (request.method === 'GET') return answerOf(await dispatch(agent, origin, request));
    const client = new Client(origin, { ...options, pipelining: 0 });
    try {
      const answer = await dispatch(client, origin, request);
      answer.body.once('close', () => void client.destroy());
      return answerOf(answer);
    } catch (error) {
      void client.destroy();
      throw error;
    }
  }

  return Object.assign(fetch, { close: () => agent.destroy() });
}

async function dispatch(
  dispatcher: Dispatcher,
  origin: string,
  request: Request,
): Promise<Dispatcher.ResponseData> {
  const { pathname, search } = new URL(request.url);
  try {
    return await dispatcher.request({
      origin,
      path: pathname + search,
      method: request.method,
      headers: { ...Object.fromEntries(request.headers), 'accept-encoding': 'identity' },
      body: request.body === null ? null : Readable.fromWeb(request.body as WebStream),
      signal: request.signal,
    });
  } catch (error) {
    throw translated(error);
  }
}

function answerOf({ statusCode, headers, body }: Dispatcher.ResponseData): Response {
  const answerHeaders = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    for (const each of [value ?? []].flat()) answerHeaders.append(name, each);
  }
  if (statusCode < 200 || statusCode > 599) {
    body.destroy();
    throw new RegistryGarbled(`Status ${statusCode}`);
  }
  const mayHaveBody = ![204, 205, 304].includes(statusCode);
  if (!mayHaveBody) body.resume();
  return new Response(mayHaveBody ? webStream(body) : null, {
    status: statusCode,
    headers: answerHeaders,
  });
}

function translated(error: unknown): unknown {
  if (error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError) {
    return new RegistryGarbled('Not HTTP', { cause: error });
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && NEVER_CONNECTED.has(code)) {
    return new RegistryUnreachable('No connection', { cause: error });
  }
  return error;
}
