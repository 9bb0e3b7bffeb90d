import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';

/** One request that reached a server of the test. */
interface SeenRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
}

/** A server on a socket of its own. */
export interface SocketServer {
  origin: string;
  requests: SeenRequest[];
  /** How many connections were made to it, whatever came over them. */
  connections: () => number;
  close(): Promise<void>;
}

/** A real MCP server, as an owner would run it. */
export interface RunningMcpServer extends SocketServer {
  /** Where it speaks MCP. */
  url: string;
  /** The only `Authorization` header it lets in; null: everyone. May be changed. */
  authorization: string | null;
  /** With which status its address leads to the same with a slash, where it is; null: it is right there. May be changed. */
  redirects: number | null;
  /** True: nobody gets an answer. May be changed; whoever waits goes on waiting. */
  isHanging: boolean;
  /** Answers whoever waits, and from now on everybody. */
  letGo(): void;
}

interface McpServerOptions {
  /** `sse` speaks the older transport alone. */
  transport?: 'streamable' | 'sse';
  authorization?: string | null;
  isHanging?: boolean;
  redirects?: number | null;
}

/**
 * Starts an MCP server made with the official SDK. Tools: `echo` answers its text, `count` sends three progress
 * notifications before its answer, `fail` throws. One resource, one prompt. Sessions are kept.
 */
export async function startMcpServer({
  transport = 'streamable',
  authorization = null,
  isHanging = false,
  redirects = null,
}: McpServerOptions = {}): Promise<RunningMcpServer> {
  const handle = transport === 'sse' ? sseHandler() : streamableHandler();
  const waiting: (() => void)[] = [];
  const socket = await startHttpServer((request, response) => {
    if (server.isHanging) waiting.push(() => answer(request, response));
    else answer(request, response);
  });
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const [path = '', query] = (request.url ?? '').split('?');
    if (server.redirects !== null && path === new URL(server.url).pathname) {
      response.writeHead(server.redirects, { Location: `${path}/` }).end();
      return;
    }
    request.url = path.replace(/\/$/, '') + (query === undefined ? '' : `?${query}`);
    if (server.authorization !== null && request.headers.authorization !== server.authorization) {
      response.writeHead(401, { 'WWW-Authenticate': 'Bearer' }).end('{"error":"who are you?"}');
      return;
    }
    // Whoever waited may have left.
    if (!response.destroyed) void handle(request, response);
  };
  const path = transport === 'sse' ? '/sse' : '/mcp';
  const server: RunningMcpServer = {
    ...socket,
    url: socket.origin + path,
    authorization,
    redirects,
    isHanging,
    letGo() {
      server.isHanging = false;
      for (const go of waiting.splice(0)) go();
    },
  };
  return server;
}

/** Starts a server that answers as the test says: to hang, to lie, to count who comes. */
export async function startHttpServer(listener: RequestListener): Promise<SocketServer> {
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers });
    listener(request, response);
  });
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections: () => connections,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

function streamableHandler(): Handler {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  return async (request, response) => {
    if (request.url?.split('?')[0] !== '/mcp') {
      response.writeHead(404).end();
      return;
    }
    const known = sessions.get(String(request.headers['mcp-session-id']));
    if (known !== undefined) return known.handleRequest(request, response);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        sessions.set(id, transport);
      },
    });
    await createMcpServer().connect(transport);
    return transport.handleRequest(request, response);
  };
}

function sseHandler(): Handler {
  const sessions = new Map<string, SSEServerTransport>();
  return async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://server.test');
    const known = sessions.get(searchParams.get('sessionId') ?? '');
    if (request.method === 'GET' && pathname === '/sse') {
      const transport = new SSEServerTransport('/messages', response);
      sessions.set(transport.sessionId, transport);
      await createMcpServer().connect(transport);
    } else if (request.method === 'POST' && pathname === '/messages' && known !== undefined) {
      await known.handlePostMessage(request, response);
    } else {
      response.writeHead(pathname === '/sse' ? 405 : 404).end();
    }
  };
}

function createMcpServer(): McpServer {
  const server = new McpServer({ name: 'weather', version: '1.2.3' });
  server.registerTool(
    'echo',
    { description: 'Says it again', inputSchema: { text: z.string() } },
    ({ text }) => ({ content: [{ type: 'text', text }] }),
  );
  server.registerTool('count', { description: 'Counts to three' }, async ({ _meta, sendNotification }) => {
    for (const progress of [1, 2, 3]) {
      if (_meta?.progressToken === undefined) break;
      await sendNotification({
        method: 'notifications/progress',
        params: { progressToken: _meta.progressToken, progress, total: 3 },
      });
    }
    return { content: [{ type: 'text', text: '3' }] };
  });
  server.registerTool('fail', { description: 'Never works' }, () => {
    throw new Error('no luck');
  });
  server.registerResource('Stations', 'weather://stations', { mimeType: 'text/plain' }, ({ href }) => ({
    contents: [{ uri: href, text: 'LIS' }],
  }));
  server.registerPrompt('pack', { description: 'What to pack' }, () => ({
    messages: [{ role: 'user', content: { type: 'text', text: 'Pack.' } }],
  }));
  return server;
}
