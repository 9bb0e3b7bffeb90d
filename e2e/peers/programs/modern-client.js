import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

// The client of version 2 of the official SDK. Arguments: an address, its headers as JSON, a tool and its arguments as
// JSON. Writes, as JSON, the protocol that was agreed on, the names of the tools, and what the tool answered.
const [, , url, headers, name, args] = process.argv;

const client = new Client({ name: 'modern-client', version: '1' }, { versionNegotiation: { mode: 'auto' } });
const transport = new StreamableHTTPClientTransport(new URL(url), {
  requestInit: { headers: JSON.parse(headers) },
});
await client.connect(transport);
const { tools } = await client.listTools();
const result = await client.callTool({ name, arguments: JSON.parse(args) });
console.log(
  JSON.stringify({
    protocol: client.getNegotiatedProtocolVersion(),
    tools: tools.map((tool) => tool.name),
    content: result.content,
  }),
);
await client.close();
