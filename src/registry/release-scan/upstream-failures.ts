import { SseError } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { McpError } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { UpstreamRefused } from '#registry/upstream/upstream-fetch.ts';
import { ReleaseProblem } from './release-problem.ts';

const RELEASE_AGAIN = 'Correct the server or the URL, then release again.';

const NETWORK: Record<string, string> = {
  ENOTFOUND: 'has no address: its name is unknown',
  EAI_AGAIN: 'has no address: its name cannot be looked up now',
  ECONNREFUSED: 'refuses connections',
  ECONNRESET: 'ends the connection before it has answered',
  UND_ERR_SOCKET: 'ends the connection before it has answered',
  UND_ERR_CONNECT_TIMEOUT: 'does not answer: the connection timed out',
  ETIMEDOUT: 'does not answer: the connection timed out',
  EHOSTUNREACH: 'cannot be reached from here',
  ENETUNREACH: 'cannot be reached from here',
};

/** What an upstream's failure means for its owner. Its own words are never in the text: they may hold anything. */
export function toReleaseProblem(error: unknown, url: string): ReleaseProblem {
  const { host } = new URL(url);
  const problem = (message: string) => new ReleaseProblem('FAILURE', message, RELEASE_AGAIN);
  for (const cause of causesOf(error)) {
    if (cause instanceof ReleaseProblem) return cause;
    if (cause instanceof UpstreamRefused) return problem(cause.message);
    if (cause instanceof StreamableHTTPError || cause instanceof SseError) {
      return problem(statusProblem(host, cause.code));
    }
    if (cause instanceof z.ZodError || cause instanceof z.core.$ZodError) {
      return problem(`${host} answers in a shape that MCP does not know${placeOf(cause)}.`);
    }
    if (cause instanceof McpError) return problem(`${host} answers with the MCP error ${cause.code}.`);
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string' && code in NETWORK) return problem(`${host} ${NETWORK[code]}.`);
    if (typeof code === 'string' && /CERT|SSL|TLS|SELF_SIGNED/.test(code)) {
      return problem(`${host} has a certificate that is not trusted (${code}).`);
    }
  }
  return problem(`${host} does not speak MCP over HTTP as expected.`);
}

function statusProblem(host: string, status: number | undefined): string {
  if (status === undefined || status < 100) return `${host} answers with something other than MCP.`;
  if (status === 403) return `${host} refuses access (403): the credentials are not enough.`;
  if (status >= 300 && status < 400)
    return `${host} redirects elsewhere (${status}): release the URL it leads to.`;
  return `${host} answers ${status} where an MCP server was expected.`;
}

function placeOf({ issues }: z.core.$ZodError): string {
  const path = issues[0]?.path.map(String).join('.').slice(0, 100) ?? '';
  return path === '' ? '' : ` (at ${path.replaceAll(/[^\w.$-]/g, '?')})`;
}

function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let cause = error; cause instanceof Error && causes.length < 10; cause = cause.cause) {
    causes.push(cause);
    if (cause instanceof AggregateError && cause.errors[0] instanceof Error) causes.push(cause.errors[0]);
  }
  return causes;
}
