import { Agent, createServer, request as sendRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const HEALTH_MS = 100;

/** What stands in front of several desks: gives requests to each in turn that says it is ready. */
export interface RoundRobin {
  port: number;
  /** Whose turn it may be, by port. */
  targets: Set<number>;
  /** Resolves once this one gets its turns. */
  untilReady(port: number): Promise<void>;
  /** The ports of desks that a request broke off at, before or in the midst of its answer, with what it was. */
  broken: { port: number; request: string; reason: string }[];
  /** How many requests each desk answered, by port. */
  answered: Map<number, number>;
  close(): Promise<void>;
}

/** The response header that tells which desk answered. */
export const ANSWERED_BY = 'x-answered-by';

/**
 * Starts a proxy as in front of any web application: it looks at `/readyz` ten times a second, keeps connections alive,
 * passes bodies on as they come, and sends nothing twice.
 */
export async function startRoundRobin(): Promise<RoundRobin> {
  const targets = new Set<number>();
  const ready = new Set<number>();
  const broken: RoundRobin['broken'] = [];
  const answered = new Map<number, number>();
  const agent = new Agent({ keepAlive: true });
  let turn = 0;

  const health = setInterval(() => {
    for (const port of targets) {
      const probe = sendRequest({ host: '127.0.0.1', port, path: '/readyz', timeout: 2000 }, (answer) => {
        answer.resume();
        if (answer.statusCode === 200) ready.add(port);
        else ready.delete(port);
      });
      probe.on('error', () => ready.delete(port)).end();
    }
    for (const port of ready) if (!targets.has(port)) ready.delete(port);
  }, HEALTH_MS);

  const server = createServer((incoming, outgoing) => {
    const ports = [...ready];
    const port = ports[turn++ % ports.length];
    if (port === undefined) {
      outgoing.writeHead(503).end('no desk is ready');
      return;
    }
    const breakOff = (reason: string): void => {
      broken.push({ port, request: `${incoming.method} ${incoming.url}`, reason });
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(502, { [ANSWERED_BY]: String(port) }).end('broken off');
    };
    const upstream = sendRequest(
      {
        host: '127.0.0.1',
        port,
        path: incoming.url,
        method: incoming.method,
        headers: incoming.headers,
        agent,
      },
      (answer: IncomingMessage) => {
        answered.set(port, (answered.get(port) ?? 0) + 1);
        const { connection: _hop, ...headers } = answer.headers;
        outgoing.writeHead(answer.statusCode ?? 502, { ...headers, [ANSWERED_BY]: String(port) });
        answer.pipe(outgoing);
        answer.on('error', (error) => breakOff(error.message));
      },
    );
    upstream.on('error', (error) => breakOff(error.message));
    outgoing.on('close', () => upstream.destroyed || upstream.destroy());
    incoming.pipe(upstream);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    targets,
    async untilReady(port) {
      while (!ready.has(port)) await sleep(HEALTH_MS / 2);
    },
    broken,
    answered,
    async close() {
      clearInterval(health);
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      agent.destroy();
    },
  };
}
