import { AsyncLocalStorage } from 'node:async_hooks';
import { MOVED_TO_HEADER } from '#contract/api-paths.ts';
import { encodeQualifiedName, parseQualifiedName } from '#contract/qualified-name.ts';
import { RegistryGarbled, RegistryUnreachable } from '#gateway/registry/registry-calls.ts';
import { TimeLimitPassed } from '#gateway/registry/time-limits.ts';

/** How the registry answers reads. */
export type Reads =
  | 'fine'
  /** Nothing is answered. */
  | 'all down'
  /** Only the list is not. */
  | 'list down'
  /** A proxy on the way answers for servers with a page of its own. */
  | 'pages by a proxy'
  /** Pages of servers say 404 whatever the list says. */
  | 'pages not found'
  /** The list does not take ids. */
  | 'ids refused'
  /** The list does not know ids, and answers as if they were not there. */
  | 'ids ignored'
  /** The list is as it was when this began. */
  | 'list stale';

/** Answers that leave open what became of a delete. */
export const UNCLEAR_ANSWERS = [
  408,
  500,
  503,
  'reset',
  'timeout',
  'garbled',
  'a page',
  'another name',
  'the name in wrong parts',
] as const;

/** How a delete that arrived is answered. */
export type DeleteAnswer =
  /** By what it came to; where nothing was done yet, that is done now. */
  | 'the truth'
  /** As a proxy's second try would be: 404, though it was done. */
  | 404
  | 403
  | 429
  | (typeof UNCLEAR_ANSWERS)[number];

/** A delete as the registry got it. */
export interface ArrivedDelete {
  operation: string;
  name: string;
  /** The moment of its arrival, as an index into the history. */
  arrivedAt: number;
  /** Whether it was carried out, and which server that ended, if any. */
  done: boolean;
  ended: string | null;
  /** The status that it was answered with, where it was. */
  status: number | null;
  /** Whether the answer was the registry's own, naming the server. */
  confirmed: boolean;
  isAnswered: boolean;
  respond: (response: Response | Error) => void;
}

/** What is true at one moment. */
interface Moment {
  servers: ReadonlyMap<string, string>;
  moved: ReadonlyMap<string, string>;
}

/** The operation on whose behalf something is asked; known through whatever a gateway does for it. */
export const operationAsked = new AsyncLocalStorage<string>();

/** Asked for by somebody who signs in: that always works, since it is no part of any story. */
export const SIGNING_IN = 'signing in';

const KEY_NAMESPACES = ['acme', 'team'];

/** Whether the key of the stories may change servers of this name. */
export function isOwned(name: string): boolean {
  return KEY_NAMESPACES.includes(parseQualifiedName(name)?.namespace ?? '');
}

/** A registry that keeps its whole history, and does what a story tells it to. */
export interface World {
  /** Ids by qualified name, as they are now. */
  servers: Map<string, string>;
  /** Unlisted servers, by id: listed only where their namespace is asked for. */
  unlisted: Set<string>;
  /** Every moment there was, the present last. */
  history: Moment[];
  deletes: ArrivedDelete[];
  /** How many calls came. */
  calls: number;
  reads: Reads;
  /** Reads wait until they are let go. */
  holdsReads: boolean;
  /** The next delete finds no connection. */
  isUnreachable: boolean;
  fetch: (request: Request) => Promise<Response>;
  letReadsGo(): void;
  setReads(reads: Reads): void;
  create(name: string): void;
  remove(name: string): void;
  move(from: string, to: string): void;
  carryOut(arrived: ArrivedDelete): void;
  answer(arrived: ArrivedDelete, answer: DeleteAnswer): void;
}

const namespaces = () => json(200, { namespaces: KEY_NAMESPACES.map((name) => ({ name })) });

const OK = { 'Content-Type': 'application/json' };
const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { ...OK, ...headers } });

