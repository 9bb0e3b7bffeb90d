import { randomUUID } from 'node:crypto';
import type { Invocation } from '#registry/logs/invocation-store.ts';

/** A call that a server answered at this time, ISO 8601, with one line in its log. */
export function makeCall(serverRid: number, timestamp: string, message = 'ping'): Invocation {
  return {
    id: randomUUID(),
    serverRid,
    timestamp,
    method: 'POST',
    url: 'http://desk.test/registry/mcp/acme%2Fkettle',
    status: 200,
    outcome: 'ok',
    cpuMs: 0,
    wallMs: 3,
    logs: [{ timestamp, level: 'info', message }],
    exceptions: [],
  };
}
