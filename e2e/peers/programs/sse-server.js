import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { createServer } from 'node:http';
import { z } from 'zod';

// A server of the older SSE transport alone, made with version 1 of the official SDK. Argument: the port.
const [, , port] = process.argv;
const transports = new Map();

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://server.test');
  const known = transports.get(searchParams.get('sessionId'));
  if (request.method === 'GET' && pathname === '/sse') {
    const transport = new SSEServerTransport('/messages', response);
    transports.set(transport.sessionId, transport);
    const server = new McpServer({ name: 'older', version: '1.0.0' });
    server.registerTool(
      'add',
      { description: 'Adds two numbers', inputSchema: { a: z.number(), b: z.number() } },
      async ({ a, b }) => ({ content: [{ type: 'text', text: String(a + b) }] }),
    );
    await server.connect(transport);
  } else if (request.method === 'POST' && known !== undefined) {
    await known.handlePostMessage(request, response);
  } else {
    response.writeHead(404).end();
  }
}).listen(Number(port), '127.0.0.1');