/** A registry with these servers. */
export function createWorld(names: readonly string[]): World {
  const moved = new Map<string, string>();
  let stale: ReadonlyMap<string, string> = new Map();
  let held: (() => void)[] = [];
  let ids = 0;

  const note = () => world.history.push({ servers: new Map(world.servers), moved: new Map(moved) });
  const newId = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`;
  // What leads to a server leads to its new name, or nowhere once it is no more.
  const redirect = (from: string, to: string | null) => {
    for (const [old, now] of moved) {
      if (now !== from) continue;
      if (to === null || to === old) moved.delete(old);
      else moved.set(old, to);
    }
  };

  const world: World = {
    servers: new Map(),
    unlisted: new Set(),
    history: [],
    deletes: [],
    calls: 0,
    reads: 'fine',
    holdsReads: false,
    isUnreachable: false,
    async fetch(request) {
      world.calls++;
      if (request.method === 'DELETE') return arrive(request);
      if (operationAsked.getStore() === SIGNING_IN) return namespaces();
      if (world.holdsReads) await new Promise<void>((resolve) => held.push(resolve));
      return read(new URL(request.url));
    },
    letReadsGo() {
      world.holdsReads = false;
      for (const go of held) go();
      held = [];
    },
    setReads(reads) {
      world.reads = reads;
      stale = new Map(world.servers);
    },
    create(name) {
      if (world.servers.has(name)) return;
      world.servers.set(name, newId());
      moved.delete(name);
      note();
    },
    remove(name) {
      if (!world.servers.delete(name)) return;
      redirect(name, null);
      note();
    },
    move(from, to) {
      const id = world.servers.get(from);
      if (id === undefined || world.servers.has(to)) return;
      world.servers.delete(from);
      world.servers.set(to, id);
      redirect(from, to);
      moved.delete(to);
      moved.set(from, to);
      note();
    },
    carryOut(arrived) {
      if (arrived.done) return;
      arrived.done = true;
      arrived.ended = isOwned(arrived.name) ? (world.servers.get(arrived.name) ?? null) : null;
      if (arrived.ended !== null) world.remove(arrived.name);
    },
    answer(arrived, answer) {
      if (arrived.isAnswered) return;
      if (answer === 'the truth') world.carryOut(arrived);
      arrived.isAnswered = true;
      const response = answerOf(arrived, answer);
      if (response instanceof Response) arrived.status = response.status;
      arrived.confirmed = answer === 'the truth' && arrived.ended !== null;
      arrived.respond(response);
    },
  };

  async function arrive(request: Request): Promise<Response> {
    if (world.isUnreachable) throw new RegistryUnreachable('No connection');
    return new Promise((resolve, reject) => {
      world.deletes.push({
        operation: operationAsked.getStore() ?? '',
        name: nameIn(request),
        arrivedAt: world.history.length - 1,
        done: false,
        ended: null,
        status: null,
        confirmed: false,
        isAnswered: false,
        respond: (response) => (response instanceof Response ? resolve(response) : reject(response)),
      });
    });
  }

  function read(url: URL): Response {
    const { reads } = world;
    if (reads === 'all down') return json(503, { error: 'Maintenance' });
    if (url.pathname === '/namespaces') return namespaces();
    if (url.pathname === '/servers') return list(url.searchParams);
    const name = decodeURIComponent(url.pathname.split('/')[2] ?? '');
    if (reads === 'pages by a proxy') return new Response('<h1>No such backend</h1>', { status: 404 });
    if (world.servers.has(name) && reads !== 'pages not found')
      return json(200, { qualifiedName: name, displayName: name });
    const to = moved.get(name);
    const headers = to === undefined ? {} : { [MOVED_TO_HEADER]: encodeQualifiedName(to) };
    return json(404, { error: 'Server not found' }, headers);
  }

  function list(query: URLSearchParams): Response {
    const { reads } = world;
    if (reads === 'list down') return json(500, { error: 'The list is down' });
    const wantedId = reads === 'ids ignored' ? null : query.get('ids');
    if (reads === 'ids refused' && wantedId !== null) return json(422, { error: 'ids: unheard of' });
    const [wantedName, namespace] = [query.get('qualifiedName'), query.get('namespace')];
    const found = [...(reads === 'list stale' ? stale : world.servers)].filter(
      ([name, id]) =>
        (wantedName === null || name === wantedName) &&
        (wantedId === null || id === wantedId) &&
        (namespace === null ? !world.unlisted.has(id) : name.split('/')[0] === namespace),
    );
    return json(200, { servers: found.map(([qualifiedName, id]) => ({ id, qualifiedName })) });
  }

  for (const name of names) world.servers.set(name, newId());
  note();
  return world;
}

function answerOf({ name, ended }: ArrivedDelete, answer: DeleteAnswer): Response | Error {
  const { namespace = '', server = '' } = parseQualifiedName(name) ?? {};
  if (answer === 'the truth') {
    return ended === null
      ? json(404, { error: 'Server not found' })
      : json(200, { success: true, namespace, server });
  }
  if (answer === 'another name') return json(200, { success: true, namespace, server: 'another' });
  if (answer === 'the name in wrong parts') {
    const parts = server === '' ? { namespace: '', server: name } : { namespace: name, server: '' };
    return json(200, { success: true, ...parts });
  }
  if (answer === 'a page') return new Response('<h1>Fine</h1>', { status: 200 });
  if (answer === 'reset') return new Error('The connection broke');
  if (answer === 'timeout') return new TimeLimitPassed();
  if (answer === 'garbled') return new RegistryGarbled('Not HTTP');
  return json(answer, { error: 'As the story tells' });
}

function nameIn(request: Request): string {
  return decodeURIComponent(new URL(request.url).pathname.split('/')[2] ?? '');
}
