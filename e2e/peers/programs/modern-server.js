import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

// A server made with version 2 of the official SDK. Arguments: the port, and `reject` where it speaks 2026-07-28 alone.
const [, , port, legacy] = process.argv;

const handler = createMcpHandler(
  () => {
    const server = new McpServer({ name: 'modern', version: '2.4.0' });
    server.registerTool(
      'add',
      { description: 'Adds two numbers', inputSchema: z.object({ a: z.number(), b: z.number() }) },
      async ({ a, b }) => ({ content: [{ type: 'text', text: String(a + b) }] }),
    );
    return server;
  },
  legacy === undefined ? {} : { legacy },
);
createServer(toNodeHandler(handler)).listen(Number(port), '127.0.0.1');
