import { Client, SSEClientTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

// The client of version 2 of the official SDK, as its documentation has it connect to servers that may be old. Arguments:
// an address, its headers as JSON, a tool and its arguments as JSON. Writes the tools and what the tool answered as JSON.
const [, , address, headers, name, args] = process.argv;

const url = new URL(address);
const options = { requestInit: { headers: JSON.parse(headers) } };
let client = new Client({ name: 'sse-client', version: '1' });
try {
  await client.connect(new StreamableHTTPClientTransport(url, options));
} catch {
  client = new Client({ name: 'sse-client', version: '1' });
  await client.connect(new SSEClientTransport(url, options));
}
const { tools } = await client.listTools();
const { content } = await client.callTool({ name, arguments: JSON.parse(args) });
console.log(JSON.stringify({ tools: tools.map((tool) => tool.name), content }));
await client.close();
