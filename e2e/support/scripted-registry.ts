import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { MOVED_TO_HEADER } from '#contract/api-paths.ts';

/** A request as it arrived. */
export interface SeenRequest {
  method: string;
  /** The target exactly as sent. */
  target: string;
  headers: IncomingMessage['headers'];
}

/** Answers in place of the usual behaviour; `undefined` leaves the request to it. */
export type Script = (
  request: SeenRequest,
  response: ServerResponse,
  incoming: IncomingMessage,
) => true | undefined;

/** Plays a remote registry: a real HTTP server that keeps a few servers and misbehaves as told. */
export interface ScriptedRegistry {
  url: string;
  /** Ids by qualified name. */
  servers: Map<string, string>;
  /** What was changed of a server, by qualified name: over what it says otherwise. */
  changed: Map<string, Record<string, unknown>>;
  /** What it answers to reads of these paths, as `/servers/acme%2Fweather/logs`, whatever their query. */
  answers: Map<string, unknown>;
  /** What it says of names whose server was moved: the new name by the old one. */
  moved: Map<string, string>;
  /** Namespaces by API key; a key that is not here is refused. */
  owners: Map<string, string[]>;
  requests: SeenRequest[];
  /** Every request goes through this first. */
  script: Script;
  /** How many deletes arrived. */
  deletes(): number;
  close(): Promise<void>;
}

export const API_KEY = 'smry_canary_7Qm1xZ0pKd93sVbTfW2h';

