import { expect } from 'vitest';
import type { OwnedServer, OwnedServerPage, ServerCounts } from '#contract/owned-servers.ts';
import type { Engine } from '#database/engine.ts';
import type { GatewayOptions } from '#gateway/create-gateway.ts';
import type { Limits } from '#gateway/gateway-limits.ts';
import { createTestDatabase, type TestDatabase } from './databases.ts';
import { quickLimits, startGateway, type RunningGateway, type TestClock } from './running-gateway.ts';
import {
  API_KEY,
  startScriptedRegistry,
  type ScriptedRegistry,
  type SeenRequest,
} from './scripted-registry.ts';
import { eventually } from './test-desk.ts';
import type { Visitor } from './visitor.ts';

/** Gateways on one database that read what keys own from one scripted registry. */
export interface FillingWorld {
  database: TestDatabase;
  registry: ScriptedRegistry;
  /** Those that run, which `stop` ends. */
  running: RunningGateway[];
  /** Starts one more, which waits for nothing but what it is told to. */
  start(limits?: Partial<Limits>, extras?: Extras): Promise<RunningGateway>;
  signedIn(gateway: RunningGateway, apiKey?: string): Promise<Visitor>;
  /** What the registry was asked for, as far as the target is such. */
  asked(pattern: RegExp): SeenRequest[];
  stop(): Promise<void>;
}

type Extras = { clock?: TestClock } & Partial<Pick<GatewayOptions, 'process'>>;

const eager: Partial<Limits> = {
  ...quickLimits,
  fillPerSecond: 10_000,
  listEveryMs: 100,
  lookedAtEveryMs: 100,
  detailsEveryMs: 3_600_000,
};

export async function startFillingWorld(engine: Engine): Promise<FillingWorld> {
  const database = await createTestDatabase(engine);
  const registry = await startScriptedRegistry();
  const running: RunningGateway[] = [];
  return {
    database,
    registry,
    running,
    async start(limits = {}, extras = {}) {
      const gateway = await startGateway({
        db: database.db,
        registryUrl: registry.url,
        limits: { ...eager, ...limits },
        ...extras,
      });
      running.push(gateway);
      return gateway;
    },
    async signedIn(gateway, apiKey = API_KEY) {
      const visitor = gateway.visitor();
      expect((await visitor.signIn({ apiKey })).status).toBe(200);
      return visitor;
    },
    asked: (pattern) => registry.requests.filter(({ target }) => pattern.test(target)),
    async stop() {
      for (const gateway of running) await gateway.stop();
      await registry.close();
      await database.drop();
    },
  };
}

/** A page of the index, as the browser gets it. */
export async function pageOf(visitor: Visitor, query = ''): Promise<OwnedServerPage> {
  const { status, json } = await visitor.call(`/api/-/servers?${query}`);
  expect([status, json]).toEqual([200, json]);
  return json as unknown as OwnedServerPage;
}

export async function countsOf(visitor: Visitor): Promise<ServerCounts> {
  return (await visitor.call('/api/-/servers/counts')).json as unknown as ServerCounts;
}

/** The first page, once all was read. */
export async function filled(visitor: Visitor): Promise<OwnedServerPage> {
  return eventually(
    () => pageOf(visitor),
    ({ isFilling }) => !isFilling,
  );
}

export function namesOf({ servers }: OwnedServerPage): string[] {
  return servers.map(({ qualifiedName }) => qualifiedName);
}

export function findServer({ servers }: OwnedServerPage, name: string): OwnedServer | undefined {
  return servers.find(({ qualifiedName }) => qualifiedName === name);
}
