import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { KyselyPlugin } from 'kysely';
import { sql } from 'kysely';
import { pino } from 'pino';
import {
  CLIENT_HEADER,
  gatewayPaths,
  IDEMPOTENCY_KEY_HEADER,
  SERVER_ID_HEADER,
} from '#contract/api-paths.ts';
import type { Operation } from '#contract/operations.ts';
import { encodeQualifiedName } from '#contract/qualified-name.ts';
import { openDatabaseAsItIs, type OpenDatabase } from '#database/open.ts';
import { createGateway, type Gateway } from '#gateway/create-gateway.ts';
import type { Limits } from '#gateway/gateway-limits.ts';
import { createTestDatabase, type TestDatabase } from '#e2e/support/databases.ts';
import { createTestClock, type TestClock } from '#e2e/support/running-gateway.ts';
import { falsehood, type AskedDelete } from './claims.ts';
import { createWorld, operationAsked, SIGNING_IN, type World } from './story-world.ts';

/** What goes wrong with the writes of one process. */
export type Trouble = 'none' | 'writes fail' | 'answers of writes are lost';

/** One gateway process of a story. */
interface StoryProcess {
  id: string;
  gateway: Gateway;
  database: OpenDatabase;
  isAlive: boolean;
  trouble: Trouble;
  /** Its deletes never leave it: it dies before. */
  diesSending: boolean;
  cookie: string;
  /** The registry that it speaks to. */
  world: World;
  /** The operations that were answered with 200 while it lived. */
  confirmed: Set<string>;
  /** Ends what it waits for, once it is dead. */
  endWaits: Set<() => void>;
}

interface Answer {
  status: number;
  json: Record<string, unknown>;
}

/** A delete that was asked for, with every answer that a browser got. */
export interface StoryOperation extends AskedDelete {
  answers: Answer[];
  /** In which processes somebody waits for an answer. */
  waiting: number;
}

