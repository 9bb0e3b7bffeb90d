import { randomInt } from 'node:crypto';
import { Agent, request as sendRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runPeopleCommand } from '#cli/people-command.ts';
import type { PeopleRequest } from '#cli/command-arguments.ts';
import { CLIENT_HEADER, gatewayPaths, REGISTRY_MOUNT } from '#contract/api-paths.ts';
import { registryContext } from '#registry/create-registry.ts';
import { databaseBlobs } from '#registry/files/database-blobs.ts';
import { registryRoutes } from '#registry/routes.ts';
import { createRandom } from '#registry/samples/random.ts';
import { createTestDatabase } from '../support/databases.ts';
import { startDesk, type Desk } from '../support/desk.ts';
import { createFuzzer, type FuzzedRequest, type Route } from '../support/fuzzed-requests.ts';
import { createVisitor } from '../support/visitor.ts';

/** How many requests are sent; `npm run test:long` asks for more. */
const REQUESTS = Number(process.env['TOUCHMARK_TEST_REQUESTS'] ?? 5000);
const AT_ONCE = 12;
const CALLERS = ['nobody', 'impostor', 'reader', 'stranger', 'owner'] as const;
type Caller = (typeof CALLERS)[number];

interface Answer {
  status: number;
  type: string;
  text: string;
}

/** Every route of the registry, as its router has it. */
async function routesOfRegistry(): Promise<Route[]> {
  const database = await createTestDatabase('sqlite');
  const { context, close } = registryContext({
    db: database.db,
    publicUrl: 'http://desk.test/registry',
    secret: new Uint8Array(32),
    blobs: databaseBlobs(database.db, () => new Date()),
    now: () => new Date(),
  });
  const routes = registryRoutes(context).routes.map(({ method, path }) => ({
    // The router's word for any method is none of HTTP's.
    method: method === 'ALL' ? 'POST' : method,
    path: REGISTRY_MOUNT + path,
  }));
  await close();
  await database.drop();
  return routes.filter(({ path }) => !path.endsWith('*'));
}

