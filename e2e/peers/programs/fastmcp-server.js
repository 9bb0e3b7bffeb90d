import { FastMCP } from 'fastmcp';
import { z } from 'zod';

// A server made with FastMCP, as its README makes one. Arguments: the port, and the key it asks for, where it asks for one.
const [, , port, key] = process.argv;

const server = new FastMCP({
  name: 'weather',
  version: '2.0.0',
  ...(key === undefined
    ? {}
    : {
        authenticate: async (request) => {
          if (request.headers.authorization !== `Bearer ${key}`) {
            throw new Response(null, { status: 401, statusText: 'Unauthorized' });
          }
          return { name: 'caller' };
        },
      }),
});
server.addTool({
  name: 'add',
  description: 'Adds two numbers',
  parameters: z.object({ a: z.number(), b: z.number() }),
  execute: async ({ a, b }) => String(a + b),
});
await server.start({ transportType: 'httpStream', httpStream: { port: Number(port), host: '127.0.0.1' } });