/** One or two desks on one database, before one registry. */
export interface Story {
  world: World;
  operations: StoryOperation[];
  processes: (StoryProcess | undefined)[];
  /** Every falsehood found so far. */
  falsehoods: string[];
  /** Lets writes of a process fail, or succeed again. */
  setTrouble(index: number, trouble: Trouble): void;
  ask(index: number, target: string, seenId: string | null): StoryOperation | undefined;
  askAgain(index: number, operation: StoryOperation): void;
  check(index: number, operation: StoryOperation): void;
  crash(index: number): Promise<void>;
  restart(index: number): Promise<void>;
  advance(ms: number): void;
  /** Resolves once nothing goes on but what waits for the registry. */
  quiet(): Promise<void>;
  /** Holds what every ledger entry says against the truth. */
  holdAgainstTruth(): Promise<void>;
  /** Lets everything come to its end and says what is not as it should be. */
  end(): Promise<string[]>;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1:4000';
const SECRET = new Uint8Array(32).fill(3);
const WAIT_LIMIT = 60_000;
// As soon as may be: what time does is not what these stories are about, but for what happens in which order.
const limits: Partial<Limits> = {
  headersMs: WAIT_LIMIT,
  idleMs: WAIT_LIMIT,
  totalMs: WAIT_LIMIT,
  briefCheckMs: WAIT_LIMIT,
  readRetryMs: [0],
  checkMs: [0, 0],
  patienceMs: 0,
  settleRetryMs: [0],
  lookAgainMs: 1,
};

/** The database of a run of stories, one after the other. */
export interface StoryDatabase {
  database: TestDatabase;
  clock: TestClock;
  /** Processes that an earlier story left in order. */
  spares: StoryProcess[];
  /** All that ever ran on it, by id. */
  known: Map<string, StoryProcess>;
  drop(): Promise<void>;
}

/** Makes one; it survives no power loss, which no story has. */
export async function createStoryDatabase(): Promise<StoryDatabase> {
  const database = await createTestDatabase('sqlite');
  await unsynchronized(database);
  const spares: StoryProcess[] = [];
  return {
    database,
    clock: createTestClock(),
    spares,
    known: new Map(),
    async drop() {
      await Promise.all(spares.map(end));
      await database.drop();
    },
  };
}

/** From here on nothing that it does reaches anybody. */
async function end(process: StoryProcess): Promise<void> {
  process.isAlive = false;
  await process.database.db.destroy();
  // What it could not write down is in its log.
  const closed = process.gateway.close().catch(() => {});
  for (const endWait of process.endWaits) endWait();
  await closed;
}

/** Begins a story with these servers and so many processes. */
export async function beginStory(
  { database, clock, spares, known }: StoryDatabase,
  names: readonly string[],
  processCount = 1,
): Promise<Story> {
  await database.db.deleteFrom('operations').execute();
  const world = createWorld(names);
  const log = pino({ level: 'silent' });
  let answered = 0;
  let wasTroubled = false;
  /** Whose confirmation reached its process. */
  const confirmed = new Set<string>();

  /** The one place that knows how a process starts and what it takes over. */
  async function startProcess(): Promise<StoryProcess> {
    const opened = openDatabaseAsItIs(database.location);
    await unsynchronized(opened);
    const process: Omit<StoryProcess, 'gateway'> = {
      id: randomUUID(),
      database: opened,
      isAlive: true,
      trouble: 'none',
      diesSending: false,
      cookie: '',
      world,
      confirmed,
      endWaits: new Set(),
    };
    const gateway = createGateway({
      db: opened.db.withPlugin(troubling(() => process.trouble)),
      registry: { name: 'Story', url: 'http://registry.test', embedded: false, fetch },
      secret: SECRET,
      hosts: [HOST],
      siteFolder: null,
      // A lease runs out as soon as its process is dead.
      process: {
        id: process.id,
        gone: async (ids) => ids.filter((id) => known.get(id)?.isAlive !== true),
        present: async () => {},
      },
      signIn: null,
      log,
      now: clock.now,
      limits,
      random: () => 0,
    });
    async function fetch(request: Request): Promise<Response> {
      const response = await fetchWhileAlive(request);
      const operation = operationAsked.getStore();
      if (request.method === 'DELETE' && response.status === 200 && operation !== undefined) {
        process.confirmed.add(operation);
      }
      return response;
    }
    async function fetchWhileAlive(request: Request): Promise<Response> {
      let endWait = () => {};
      const dead = new Promise<never>((_resolve, reject) => {
        endWait = () => reject(new Error('This process is dead'));
      });
      dead.catch(() => {});
      process.endWaits.add(endWait);
      try {
        if (!process.isAlive) throw new Error('This process is dead');
        if (process.diesSending && request.method === 'DELETE') return await dead;
        return await Promise.race([process.world.fetch(request), dead]);
      } finally {
        process.endWaits.delete(endWait);
      }
    }
    const started = Object.assign(process, { gateway });
    known.set(process.id, started);
    await gateway.takeOverOperations();
    return started;
  }

  async function call(
    { gateway, cookie }: Pick<StoryProcess, 'gateway' | 'cookie'>,
    method: string,
    path: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: unknown } = {},
  ): Promise<{ status: number; json: Record<string, unknown>; cookie: string }> {
    const request = new Request(`http://${HOST}${path}`, {
      method,
      headers: {
        [CLIENT_HEADER.name]: CLIENT_HEADER.value,
        'Sec-Fetch-Site': 'same-origin',
        Origin: `http://${HOST}`,
        Cookie: cookie,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const incoming = {
      url: path,
      headers: { host: HOST },
      rawHeaders: ['Host', HOST],
      socket: { remoteAddress: '127.0.0.1' },
    };
    const response = await gateway.fetch(request, { incoming } as unknown as HttpBindings);
    return {
      status: response.status,
      json: (await response.json()) as Record<string, unknown>,
      cookie: response.headers.get('Set-Cookie')?.split(';')[0] ?? '',
    };
  }

  /** As a page does it: signs in where the session has ended, and then again what was asked. */
  async function callSignedIn(process: StoryProcess, ...rest: Rest<typeof call>): Promise<Answer> {
    const first = await call(process, ...rest);
    if (first.status !== 401 || first.json['code'] !== 'signed-out') return first;
    const signIn = async () => call(process, 'POST', gatewayPaths.session(), { body: { apiKey: 'a-key' } });
    let signedIn = await operationAsked.run(SIGNING_IN, signIn);
    if (signedIn.status === 429) {
      // Too many have failed, with a database in trouble: whoever waits gets in.
      clock.advance(3_600_000);
      signedIn = await operationAsked.run(SIGNING_IN, signIn);
    }
    if (signedIn.status !== 200) return signedIn;
    process.cookie = signedIn.cookie;
    return call(process, ...rest);
  }

  function send(process: StoryProcess, operation: StoryOperation, seenId: string | null): void {
    operation.waiting++;
    const headers = {
      [IDEMPOTENCY_KEY_HEADER]: operation.id,
      ...(seenId === null ? {} : { [SERVER_ID_HEADER]: seenId }),
    };
    const path = `/api/servers/${encodeQualifiedName(operation.target)}`;
    void operationAsked
      .run(operation.id, async () => callSignedIn(process, 'DELETE', path, { headers }))
      .then(async (answer) => {
        if (process.isAlive) await hear(operation, answer);
      })
      .catch((error: unknown) => {
        if (process.isAlive) story.falsehoods.push(`A delete was not answered: ${String(error)}`);
      })
      .finally(() => {
        answered++;
        operation.waiting--;
      });
  }

  async function hear(operation: StoryOperation, answer: Answer): Promise<void> {
    operation.answers.push(answer);
    const entry = answer.json['operation'] as Operation | undefined;
    if (answer.status === 200 && entry?.state !== 'applied')
      story.falsehoods.push('200 for what is not applied');
    if (entry !== undefined) await hold(operation, entry);
  }

  async function hold(operation: StoryOperation, entry: Operation): Promise<void> {
    const row = await database.db
      .selectFrom('operations')
      .select('target_id')
      .where('id', '=', operation.id)
      .executeTakeFirst();
    const found = falsehood(world, operation, { ...entry, targetId: row?.target_id ?? null });
    if (found !== undefined && !story.falsehoods.includes(found)) story.falsehoods.push(found);
  }

  const alive = () => story.processes.filter((process) => process?.isAlive === true);

  /** Whoever lives looks for what the dead left, as with every sign of life. */
  async function takeOver(): Promise<void> {
    for (const process of alive()) await process?.gateway.takeOverOperations().catch(() => {});
  }

  async function readEntry(operation: StoryOperation): Promise<Operation | undefined> {
    const [process] = alive();
    if (process === undefined) return undefined;
    // As whoever signs in: what is asked of the registry for it, to see whose ledger it is, is no part of the story.
    const { status, json } = await operationAsked.run(SIGNING_IN, async () =>
      callSignedIn(process, 'GET', gatewayPaths.operation(operation.id)),
    );
    return status === 200 ? (json as unknown as Operation) : undefined;
  }

  async function quiet(): Promise<void> {
    const state = () => `${world.calls} ${world.deletes.length} ${answered}`;
    for (let before = '', same = 0; same < 2;) {
      // Whatever sleeps for a moment awakes before this does, since it fell asleep earlier.
      await sleep(1);
      await turn();
      same = state() === before ? same + 1 : 0;
      before = state();
    }
  }

  const story: Story = {
    world,
    operations: [],
    processes: [],
    falsehoods: [],
    setTrouble(index, trouble) {
      const process = story.processes[index];
      if (process === undefined) return;
      process.trouble = trouble;
      wasTroubled ||= trouble !== 'none';
    },
    ask(index, target, seenId) {
      const process = story.processes[index];
      if (process === undefined) return undefined;
      const operation: StoryOperation = {
        id: randomUUID(),
        target,
        askedAt: world.history.length - 1,
        answers: [],
        waiting: 0,
      };
      story.operations.push(operation);
      send(process, operation, seenId);
      return operation;
    },
    askAgain(index, operation) {
      const process = story.processes[index];
      if (process !== undefined) send(process, operation, null);
    },
    check(index, operation) {
      const process = story.processes[index];
      if (process === undefined) return;
      void callSignedIn(process, 'POST', gatewayPaths.checkOperation(operation.id))
        .then(async ({ status, json }) => {
          if (process.isAlive && status === 200) await hold(operation, json as unknown as Operation);
        })
        .catch((error: unknown) => {
          if (process.isAlive) story.falsehoods.push(`A check was not answered: ${String(error)}`);
        })
        .finally(() => answered++);
    },
    async crash(index) {
      const process = story.processes[index];
      if (process === undefined) return;
      story.processes[index] = undefined;
      await end(process);
      await takeOver();
    },
    async restart(index) {
      story.processes[index] ??= await startProcess();
    },
    advance: (ms) => clock.advance(ms),
    quiet,
    async holdAgainstTruth() {
      for (const operation of story.operations) {
        const entry = await readEntry(operation);
        if (entry !== undefined) await hold(operation, entry);
      }
    },
    async end() {
      for (const process of alive()) if (process !== undefined) process.trouble = 'none';
      world.setReads('fine');
      world.letReadsGo();
      // What waited for its reads is sent only now.
      await quiet();
      for (const arrived of world.deletes) world.answer(arrived, 'reset');
      await quiet();
      for (let index = 0; index < processCount; index++) {
        if (story.processes[index]?.diesSending === true) await story.crash(index);
        await story.restart(index);
      }
      await takeOver();
      await untilAnswered(story.operations);
      for (const operation of story.operations) {
        // Where the checks of its process gave up meanwhile, its owner asks for another.
        story.check(0, operation);
      }
      await quiet();
      await story.holdAgainstTruth();
      return [...story.falsehoods, ...(await shortcomings())];
    },
    async stop() {
      await quiet();
      for (const process of alive()) {
        if (process === undefined) continue;
        const isInOrder = story.falsehoods.length === 0 && process.endWaits.size === 0 && !wasTroubled;
        if (isInOrder) spares.push(process);
        else await end(process);
      }
    },
  };

  /** What is wrong with how it all ended. */
  async function shortcomings(): Promise<string[]> {
    const found: string[] = [];
    for (const operation of story.operations) {
      const name = `The delete of ${operation.target}`;
      const arrivals = world.deletes.filter(({ operation: id }) => id === operation.id);
      if (arrivals.length > 1) found.push(`${name} was sent ${arrivals.length} times`);
      const entry = await readEntry(operation);
      if (entry === undefined && arrivals.length > 0) found.push(`${name} was sent and is in no ledger`);
      if (entry !== undefined && (entry.state === 'sending' || entry.checking)) {
        found.push(`${name} is ${entry.state} for ever`);
      }
      // All can be found out by now.
      if (entry?.state === 'unknown')
        found.push(`${name} is unknown although the registry answers everything`);
      // Told to be done by the registry itself, to a process that lived to write it down.
      const isConfirmed = arrivals.some((arrived) => arrived.confirmed && confirmed.has(arrived.operation));
      if (isConfirmed && !wasTroubled && entry?.finding !== 'confirmed') {
        found.push(`${name} was confirmed, and is ${entry?.state}, ${entry?.finding} in the ledger`);
      }
      const wasConfirmed = operation.answers.some(({ status }) => status === 200);
      if (wasConfirmed && entry?.state !== 'applied') {
        found.push(`${name} was told to be done, and is ${entry?.state} in the ledger`);
      }
      const wasUnsent = operation.answers.some(
        ({ status, json }) => status === 503 && json['code'] === 'storage-failed',
      );
      if (wasUnsent && operation.answers.length === 1 && arrivals.length > 0) {
        found.push(`${name} was told not to be sent, and was`);
      }
    }
    return found;
  }

  for (let index = 0; index < processCount; index++) {
    const process = spares.pop() ?? (await startProcess());
    Object.assign(process, { world, confirmed });
    story.processes.push(process);
    await callSignedIn(process, 'GET', gatewayPaths.session());
  }
  return story;
}

type Rest<Call extends (...all: never[]) => unknown> =
  Parameters<Call> extends [unknown, ...infer Others] ? Others : never;

async function untilAnswered(operations: readonly StoryOperation[]): Promise<void> {
  const end = performance.now() + 10_000;
  while (operations.some(({ waiting }) => waiting > 0)) {
    if (performance.now() > end) throw new Error('A delete is never answered');
    await sleep(1);
  }
}

async function unsynchronized({ db }: OpenDatabase): Promise<void> {
  await sql`pragma synchronous = off`.execute(db);
}

/** Makes the writes of a database fail: before they are made, or after. */
function troubling(trouble: () => Trouble): KyselyPlugin {
  const writes = new WeakSet();
  return {
    transformQuery({ node, queryId }) {
      if (node.kind !== 'InsertQueryNode' && node.kind !== 'UpdateQueryNode') return node;
      if (trouble() === 'writes fail') throw new Error('The disk is full');
      writes.add(queryId);
      return node;
    },
    async transformResult({ result, queryId }) {
      if (writes.has(queryId) && trouble() === 'answers of writes are lost')
        throw new Error('Connection lost');
      return result;
    },
  };
}
