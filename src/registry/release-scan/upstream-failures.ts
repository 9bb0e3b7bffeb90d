import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { McpError } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { EndpointRefused } from '#registry/event-streams/endpoint-events.ts';
import { RedirectRefused } from '#registry/mcp/upstream-redirects.ts';
import { UpstreamRefused } from '#registry/upstream/upstream-fetch.ts';
import { NotPassedOn } from './proxied-fetch.ts';
import { ReleaseProblem } from './release-problem.ts';

const RELEASE_AGAIN = 'Correct the server or the URL, then release again.';
const MAX_ADDRESS = 300;

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

/** The server speaks the newest protocol, but none of its versions that is known here. */
export class OtherVersions extends Error {
  override name = 'OtherVersions';
}

/** What the server answered to one way of asking. */
export interface FailedAttempt {
  /** What it was asked, as the beginning of a sentence. */
  asked: string;
  error: unknown;
}

/** No way to speak to the server led anywhere. */
export class NoWayIn extends Error {
  override name = 'NoWayIn';
  readonly attempts: readonly FailedAttempt[];

  constructor(attempts: readonly FailedAttempt[]) {
    super('No way in');
    this.attempts = attempts;
  }
}

/** A request of a server that could be reached failed. */
export class RequestFailed extends Error {
  override name = 'RequestFailed';
  readonly method: string;

  constructor(method: string, cause: unknown) {
    super(`${method} failed`, { cause });
    this.method = method;
  }
}

/** What an upstream's failure means for its owner. Its own words are never in the text: they may hold anything. */
export function toReleaseProblem(error: unknown, url: string): ReleaseProblem {
  const { host } = new URL(url);
  const problem = causesOf(error).find((cause) => cause instanceof ReleaseProblem);
  if (problem !== undefined) return problem;
  return new ReleaseProblem('FAILURE', messageOf(error, host), RELEASE_AGAIN);
}

function messageOf(error: unknown, host: string): string {
  if (error instanceof NoWayIn) {
    const [first, ...others] = error.attempts.map(
      (attempt) => `${attempt.asked} it ${describe(attempt.error).text}`,
    );
    return `${host} cannot be called as an MCP server. ${[first, ...others].join('; ')}.`;
  }
  const refused = causesOf(error).find((cause) => cause instanceof UpstreamRefused);
  if (refused !== undefined) return refused.message;
  const asked = error instanceof RequestFailed ? ` when asked for ${error.method}` : '';
  return `${host} ${describe(error).text}${asked}.`;
}

/** True where another way to ask the server could lead further: it answered, and with no redirect. */
export function isAnswer(error: unknown): boolean {
  return describe(error).isAnswer;
}

/** The HTTP status in which a server's refusal came; undefined where it came in none. */
export function statusOf(error: unknown): number | undefined {
  if (error instanceof NotPassedOn) return error.failure.upstreamStatus;
  return error instanceof StreamableHTTPError ? error.code : undefined;
}

// What the server does, as the end of a sentence.
function describe(error: unknown): { text: string; isAnswer: boolean } {
  for (const cause of causesOf(error)) {
    const status = statusOf(cause);
    if (status !== undefined) return { text: statusText(status), isAnswer: true };
    if (cause instanceof RedirectRefused) return { text: redirectText(cause), isAnswer: false };
    if (cause instanceof UpstreamRefused || cause instanceof ReleaseProblem) {
      return { text: cause.message, isAnswer: false };
    }
    if (cause instanceof EndpointRefused) {
      return { text: 'names an address for posts that is not of its own origin', isAnswer: true };
    }
    if (cause instanceof OtherVersions) {
      return { text: 'speaks no version of MCP that is known here', isAnswer: true };
    }
    if (cause instanceof z.ZodError || cause instanceof z.core.$ZodError) {
      return { text: `answers in a shape that MCP does not know${placeOf(cause)}`, isAnswer: true };
    }
    if (cause instanceof McpError) {
      return { text: `answers with the MCP error ${cause.code}`, isAnswer: true };
    }
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string' && code in NETWORK) return { text: NETWORK[code] ?? '', isAnswer: false };
    if (typeof code === 'string' && /CERT|SSL|TLS|SELF_SIGNED/.test(code)) {
      return { text: `has a certificate that is not trusted (${code})`, isAnswer: false };
    }
  }
  return { text: 'does not speak MCP over HTTP as expected', isAnswer: true };
}

function statusText(status: number): string {
  if (status < 300) return 'answers with something other than MCP';
  if (status === 403) return 'refuses access (403): the credentials are not enough';
  if (status < 400) return `redirects (${status}) without saying where to`;
  return `answers ${status} where an MCP server was expected`;
}

function redirectText({ status, why, to }: RedirectRefused): string {
  const leadsTo = `${to.origin}${to.pathname}`.slice(0, MAX_ADDRESS);
  if (why === 'elsewhere') {
    return `redirects elsewhere (${status}), to ${leadsTo}: release that URL instead if it is yours`;
  }
  if (why === 'changes-method') {
    return `redirects a post (${status}) so that it would become a read: release ${leadsTo} instead, or redirect with 308`;
  }
  return `redirects (${status}) again and again, lastly to ${leadsTo}`;
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
