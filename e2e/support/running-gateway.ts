import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import {
  createGateway,
  busyRequest,
  isHealthPath,
  malformedRequest,
  type Gateway,
  type GatewayOptions,
} from '#gateway/create-gateway.ts';
import type { Limits } from '#gateway/gateway-limits.ts';
import { createHttpServer } from '#platform/http-server.ts';
import { remoteRegistry } from '#gateway/registry/remote-registry.ts';
import { createVisitor, type Visitor } from './visitor.ts';

/** A clock that moves only when told. */
export interface TestClock {
  now: () => Date;
  advance(ms: number): void;
}

export function createTestClock(start = '2026-06-01T12:00:00.000Z'): TestClock {
  let time = Date.parse(start);
  return {
    now: () => new Date(time),
    advance: (ms) => {
      time += ms;
    },
  };
}

/** A gateway on a real socket. */
export interface RunningGateway {
  gateway: Gateway;
  url: string;
  port: number;
  /** Everything it logged, a line each. */
  log: string[];
  /** A browser that has not signed in. */
  visitor(): Visitor;
  /** Stops it in order: deletes under way finish first. */
  stop(): Promise<void>;
  /** Drops every connection and stops listening, as a killed process would; the gateway is told nothing. */
  vanish(): Promise<void>;
}

/** Retries and checks that follow each other quickly; nothing times out, however busy the machine. */
export const quickLimits: Partial<Limits> = {
  readRetryMs: [10, 20],
  checkMs: [0, 40, 80, 160, 320],
  patienceMs: 200,
  settleRetryMs: [10, 20],
};

/** Time limits that pass within a test. */
export const hastyLimits: Partial<Limits> = {
  ...quickLimits,
  headersMs: 1000,
  idleMs: 1000,
  totalMs: 2000,
  briefCheckMs: 1000,
};

type Options = Pick<GatewayOptions, 'db'> &
  Partial<GatewayOptions> & { registryUrl: string; clock?: TestClock };

const TEST_SECRET = new Uint8Array(32).fill(7);

/** A process beside which all others are gone: what they left open is this one's. */
function lastProcess(): GatewayOptions['process'] {
  return { id: randomUUID(), gone: async (ids) => [...ids], present: async () => {} };
}

/** Starts a gateway for the registry at `registryUrl` on a free port. */
export async function startGateway({ registryUrl, clock, ...options }: Options): Promise<RunningGateway> {
  const server = createHttpServer();
  const port = await server.listen({ port: 0, host: '127.0.0.1' });
  const registry = remoteRegistry(registryUrl);
  const log: string[] = [];
  const gateway = createGateway({
    registry: { name: 'Test registry', url: registryUrl, embedded: false, fetch: registry },
    secret: TEST_SECRET,
    hosts: [`127.0.0.1:${port}`, `localhost:${port}`],
    siteFolder: null,
    process: lastProcess(),
    signIn: null,
    log: pino({ base: null }, { write: (line: string) => void log.push(line) }),
    now: clock?.now ?? (() => new Date()),
    limits: quickLimits,
    ...options,
  });
  server.serve({
    fetch: (request, env) => gateway.fetch(request, env),
    malformed: malformedRequest,
    busy: busyRequest,
    isUrgent: isHealthPath,
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    gateway,
    url,
    port,
    log,
    visitor: () => createVisitor(url),
    stop: async () => {
      await gateway.close();
      await server.drop();
      await registry.close();
    },
    vanish: () => server.drop(),
  };
}
