import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { startHttpServer, type SocketServer } from './mcp-servers.ts';

const MODERN_VERSION = '2026-07-28';

// Names of the protocol's own that begin with `_` are no names of ours.
const META = '_meta';

interface ModernRequest {
  id?: number | string;
  method: string;
  params?: { name?: string; [META]?: Record<string, unknown> };
}

/**
 * Starts a server that speaks MCP 2026-07-28 and nothing older, by hand: one tool, no sessions, posts alone. `about` is
 * said of it instead of the usual.
 */
export async function startModernServer(about: object = {}): Promise<SocketServer & { url: string }> {
  const socket = await startHttpServer((request, response) => void answer(request, response, about));
  return { ...socket, url: `${socket.origin}/mcp` };
}

/** What a client of that protocol posts: the body and the headers that repeat it. */
export function modernRequest(method: string, params: Record<string, unknown> = {}, id: number | string = 1) {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': MODERN_VERSION,
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const { name } = params;
  return {
    body: { jsonrpc: '2.0', id, method, params: { ...params, [META]: meta } },
    headers: {
      'MCP-Protocol-Version': MODERN_VERSION,
      'Mcp-Method': method,
      ...(typeof name === 'string' ? { 'Mcp-Name': name } : {}),
    },
  };
}

const TOOL = { name: 'tide', description: 'High or low', inputSchema: { type: 'object' } };

async function answer(request: IncomingMessage, response: ServerResponse, about: object): Promise<void> {
  if (request.method !== 'POST') {
    response.writeHead(405, { Allow: 'POST' }).end();
    return;
  }
  const { id, method, params } = JSON.parse(await text(request)) as ModernRequest;
  const say = (status: number, message: object): void => {
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id: id ?? null, ...message }));
  };
  const stated = params?.[META]?.['io.modelcontextprotocol/protocolVersion'];
  if (stated !== MODERN_VERSION || request.headers['mcp-protocol-version'] !== MODERN_VERSION) {
    const data = { supported: [MODERN_VERSION], requested: stated ?? null };
    say(400, { error: { code: -32_022, message: 'Unsupported protocol version', data } });
    return;
  }
  const { headers } = request;
  if (headers['mcp-method'] !== method || (method === 'tools/call' && headers['mcp-name'] !== params?.name)) {
    say(400, { error: { code: -32_020, message: 'Header mismatch' } });
    return;
  }
  if (method === 'subscriptions/listen') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    const notification = { jsonrpc: '2.0', method: 'notifications/subscriptions/acknowledged', params: {} };
    response.write(`data: ${JSON.stringify(notification)}\n\n`);
    return;
  }
  const result = RESULTS[method]?.(about);
  if (result === undefined) say(404, { error: { code: -32_601, message: 'Method not found' } });
  else say(200, { result: { resultType: 'complete', ...result } });
}

const CACHE = { ttlMs: 0, cacheScope: 'private' };

const RESULTS: Record<string, (about: object) => object> = {
  'server/discover': (about) => ({
    supportedVersions: [MODERN_VERSION],
    capabilities: { tools: {} },
    [META]: { 'io.modelcontextprotocol/serverInfo': { name: 'tides', version: '7' } },
    ...CACHE,
    ...about,
  }),
  'tools/list': () => ({ tools: [TOOL], ...CACHE }),
  'tools/call': () => ({ content: [{ type: 'text', text: 'high' }] }),
};
