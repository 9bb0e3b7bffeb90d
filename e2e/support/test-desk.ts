import type { Engine } from '#database/engine.ts';
import { createTestDatabase, type TestDatabase } from './databases.ts';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { createTestClock, startGateway, type RunningGateway, type TestClock } from './running-gateway.ts';
import { API_KEY, startScriptedRegistry, type ScriptedRegistry } from './scripted-registry.ts';
import type { Visitor } from './visitor.ts';

/** A gateway with its database, in front of a scripted registry that it reaches through a fault proxy. */
export interface TestDesk {
  database: TestDatabase;
  registry: ScriptedRegistry;
  /** Between the gateway and the registry. */
  proxy: FaultProxy;
  clock: TestClock;
  /** The gateway that runs now. */
  running: RunningGateway;
  /** Signs a new browser in with API_KEY. */
  signedIn(): Promise<Visitor>;
  /** Replaces the gateway by a new one over the same data, as after a kill. */
  restart(changes?: GatewayExtras): Promise<void>;
  stop(): Promise<void>;
}

type GatewayExtras = Omit<Parameters<typeof startGateway>[0], 'db' | 'registryUrl' | 'clock'>;

export async function startTestDesk(
  engine: Engine = 'sqlite',
  extras: GatewayExtras = {},
): Promise<TestDesk> {
  const database = await createTestDatabase(engine);
  const registry = await startScriptedRegistry();
  const proxy = await startFaultProxy(registry.url);
  const clock = createTestClock();
  const start = (changes: GatewayExtras = {}) =>
    startGateway({ db: database.db, registryUrl: proxy.url, clock, ...extras, ...changes });
  const desk: TestDesk = {
    database,
    registry,
    proxy,
    clock,
    running: await start(),
    async signedIn() {
      const visitor = desk.running.visitor();
      const { status, text } = await visitor.signIn({ apiKey: API_KEY });
      if (status !== 200) throw new Error(`Signing in failed: ${text}`);
      return visitor;
    },
    async restart(changes) {
      await desk.running.vanish();
      desk.running = await start(changes);
      await desk.running.gateway.takeOverOperations();
    },
    async stop() {
      await proxy.close();
      await desk.running.stop();
      await registry.close();
      await database.drop();
    },
  };
  return desk;
}

/** A gateway in front of a scripted registry that it reaches directly, with its owner signed in. */
export interface DirectDesk extends Pick<TestDesk, 'database' | 'registry' | 'running' | 'stop'> {
  owner: Visitor;
}

/** Starts one, for what the fault proxy cannot pass on: it takes whole requests only. */
export async function startDirectDesk(extras: GatewayExtras = {}): Promise<DirectDesk> {
  const database = await createTestDatabase('sqlite');
  const registry = await startScriptedRegistry();
  const running = await startGateway({ db: database.db, registryUrl: registry.url, ...extras });
  const owner = running.visitor();
  await owner.signIn({ apiKey: API_KEY });
  return {
    database,
    registry,
    running,
    owner,
    async stop() {
      await running.stop();
      await registry.close();
      await database.drop();
    },
  };
}

/** Asks again and again until the answer satisfies, and returns it; after half a minute the last one, whatever it is. */
export async function eventually<T>(ask: () => Promise<T>, satisfies: (answer: T) => boolean): Promise<T> {
  const end = performance.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer) || performance.now() > end) return answer;
    await new Promise((resolve) => {
      setTimeout(resolve, 15);
    });
  }
}
