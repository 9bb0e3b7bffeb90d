import type { LogListResponse } from '@smithery/api/resources/servers/logs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Engine } from '#database/engine.ts';
import type { RegistryOptions } from '#registry/create-registry.ts';
import { startGateway, type RunningGateway } from './running-gateway.ts';
import { eventually } from './test-desk.ts';
import { addLiveServer, createTestRegistry, type TestRegistry } from './test-registry.ts';

/** The embedded registry behind a real gateway on a real socket, for clients that speak MCP. */
export interface McpDesk {
  registry: TestRegistry;
  running: RunningGateway;
  /** Where a server is reached. */
  mcpUrl(qualifiedName: string): string;
  /** Makes a server of the owner whose live release leads to this address. Resolves to its row number. */
  release(qualifiedName: string, upstreamUrl: string): Promise<number>;
  /** Sends a request as a client would, with the owner's key unless others are given. */
  send(qualifiedName: string, init?: SendOptions): Promise<Response>;
  /** The official client, connected. */
  connect(qualifiedName: string, headers?: Record<string, string>): Promise<ConnectedClient>;
  /** The runtime logs, newest first, once there are this many. */
  logs(qualifiedName: string, count: number): Promise<LogListResponse.Invocation[]>;
  stop(): Promise<void>;
}

interface SendOptions {
  method?: string;
  headers?: Record<string, string>;
  /** JSON where it is no text. */
  body?: unknown;
  query?: string;
  signal?: AbortSignal;
}

interface ConnectedClient {
  client: Client;
  transport: StreamableHTTPClientTransport;
}

export const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };

export async function startMcpDesk(
  engine: Engine = 'sqlite',
  options: Partial<RegistryOptions> = {},
): Promise<McpDesk> {
  const registry = await createTestRegistry(engine, { allowPrivateUpstreams: true, ...options });
  // Nothing here goes to the registry by way of the gateway's own calls.
  const running = await startGateway({
    db: registry.db,
    registryUrl: 'http://127.0.0.1:9',
    registryApp: registry.fetch,
  });
  const mcpUrl = (name: string): string => `${running.url}/registry/mcp/${encodeURIComponent(name)}`;
  const authorization = { Authorization: `Bearer ${registry.ownerKey}` };

  return {
    registry,
    running,
    mcpUrl,
    release: (name, upstreamUrl) => addLiveServer(registry, name, upstreamUrl),
    async send(name, { method = 'POST', headers = {}, body = PING, query = '', signal } = {}) {
      return fetch(mcpUrl(name) + query, {
        method,
        redirect: 'manual',
        headers: { ...authorization, 'Content-Type': 'application/json', Accept: BOTH, ...headers },
        ...(method === 'POST' ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
        ...(signal === undefined ? {} : { signal }),
      });
    },
    async connect(name, headers = {}) {
      const client = new Client({ name: 'test', version: '1.0.0' });
      const transport = new StreamableHTTPClientTransport(new URL(mcpUrl(name)), {
        requestInit: { headers: { ...authorization, ...headers } },
      });
      await client.connect(transport);
      return { client, transport };
    },
    logs: async (name, count) =>
      eventually(
        async () => {
          const { body } = await registry.call('GET', `/servers/${encodeURIComponent(name)}/logs?limit=100`);
          return (body as LogListResponse).invocations;
        },
        (invocations) => invocations.length >= count,
      ),
    async stop() {
      await running.stop();
      await registry.drop();
    },
  };
}

const BOTH = 'application/json, text/event-stream';
