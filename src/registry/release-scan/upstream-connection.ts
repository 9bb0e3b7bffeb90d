import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ErrorCode,
  ListRootsRequestSchema,
  McpError,
} from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { lenientHandshake } from './lenient-handshake.ts';
import { orAborted } from './or-aborted.ts';
import type { ProxiedUpstream } from './proxied-fetch.ts';

const FAREWELL_MS = 1000;

export const CLIENT = { name: 'touchmark', version: '1' };

/** All that a client can be able to do: some servers offer tools only to those that can. */
export const CLIENT_CAPABILITIES = { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} };

/** A server that has answered, whatever it speaks. */
export interface UpstreamConnection {
  /** `modern` is MCP 2026-07-28, the others need a session. */
  kind: 'streamable' | 'sse' | 'modern';
  /** As it names itself, whatever that is. */
  serverInfo: unknown;
  capabilities: Record<string, unknown>;
  /** Sends a request and resolves to its result, unread. Rejects with McpError where the server says no. */
  ask: (method: string, params?: Record<string, unknown>) => Promise<unknown>;
  close: () => Promise<void>;
}

/** Begins a session with a server that answers posts. */
export async function openSession(
  upstream: ProxiedUpstream,
  signal: AbortSignal,
): Promise<UpstreamConnection> {
  const transport = new StreamableHTTPClientTransport(upstream.mcpUrl, { fetch: upstream.fetch });
  return open('streamable', transport, signal, async () => transport.terminateSession());
}

/** Begins a session with a server of the older transport, which answers on an event stream. */
export async function openEventStream(
  upstream: ProxiedUpstream,
  signal: AbortSignal,
): Promise<UpstreamConnection> {
  const transport = new SSEClientTransport(upstream.mcpUrl, { fetch: upstream.fetch });
  try {
    return await open('sse', transport, signal, async () => {});
  } catch (error) {
    // Its event source knows less.
    throw upstream.lastFailure() ?? error;
  }
}

async function open(
  kind: UpstreamConnection['kind'],
  transport: Transport,
  signal: AbortSignal,
  endSession: () => Promise<void>,
): Promise<UpstreamConnection> {
  const client = new Client(CLIENT, { capabilities: CLIENT_CAPABILITIES });
  answerPolitely(client);
  const handshake = lenientHandshake(transport);
  try {
    await orAborted(client.connect(transport, { signal }), signal);
  } catch (error) {
    await transport.close();
    throw error;
  }
  return {
    kind,
    serverInfo: handshake.serverInfo(),
    capabilities: client.getServerCapabilities() ?? {},
    // A signal of its own: the client never takes its listener off.
    ask: async (method, params = {}) =>
      client.request({ method, params }, z.unknown(), {
        signal: AbortSignal.any([signal]),
      }),
    close: async () => {
      // So that the upstream need not keep a session for nobody; it may not care.
      await orAborted(endSession(), AbortSignal.timeout(FAREWELL_MS)).catch(() => {});
      await client.close();
    },
  };
}

// A scan has nobody to ask, no model and no folders.
function answerPolitely(client: Client): void {
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [] }));
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'decline' }));
  client.setRequestHandler(CreateMessageRequestSchema, () => {
    throw new McpError(
      ErrorCode.InvalidRequest,
      'Nobody is here to answer: this is a check before a release',
    );
  });
}
