import type { Invocation } from '#registry/logs/invocation-store.ts';
import { requestsIn, type RpcBody, type RpcMessage } from './rpc-body.ts';

// All requests of clients in MCP 2024-11-05 to 2026-07-28 and its tasks extension. Written down as they are; any other
// may hold whatever a caller put there.
const METHODS = new Set([
  'completion/complete',
  'initialize',
  'logging/setLevel',
  'ping',
  'prompts/get',
  'prompts/list',
  'resources/list',
  'resources/read',
  'resources/subscribe',
  'resources/templates/list',
  'resources/unsubscribe',
  'server/discover',
  'subscriptions/listen',
  'tasks/cancel',
  'tasks/get',
  'tasks/list',
  'tasks/result',
  'tasks/update',
  'tools/call',
  'tools/list',
]);

// Steps rather than figures: calls that say the same share their place in the index. The figure is in `wall_ms`.
const SLOW_SECONDS = [300, 60, 10, 2];

/** What a call was, in words that hold nothing of what it was given. */
export function describeCall(method: string, body: RpcBody | null, toolNames: ReadonlySet<string>): string[] {
  if (body === null) return [method === 'GET' ? 'Event stream opened' : 'Session ended by its caller'];
  return [...new Set(requestsIn(body).map((request) => describeRequest(request, toolNames)))];
}

function describeRequest({ method = '', name }: RpcMessage, toolNames: ReadonlySet<string>): string {
  if (!METHODS.has(method)) return 'Unknown method';
  if (method !== 'tools/call') return method;
  return `${method} ${name !== undefined && toolNames.has(name) ? name : '(unknown tool)'}`;
}

/** How a call ended. */
export interface CallEnd {
  status: number;
  outcome: Invocation['outcome'];
  /** In one sentence. */
  message: string;
  /** Where it failed, the kind of failure. */
  exception?: string;
}

interface Circumstances {
  lines: readonly string[];
  /** ISO 8601. */
  began: string;
  ended: string;
  /** How long the server worked on it, in milliseconds. */
  workedMs: number;
}

const LEVELS = { ok: 'info', canceled: 'warn', exception: 'error' } as const;

/** The messages and exceptions of a call that ended. */
export function logsOf(
  { outcome, message, exception }: CallEnd,
  { lines, began, ended, workedMs }: Circumstances,
): Pick<Invocation, 'logs' | 'exceptions'> {
  const logs = lines.map((line) => ({ timestamp: began, level: 'info', message: line }));
  const slow = SLOW_SECONDS.find((seconds) => workedMs > seconds * 1000);
  if (slow !== undefined) {
    logs.push({ timestamp: ended, level: 'warn', message: `Slow: it took more than ${slow} s` });
  }
  logs.push({ timestamp: ended, level: LEVELS[outcome], message });
  const exceptions = exception === undefined ? [] : [{ timestamp: ended, name: exception, message }];
  return { logs, exceptions };
}
