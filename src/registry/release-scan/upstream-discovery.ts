import { McpError } from '@modelcontextprotocol/sdk/types.js';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { z } from 'zod';
import type { ProxiedUpstream } from './proxied-fetch.ts';
import { CLIENT, CLIENT_CAPABILITIES, type UpstreamConnection } from './upstream-connection.ts';
import { OtherVersions } from './upstream-failures.ts';

// Written by hand: the client of the SDK's second version takes no list that has one odd entry. Source: the specification
// of MCP 2026-07-28, "Streamable HTTP" and "Discovery".

const VERSION = '2026-07-28';
const META = {
  'io.modelcontextprotocol/protocolVersion': VERSION,
  'io.modelcontextprotocol/clientInfo': CLIENT,
  'io.modelcontextprotocol/clientCapabilities': CLIENT_CAPABILITIES,
};
const SERVER_INFO = 'io.modelcontextprotocol/serverInfo';

const discoveryShape = z.object({
  supportedVersions: z.array(z.string()),
  capabilities: z.looseObject({}).nullish(),
  _meta: z.looseObject({}).nullish(),
});
const responseShape = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string(), z.number()]).nullish(),
  result: z.unknown().optional(),
  error: z.object({ code: z.number(), message: z.string() }).optional(),
});

/** Connects to a server of MCP 2026-07-28, which has no sessions: each request says all that there is to know. */
export async function discover(upstream: ProxiedUpstream, signal: AbortSignal): Promise<UpstreamConnection> {
  let requests = 0;

  async function ask(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    const id = (requests += 1);
    const response = await upstream.fetch(upstream.mcpUrl, {
      method: 'POST',
      headers: {
        Accept: 'application/json, text/event-stream',
        'Content-Type': 'application/json',
        'MCP-Protocol-Version': VERSION,
        'Mcp-Method': method,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta: META } }),
      signal,
    });
    const { result, error } = responseShape.parse(await responseTo(id, response));
    if (error !== undefined) throw new McpError(error.code, error.message);
    return result;
  }

  const found = discoveryShape.parse(await ask('server/discover'), { reportInput: false });
  if (!found.supportedVersions.includes(VERSION)) throw new OtherVersions();
  const { capabilities, _meta: more } = found;
  return {
    kind: 'modern',
    serverInfo: more?.[SERVER_INFO],
    capabilities: capabilities ?? {},
    ask,
    close: async () => {},
  };
}

async function responseTo(id: number, response: Response): Promise<unknown> {
  const type = response.headers.get('Content-Type') ?? '';
  if (!type.startsWith('text/event-stream')) return response.json();
  const events = response.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const { data } of (events ?? []) as AsyncIterable<{ data: string }>) {
    const message = data === '' ? null : (JSON.parse(data) as { id?: unknown; method?: unknown } | null);
    if (message?.id === id && message.method === undefined) return message;
  }
  return undefined;
}
