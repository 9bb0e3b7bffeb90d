import type { ServerGetResponse } from '@smithery/api/resources/servers/servers';
import type { Selectable } from 'kysely';
import type { ServerRow, UpstreamTransport } from '#database/registry-tables.ts';
import { links } from '#registry/http/links.ts';

type DetailedServer = Selectable<ServerRow> & {
  icon_rid: number | null;
  signer: string | null;
  transport: UpstreamTransport | null;
};

interface Addresses {
  publicUrl: string;
  /** Where the bundle is downloaded, if it has one. */
  bundleUrl: string;
}

/**
 * A server as `GET /servers/{qualifiedName}` answers it. `remote` is false for one never released. The connection of a
 * signed bundle has a field of ours, `signer`, and that of a server of the older SSE transport `transport`.
 */
export function toServerDetails(server: DetailedServer, addresses: Addresses): ServerGetResponse {
  const { publicUrl } = addresses;
  const connections = connectionsOf(server, addresses);
  return {
    qualifiedName: server.qualified_name,
    displayName: server.display_name,
    description: server.description,
    iconUrl: server.icon_rid === null ? server.icon_url : links.icon(publicUrl, server.qualified_name),
    remote: server.remote === 1,
    deploymentUrl: connections.find((connection) => connection.type === 'http')?.deploymentUrl ?? null,
    connections,
    security: server.scan_passed === null ? null : { scanPassed: server.scan_passed === 1 },
    tools: (readList(server.tools, TOOL_FIELDS) as ServerGetResponse['tools'])?.map(withObjectOutput) ?? null,
    resources: readList(server.resources, RESOURCE_FIELDS) as ServerGetResponse['resources'],
    prompts: readList(server.prompts, PROMPT_FIELDS) as ServerGetResponse['prompts'],
  };
}

function connectionsOf(
  server: DetailedServer,
  { publicUrl, bundleUrl }: Addresses,
): ServerGetResponse['connections'] {
  const { live_type, qualified_name } = server;
  if (live_type === null) return [];
  const configSchema = (readJson(server.config_schema) ?? {}) as Record<string, unknown>;
  if (live_type === 'stdio') {
    const connection = { type: 'stdio', bundleUrl, runtime: server.runtime ?? 'node', configSchema } as const;
    const ours = server.signer === null ? {} : { signer: readJson(server.signer) };
    return [{ ...connection, ...ours }];
  }
  const ours = server.transport === 'sse' ? { transport: server.transport } : {};
  return [{ type: 'http', deploymentUrl: links.mcp(publicUrl, qualified_name), configSchema, ...ours }];
}

// What the API has a place for: more is kept, as titles and annotations are.
const TOOL_FIELDS = ['name', 'description', 'inputSchema', 'outputSchema'];
const RESOURCE_FIELDS = ['name', 'uri', 'description', 'mimeType'];
const PROMPT_FIELDS = ['name', 'description', 'arguments'];

function readList(text: string | null, fields: readonly string[]) {
  const items = readJson(text) as Record<string, unknown>[] | null;
  const shown = items?.map((item) =>
    Object.fromEntries(Object.entries(item).filter(([field]) => fields.includes(field))),
  );
  return (shown ?? null) as unknown;
}

// The API promises the schema of an object, and clients rely on it; MCP itself allows any schema.
function withObjectOutput({ outputSchema, ...tool }: ServerGetResponse.Tool): ServerGetResponse.Tool {
  if (outputSchema?.type !== 'object') return tool;
  const { properties = {}, required = [] } = outputSchema as { properties?: unknown; required?: unknown };
  const isPlain = typeof properties === 'object' && properties !== null && Array.isArray(required);
  return isPlain ? { ...tool, outputSchema } : tool;
}

// Written by the registry itself.
function readJson(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