/** Starts one on a free port with `acme`, `acme/weather` and `other/calendar`, the first two owned by API_KEY. */
export async function startScriptedRegistry(): Promise<ScriptedRegistry> {
  const registry: Omit<ScriptedRegistry, 'url' | 'close'> = {
    servers: new Map([
      ['acme', 'id-acme'],
      ['acme/weather', 'id-weather'],
      ['other/calendar', 'id-calendar'],
    ]),
    changed: new Map(),
    answers: new Map(),
    moved: new Map(),
    owners: new Map([[API_KEY, ['acme']]]),
    requests: [],
    script: () => undefined,
    deletes: () => registry.requests.filter(({ method }) => method === 'DELETE').length,
  };
  const server = createServer((incoming, response) => {
    const request = { method: incoming.method ?? '', target: incoming.url ?? '', headers: incoming.headers };
    registry.requests.push(request);
    if (registry.script(request, response, incoming) === undefined) {
      void behave(registry, request, response, incoming);
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return Object.assign(registry, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  });
}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): true {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
  return true;
}

/** Deletes as the registry would, without answering. */
export function applyDelete(registry: Pick<ScriptedRegistry, 'servers'>, { target }: SeenRequest): void {
  registry.servers.delete(nameIn(target));
}

/** Moves a server as the registry would. */
export function applyMove(
  { servers, moved }: Pick<ScriptedRegistry, 'servers' | 'moved'>,
  from: string,
  to: string,
): void {
  servers.set(to, servers.get(from) ?? '');
  servers.delete(from);
  moved.set(from, to);
}

/** Changes a server as the registry would, without answering. */
export async function applyUpdate(
  registry: Pick<ScriptedRegistry, 'changed'>,
  { target }: SeenRequest,
  incoming: IncomingMessage,
): Promise<void> {
  const fields = (await json(incoming)) as Record<string, unknown>;
  registry.changed.set(nameIn(target), { ...registry.changed.get(nameIn(target)), ...fields });
}

async function behave(
  registry: Omit<ScriptedRegistry, 'url' | 'close'>,
  request: SeenRequest,
  response: ServerResponse,
  incoming: IncomingMessage,
): Promise<void> {
  const { method, target } = request;
  if (target === '/health') return void sendJson(response, 200, { status: 'ok' });
  const owned = registry.owners.get(request.headers.authorization?.replace(/^Bearer /, '') ?? '');
  if (owned === undefined) return void sendJson(response, 401, { error: 'Unauthorized' });
  const url = new URL(target, 'http://registry');
  if (url.pathname === '/namespaces') {
    const pagination = { ...onePage, totalCount: owned.length };
    return void sendJson(response, 200, { namespaces: owned.map((name) => ({ name })), pagination });
  }
  if (url.pathname === '/servers') return void sendJson(response, 200, listed(registry, url.searchParams));
  const answer = method === 'GET' ? registry.answers.get(url.pathname) : undefined;
  if (answer !== undefined) return void sendJson(response, 200, answer);
  const name = nameIn(target);
  const [namespace = '', server = ''] = name.split('/');
  const isThere = registry.servers.has(name);
  if (!isThere || (method !== 'GET' && !owned.includes(namespace))) {
    const moved = registry.moved.get(name);
    const headers = moved === undefined ? {} : { [MOVED_TO_HEADER]: encodeURIComponent(moved) };
    return void sendJson(response, 404, { error: 'Server not found' }, method === 'GET' ? headers : {});
  }
  if (method === 'DELETE') {
    registry.servers.delete(name);
    return void sendJson(response, 200, { success: true, namespace, server });
  }
  if (method === 'PATCH') {
    await applyUpdate(registry, request, incoming);
    return void sendJson(response, 200, { success: true, namespace, server });
  }
  if (target.endsWith('/icon')) {
    return void response
      .writeHead(200, { 'Content-Type': 'image/svg+xml' })
      .end('<svg xmlns="http://www.w3.org/2000/svg"/>');
  }
  sendJson(response, 200, aboutServer(registry, name, url.pathname.split('/')[3]));
}

/** A server's own page, or one of its parts, as small as the API allows. */
function aboutServer(
  { changed }: Pick<ScriptedRegistry, 'changed'>,
  name: string,
  part: string | undefined,
): unknown {
  if (part === 'releases') return { releases: [], pagination: { ...onePage, totalCount: 0 } };
  if (part === 'secrets') return [];
  if (part === 'domains') return { domains: [] };
  if (part === 'logs') return { invocations: [], total: 0 };
  return {
    qualifiedName: name,
    displayName: name,
    description: '',
    iconUrl: null,
    remote: true,
    deploymentUrl: null,
    connections: [],
    security: null,
    tools: null,
    resources: null,
    prompts: null,
    ...changed.get(name),
  };
}

function entryOf([qualifiedName, id]: [string, string]): Record<string, unknown> {
  const [namespace, slug = null] = qualifiedName.split('/');
  return {
    id,
    qualifiedName,
    namespace,
    slug,
    displayName: qualifiedName,
    description: '',
    iconUrl: null,
    verified: false,
    useCount: 0,
    remote: true,
    isDeployed: true,
    createdAt: '2026-01-01T00:00:00.000Z',
    homepage: 'https://example.com',
    bySmithery: false,
    owner: 'user-1',
    score: null,
  };
}

const onePage = { currentPage: 1, pageSize: 100, totalPages: 1, totalCount: 1 };

function listed({ servers, changed }: Pick<ScriptedRegistry, 'servers' | 'changed'>, query: URLSearchParams) {
  const wanted = query.get('qualifiedName');
  const namespace = query.get('namespace');
  const ids = query.get('ids');
  const found = [...servers].filter(
    ([name, id]) =>
      (wanted === null || name === wanted) &&
      (namespace === null || name.split('/')[0] === namespace) &&
      (ids === null || id === ids),
  );
  const [currentPage, pageSize] = [Number(query.get('page') ?? 1), Number(query.get('pageSize') ?? 100)];
  const shown = found.slice((currentPage - 1) * pageSize, currentPage * pageSize);
  const totalPages = Math.max(1, Math.ceil(found.length / pageSize));
  return {
    servers: shown.map((server) => Object.assign(entryOf(server), changed.get(server[0]))),
    pagination: { currentPage, pageSize, totalPages, totalCount: found.length },
  };
}

function nameIn(target: string): string {
  return decodeURIComponent(target.split('?')[0]?.split('/')[2] ?? '');
}
