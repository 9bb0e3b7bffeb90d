import { wrongField } from '#registry/http/registry-error.ts';
import { parseJson } from '#registry/http/shapes.ts';

/** A message that a client posted, as far as the registry looks at it. */
export interface RpcMessage {
  /** Undefined for an answer to the server. */
  method: string | undefined;
  /** Undefined for what wants no answer. */
  id: string | number | undefined;
  /** The name in its parameters: of a tool, where the method is `tools/call`. */
  name: string | undefined;
}

/** What a client posted. */
export interface RpcBody {
  text: string;
  /** The text, parsed. */
  value: unknown;
  messages: RpcMessage[];
}

const MAX_MESSAGES = 100;

/** Reads a posted body: one JSON-RPC message, or several. Throws a 400 for anything else. */
export function parseRpcBody(text: string): RpcBody {
  const value = parseJson(text);
  const all: unknown[] = Array.isArray(value) ? value : [value];
  if (all.length === 0 || all.length > MAX_MESSAGES) {
    throw wrongField('', `must hold 1 to ${MAX_MESSAGES} JSON-RPC messages`);
  }
  return { text, value, messages: all.map(toMessage) };
}

/** The messages that want an answer. */
export function requestsIn({ messages }: RpcBody): RpcMessage[] {
  return messages.filter(({ method, id }) => method !== undefined && id !== undefined);
}

/** True where it asks for events that have no end of their own. */
export function asksForEvents(body: RpcBody): boolean {
  return requestsIn(body).some(({ method }) => method === 'subscriptions/listen');
}

/** A JSON-RPC error as a body, for the one request where there was one. */
export function rpcError(body: RpcBody | null, message: string): Record<string, unknown> {
  const [request, ...others] = body === null ? [] : requestsIn(body);
  const id = others.length === 0 ? (request?.id ?? null) : null;
  return { jsonrpc: '2.0', id, error: { code: SERVER_ERROR, message } };
}

// The first of the codes that JSON-RPC leaves to servers.
const SERVER_ERROR = -32_000;

function toMessage(value: unknown): RpcMessage {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongField('', 'must be a JSON-RPC message');
  }
  const { method, id, params } = value as { method?: unknown; id?: unknown; params?: { name?: unknown } };
  return {
    method: typeof method === 'string' ? method : undefined,
    id: typeof id === 'string' || typeof id === 'number' ? id : undefined,
    name: typeof params?.name === 'string' ? params.name : undefined,
  };
}
