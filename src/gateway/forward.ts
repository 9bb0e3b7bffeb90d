import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { REGISTRY_PREFIX, registryPaths, UNREADABLE_HEADER } from '#contract/api-paths.ts';
import { formatUnreadable } from '#contract/registry-answers.ts';
import type { GatewayEnv } from '#gateway/http/gateway-env.ts';
import { releaseInPath } from '#gateway/http/release-in-path.ts';
import { readShape } from '#gateway/http/request-shapes.ts';
import { nameInPath } from '#gateway/http/name-in-path.ts';
import { Problem } from '#gateway/http/problem.ts';
import type { Reading } from '#gateway/registry/lenient-shapes.ts';
import {
  domainList,
  logList,
  namespaceList,
  readAnswer,
  release,
  releaseList,
  secretList,
  serverDetail,
  serverList,
} from '#gateway/registry/registry-answers.ts';
import { mediaType } from '#gateway/registry/response-parsing.ts';
import type { RegistryCalls } from '#gateway/registry/registry-calls.ts';
import { badAnswer, registryProblem } from '#gateway/registry/registry-problem.ts';
import { readReleaseEvents } from '#gateway/registry/release-events.ts';
import type { Sessions } from '#gateway/sessions/sessions.ts';

interface Read {
  pattern: string;
  /** The query parameters that the registry knows here; all others are dropped. */
  parameters: readonly string[];
  /** The registry's path, rebuilt from what was parsed. */
  path: (c: Context<GatewayEnv>) => string;
  /** What of the answer is passed on. */
  answer: (c: Context<GatewayEnv>) => Reading<object>;
}

const paging = ['page', 'pageSize'] as const;

// The whole allow-list of reads: what is not here is not forwarded. Names as in the Smithery Platform API.
const reads: readonly Read[] = [
  {
    pattern: '/servers',
    parameters: [
      ...paging,
      'q',
      'topK',
      'ids',
      'qualifiedName',
      'namespace',
      'remote',
      'isDeployed',
      'verified',
      'smitheryManaged',
      'ownerId',
      'repoOwner',
      'repoName',
      'seed',
    ],
    path: registryPaths.servers,
    answer: () => serverList,
  },
  {
    pattern: '/servers/:name',
    parameters: [],
    path: (c) => registryPaths.server(nameInPath(c)),
    answer: (c) => serverDetail(nameInPath(c)),
  },
  {
    pattern: '/servers/:name/releases',
    parameters: paging,
    path: (c) => registryPaths.releases(nameInPath(c)),
    answer: () => releaseList,
  },
  {
    pattern: '/servers/:name/releases/:id',
    parameters: [],
    path: (c) => registryPaths.release(nameInPath(c), releaseInPath(c)),
    answer: () => release,
  },
  {
    pattern: '/servers/:name/secrets',
    parameters: [],
    path: (c) => registryPaths.secrets(nameInPath(c)),
    answer: () => secretList,
  },
  {
    pattern: '/servers/:name/domains',
    parameters: [],
    path: (c) => registryPaths.domains(nameInPath(c)),
    answer: () => domainList,
  },
  {
    pattern: '/servers/:name/logs',
    parameters: ['from', 'to', 'limit', 'search'],
    path: (c) => registryPaths.logs(nameInPath(c)),
    answer: () => logList,
  },
  {
    pattern: '/namespaces',
    parameters: [...paging, 'q', 'ownerId', 'hasServers', 'hasSkills'],
    path: registryPaths.namespaces,
    answer: () => namespaceList,
  },
];

const MAX_PARAMETER_LENGTH = 1000;

interface Options {
  sessions: Sessions;
  calls: RegistryCalls;
  now: () => Date;
}

/** Forwards the allowed reads under `/api`, the session exchanged for its key. */
export function addForwarding(app: Hono<GatewayEnv>, { sessions, calls, now }: Options): void {
  for (const { pattern, parameters, path, answer } of reads) {
    app.get(REGISTRY_PREFIX + pattern, sessions.signedIn, async (c) => {
      const { body, headers } = await readAs(c, { path: path(c), query: allowedQuery(c, parameters) });
      const read = isJson(headers) ? readAnswer(body, answer(c)) : undefined;
      if (read === undefined) throw badAnswer();
      const { entries, values } = read.unreadable;
      if (entries + values > 0) c.header(UNREADABLE_HEADER, formatUnreadable(read.unreadable));
      return c.body(JSON.stringify(read.answer), 200, { 'Content-Type': 'application/json' });
    });
  }

  async function readAs(c: Context<GatewayEnv>, call: { path: string; query: URLSearchParams }) {
    const session = c.get('session');
    const { signal } = c.req.raw;
    const outcome = await calls.read({ ...call, method: 'GET', apiKey: session.apiKey, signal });
    await sessions.endIfRefused(session, outcome);
    if (outcome.kind !== 'answered' || outcome.status !== 200) throw registryProblem(outcome, now());
    return outcome;
  }
}

const parameterValues = z
  .array(z.string())
  .refine(
    (values) => values.every((value) => value.length <= MAX_PARAMETER_LENGTH && !/\p{Cc}/u.test(value)),
    'is too long or holds control characters',
  );

function allowedQuery(c: Context<GatewayEnv>, parameters: readonly string[]): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of parameters) {
    for (const value of readShape(parameterValues, c.req.queries(name) ?? [], name))
      query.append(name, value);
  }
  return query;
}

function isJson(headers: Headers): boolean {
  return /^application\/([\w.+-]+\+)?json$/.test(mediaType(headers));
}

interface StreamOptions extends Options {
  /** How long a stream may be silent until a comment is put into it, in milliseconds. */
  commentMs: number;
  /** Aborted where the gateway is about to close. */
  ending: AbortSignal;
}

/** Passes on how a release comes about, event by event as it was read, for as long as its watcher is there and signed in. */
export function addStreamForwarding(app: Hono<GatewayEnv>, options: StreamOptions): void {
  const { sessions, calls, now, commentMs, ending } = options;
  app.get(`${REGISTRY_PREFIX}/servers/:name/releases/:id/stream`, sessions.signedIn, async (c) => {
    const session = c.get('session');
    const lastEventId = c.req.header('Last-Event-ID');
    if (lastEventId !== undefined && !/^[\x21-\x7e]{1,128}$/.test(lastEventId)) {
      throw new Problem(400, 'bad-request', 'The header Last-Event-ID holds no id of an event.');
    }
    const outcome = await calls.open({
      method: 'GET',
      path: registryPaths.releaseStream(nameInPath(c), releaseInPath(c)),
      apiKey: session.apiKey,
      accept: 'text/event-stream',
      headers: lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId },
      signal: AbortSignal.any([c.req.raw.signal, ending, sessions.untilEnded(session)]),
    });
    if (outcome.kind !== 'open') {
      await sessions.endIfRefused(session, outcome);
      throw registryProblem(outcome, now());
    }
    if (mediaType(outcome.headers) !== 'text/event-stream') {
      await outcome.body.cancel();
      throw badAnswer();
    }
    return c.body(readReleaseEvents(outcome.body, commentMs), 200, { 'Content-Type': 'text/event-stream' });
  });
}
