import type { ServerGetResponse } from '@smithery/api/resources/servers/servers';
import type { Selectable } from 'kysely';
import type { ServerRow } from '#database/registry-tables.ts';
import { links } from '#registry/http/links.ts';

/** A server as `GET /servers/{qualifiedName}` answers it. `remote` is false for one never released. */
export function toServerDetails(
  server: Selectable<ServerRow> & { icon_rid: number | null },
  publicUrl: string,
): ServerGetResponse {
  const connections = connectionsOf(server, publicUrl);
  return {
    qualifiedName: server.qualified_name,
    displayName: server.display_name,
    description: server.description,
    iconUrl: server.icon_rid === null ? server.icon_url : links.icon(publicUrl, server.qualified_name),
    remote: server.remote === 1,
    deploymentUrl: connections.find((connection) => connection.type === 'http')?.deploymentUrl ?? null,
    connections,
    security: server.scan_passed === null ? null : { scanPassed: server.scan_passed === 1 },
    tools: readJson(server.tools) as ServerGetResponse['tools'],
    resources: readJson(server.resources) as ServerGetResponse['resources'],
    prompts: readJson(server.prompts) as ServerGetResponse['prompts'],
  };
}

function connectionsOf(server: Selectable<ServerRow>, publicUrl: string): ServerGetResponse['connections'] {
  const { live_type, qualified_name } = server;
  if (live_type === null) return [];
  const configSchema = (readJson(server.config_schema) ?? {}) as Record<string, unknown>;
  if (live_type === 'stdio') {
    const bundleUrl = links.bundle(publicUrl, qualified_name);
    return [{ type: 'stdio', bundleUrl, runtime: server.runtime ?? 'node', configSchema }];
  }
  return [{ type: 'http', deploymentUrl: links.mcp(publicUrl, qualified_name), configSchema }];
}

// Written by the registry itself, in the API's shape.
function readJson(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