describe('a desk that is sent whatever comes to mind', () => {
  let desk: Desk;
  let routes: Route[];
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const credentials = new Map<Caller, Record<string, string>>();

  beforeAll(async () => {
    routes = await routesOfRegistry();
    desk = await startDesk();
    const people = async (request: PeopleRequest) =>
      JSON.parse(
        await runPeopleCommand(
          { command: 'people', dataFolder: desk.dataFolder, databaseUrl: null, json: true, request },
          new Date(),
        ),
      ) as Record<string, string>;
    await people({ name: 'user add', user: 'stranger' });
    const stranger = await people({ name: 'key create', user: 'stranger', label: 'Test', expiresMs: null });
    const owner = { Authorization: `Bearer ${desk.ownerKey}` };
    for (const path of ['namespaces/fuzz', 'servers/fuzz%2Ftarget'])
      await fetch(`${desk.registryUrl}/${path}`, { method: 'PUT', headers: owner });
    const made = await fetch(`${desk.registryUrl}/tokens`, {
      method: 'POST',
      headers: owner,
      body: JSON.stringify({ policy: [{ operations: ['read'] }] }),
    });
    const { token } = (await made.json()) as { token: string };
    credentials.set('impostor', {
      Authorization: `Bearer ${token.slice(0, -4)}AAAA`,
      Cookie: `__Host-Http-touchmark-${desk.port}=${'A'.repeat(43)}`,
    });
    credentials.set('reader', { Authorization: `Bearer ${token}` });
    await signIn('stranger', stranger['key'] ?? '');
    await signIn('owner', desk.ownerKey ?? '');
  });
  afterAll(async () => {
    agent.destroy();
    await desk.stop();
  });

  async function signIn(caller: Caller, apiKey: string): Promise<void> {
    const visitor = createVisitor(desk.url);
    const { status, text } = await visitor.signIn({ apiKey });
    if (status !== 200) throw new Error(`${caller} was not let in: ${text}`);
    credentials.set(caller, {
      Authorization: `Bearer ${apiKey}`,
      Cookie: [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    });
  }

  const send = async (
    { method, target, headers, body }: FuzzedRequest,
    caller: Caller,
  ): Promise<Answer | 'no answer'> =>
    new Promise((resolve) => {
      const outgoing = sendRequest(
        {
          agent,
          host: '127.0.0.1',
          port: desk.port,
          method,
          path: target,
          headers: {
            [CLIENT_HEADER.name]: CLIENT_HEADER.value,
            'Sec-Fetch-Site': 'same-origin',
            ...credentials.get(caller),
            ...headers,
            ...(body === null ? {} : { 'Content-Length': body.length }),
          },
        },
        (incoming) => {
          const type = incoming.headers['content-type'] ?? '';
          const pieces: Buffer[] = [];
          const end = (): void =>
            resolve({ status: incoming.statusCode ?? 0, type, text: Buffer.concat(pieces).toString() });
          incoming.on('data', (piece: Buffer) => pieces.push(piece));
          incoming.on('close', end);
          // Events have no end of their own.
          if (type.startsWith('text/event-stream')) incoming.destroy();
        },
      );
      outgoing.on('error', () => resolve('no answer'));
      outgoing.end(body ?? undefined);
    });

  /** What is wrong with an answer; undefined where nothing is. */
  function wrongWith({ target, headers }: FuzzedRequest, answer: Answer | 'no answer'): string | undefined {
    // A head of more than 16 kB is refused by Node's parser, which ends the connection with it.
    const isLong = target.length + JSON.stringify(headers).length > 15_000;
    if (answer === 'no answer') return isLong ? undefined : answer;
    const { status, type, text } = answer;
    // What is behind a server or on GitHub does not answer here.
    const asksOthers = /^\/registry\/(mcp|skills)/.test(target);
    if (status >= 500 && !(asksOthers && status >= 502 && status <= 504))
      return `${status} ${text.slice(0, 200)}`;
    const isApi = /^\/(registry|api)\//.test(target);
    if (status < 400 || !isApi || text === '') return undefined;
    if (!/^application\/(problem\+)?json/.test(type)) return `${status} as ${type}`;
    const { error } = JSON.parse(text) as { error?: unknown };
    const isRpcError = typeof error === 'object' && error !== null && 'message' in error;
    return isRpcError || (typeof error === 'string' && error !== '') ? undefined : `${status} without words`;
  }

  it(
    'answers every request with words of its own, fails at none, and says all it has to say in lines of JSON',
    { timeout: 60_000 + REQUESTS * 50 },
    async ({ onTestFailed }) => {
      const seed = Number(process.env['TOUCHMARK_TEST_SEED'] ?? randomInt(2 ** 31));
      onTestFailed(() => {
        process.stderr.write(`The requests were those of TOUCHMARK_TEST_SEED=${seed}.\n`);
      });
      const random = createRandom(seed);
      const fuzzer = createFuzzer(random, routes);
      const wrong: string[] = [];
      const met = new Map<string, number>();
      let sent = 0;
      const sendOn = async (): Promise<void> => {
        while (sent < REQUESTS && wrong.length < 20 && desk.process.exitCode === null) {
          sent += 1;
          const request = fuzzer.next();
          const caller = random.pick(CALLERS);
          const isSignOut = request.method === 'DELETE' && request.target.startsWith(gatewayPaths.session());
          const answer = await send(request, isSignOut ? 'nobody' : caller);
          const kind = answer === 'no answer' ? 'lost' : `${Math.floor(answer.status / 100)}xx`;
          met.set(kind, (met.get(kind) ?? 0) + 1);
          const problem = wrongWith(request, answer);
          if (problem !== undefined) wrong.push(`${caller}: ${describeRequest(request)} -> ${problem}`);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, sendOn));
      // It is not the same door that they are all turned away at.
      for (const kind of ['2xx', '4xx']) expect(met.get(kind)).toBeGreaterThan(REQUESTS / 20);
      const lines = desk.log().trimEnd().split('\n');
      expect({ wrong, said: lines.filter((line) => !isJsonObject(line)) }).toEqual({ wrong: [], said: [] });
      expect(desk.process.exitCode).toBeNull();
      expect((await fetch(`${desk.url}/readyz`)).status).toBe(200);
    },
  );
});

function describeRequest({ method, target, headers, body }: FuzzedRequest): string {
  return [method, target, JSON.stringify(headers), String(body)].map((text) => text.slice(0, 200)).join(' ');
}

function isJsonObject(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}
