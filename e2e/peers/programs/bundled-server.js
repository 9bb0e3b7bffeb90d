// An MCP server over stdio without dependencies, so that it can be packed as it is.
import { createInterface } from 'node:readline';

const TOOLS = [{ name: 'get_forecast', description: 'By the day', inputSchema: { type: 'object' } }];

const answers = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'weather', version: '1.2.3' },
  }),
  'tools/list': () => ({ tools: TOOLS }),
  'tools/call': () => ({ content: [{ type: 'text', text: 'sunny' }] }),
  ping: () => ({}),
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const answer = answers[method];
  const outcome =
    answer === undefined
      ? { error: { code: -32601, message: 'Method not found' } }
      : { result: answer(params ?? {}) };
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...outcome })}\n`);
});
