import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { limitSlowSenders } from './slow-senders.ts';
import { inTurns } from './turns.ts';
import { passOverUnreadBodies } from './unread-bodies.ts';

/** An HTTP server that takes its port before what it serves is ready. */
export interface HttpServer {
  /** Takes a port, 0 for a free one, and resolves with it. Answers 503 until `serve`. Throws ListenError. */
  listen(place: { port: number; host: string }): Promise<number>;
  /** From now on requests are answered by this. */
  serve(app: HttpApp): void;
  /** From now on every connection ends with its next answer: whoever asks again is to ask elsewhere. */
  endConnections(): void;
  /** Takes no more connections, and resolves when every request under way has been answered. */
  close(): Promise<void>;
  /** Drops every connection and takes no more. */
  drop(): Promise<void>;
}

interface HttpApp {
  fetch: (request: Request, env: HttpBindings) => Response | Promise<Response>;
  /** The answer to a request from which no `Request` can be made. */
  malformed: () => Response;
  /** The answer to a request for this target, where too many wait already. */
  busy: (target: string) => Response;
  /** Whether a request, by its path, waits for no other. */
  isUrgent: (path: string) => boolean;
}

/** Why it cannot listen, in one line for the person who started it. */
class ListenError extends Error {
  override name = 'ListenError';
}

/** A server with limits against slow senders. It does not listen yet. */
export function createHttpServer(): HttpServer {
  let listener: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  let isEnding = false;
  const server = createServer(
    {
      // Slow senders: 10 s for the headers, looked at every second; bodies are limited below.
      headersTimeout: 10_000,
      requestTimeout: 0,
      connectionsCheckingInterval: 1000,
      // So that a reader of events who vanished without a word is noticed.
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      // Longer than browsers keep idle sockets, so that they and not we close them: a browser re-sends a request,
      // a delete included, when a reused socket closes under it.
      keepAliveTimeout: 330_000,
    },
    (request, response) => {
      if (isEnding) response.setHeader('Connection', 'close');
      if (listener !== undefined) listener(request, response);
      else response.writeHead(503, { 'Content-Type': 'text/plain', 'Retry-After': '1' }).end('Starting\n');
    },
  );
  limitSlowSenders(server);
  passOverUnreadBodies(server);
  return {
    listen: async (place) => listen(server, place),
    serve: ({ fetch, malformed, busy, isUrgent }) => {
      const options = { overrideGlobalObjects: false, errorHandler: () => malformed() };
      const answer = getRequestListener((request, env) => fetch(request, env as HttpBindings), options);
      const refuse = getRequestListener(
        (_request, env) => busy((env as HttpBindings).incoming.url ?? ''),
        options,
      );
      listener = inTurns({
        begin: (request, response) => void answer(request, response),
        refuse: (request, response) => void refuse(request, response),
        isUrgent: ({ url = '' }) => isUrgent(url),
      });
    },
    endConnections: () => {
      isEnding = true;
    },
    close: async () => close(server),
    drop: async () => {
      server.closeAllConnections();
      await close(server);
    },
  };
}

async function listen(server: Server, { port, host }: { port: number; host: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new ListenError(explain(error, port, host)));
    });
    server.listen(port, host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new ListenError('No port could be taken.'));
      else resolve(address.port);
    });
  });
}

function explain(error: NodeJS.ErrnoException, port: number, host: string): string {
  if (error.code === 'EADDRINUSE')
    return `Port ${port} on ${host} is taken. Stop what uses it, or pass another --port.`;
  if (error.code === 'EACCES') return `Port ${port} may not be used by this user. Pass a --port above 1023.`;
  return `${host}:${port} cannot be listened on (${error.message}). Check --host or TOUCHMARK_HOST, and the port.`;
}

async function close(server: Server): Promise<void> {
  // A connection kept alive becomes idle only after its answer, and then would hold the server open.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeIdleConnections();
  });
  clearInterval(sweep);
}
