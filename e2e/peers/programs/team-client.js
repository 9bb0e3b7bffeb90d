// The official client 2.x: calls the tool `team` and prints its answer. team-client.js URL HEADERS-AS-JSON
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const [url, headers] = process.argv.slice(2);
const client = new Client({ name: 'team-client', version: '1.0.0' });
await client.connect(
  new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: JSON.parse(headers) } }),
);
const { content } = await client.callTool({ name: 'team', arguments: {} });
await client.close();
console.log(content[0].text);
