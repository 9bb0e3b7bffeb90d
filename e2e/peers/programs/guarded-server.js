// A fastmcp server that lets in whoever sends the right Authorization: guarded-server.js PORT AUTHORIZATION
import { FastMCP } from 'fastmcp';

const [port, authorization] = process.argv.slice(2);
const server = new FastMCP({
  name: 'guarded',
  version: '1.0.0',
  authenticate: async ({ headers }) => {
    if (headers.authorization !== authorization) throw new Response(null, { status: 401 });
    return { team: headers['x-team'] ?? 'no team' };
  },
});
server.addTool({
  name: 'team',
  description: 'Says who is let in',
  execute: async (_, { session }) => session?.team ?? 'nobody',
});
await server.start({ transportType: 'httpStream', httpStream: { port: Number(port), host: '127.0.0.1' } });
