import { createServer, request as sendRequest, type Server } from 'node:http';
import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import Smithery from '@smithery/api';
import { describe, expect, it, type TestContext } from 'vitest';
import { gatewayPaths } from '#contract/api-paths.ts';
import type { Operation, OperationList } from '#contract/operations.ts';
import { startDesk, type Desk } from './support/desk.ts';
import { KILLS, KILLS_TIMEOUT, killAmong, killMoments } from './support/kills.ts';
import { freePort } from './support/postgres.ts';
import { createVisitor, type Visitor } from './support/visitor.ts';

const DELETES_PER_CYCLE = 6;

/** Passes everything on and counts the deletes of each path that reached the registry. */
async function countingProxy(): Promise<{
  server: Server;
  port: number;
  target: { port: number };
  deletes: Map<string, number>;
}> {
  const deletes = new Map<string, number>();
  const target = { port: 0 };
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '';
    if (incoming.method === 'DELETE') deletes.set(path, (deletes.get(path) ?? 0) + 1);
    const { host: _host, ...headers } = incoming.headers;
    const upstream = sendRequest(
      { host: '127.0.0.1', port: target.port, path, method: incoming.method, headers, agent: false },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    upstream.on('error', () => outgoing.destroy());
    incoming.pipe(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port, target, deletes };
}

async function signedIn(url: string, apiKey: string): Promise<Visitor> {
  const visitor = createVisitor(url);
  const { status, text } = await visitor.signIn({ apiKey });
  if (status !== 200) throw new Error(`sign-in failed: ${status} ${text}`);
  return visitor;
}

async function waitUntilSettled(client: Visitor): Promise<Operation[]> {
  for (;;) {
    const { json } = await client.call(`${gatewayPaths.operations()}?limit=100`);
    const { operations } = json as unknown as OperationList;
    if (operations.every(({ state }) => state === 'applied' || state === 'refused')) return operations;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function exists(registry: Smithery, name: string): Promise<boolean> {
  try {
    await registry.servers.get(name);
    return true;
  } catch (error) {
    if (error instanceof Smithery.NotFoundError) return false;
    throw error;
  }
}

/** Where the ledger, what was acknowledged and the registry do not say the same. */
async function contradictions(
  registry: Smithery,
  names: string[],
  acknowledged: string[],
  operations: Operation[],
): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) {
    const there = await exists(registry, name);
    const entry = operations.find(({ target }) => target === name);
    if (there && acknowledged.includes(name)) found.push(`${name} was acknowledged and is there`);
    // Without an intent nothing may have been sent.
    if (!there && entry === undefined) found.push(`${name} is gone and no operation says so`);
    if (entry !== undefined && entry.state !== (there ? 'refused' : 'applied')) {
      found.push(`${name} is ${there ? 'there' : 'gone'} and its operation says ${entry.state}`);
    }
  }
  return found;
}

describe.concurrent('a desk killed in the midst of deletes', () => {
  /**
   * Deletes and kills the desk, cycle after cycle, and holds what it then says against the registry. Returns how many
   * deletes were acknowledged. `args` give the desk the same port each time, so that its session goes on.
   */
  async function killAmongDeletes(
    first: Desk,
    { args, registry, apiKey }: { args: string[]; registry: Smithery; apiKey: string },
    test: TestContext,
  ): Promise<number> {
    const { dataFolder } = first;
    let desk = first;
    test.onTestFinished(async () => {
      await desk.stop({ keepData: true });
      await rm(dataFolder, { recursive: true, force: true });
    });
    await registry.namespaces.set('crash');
    const client = await signedIn(desk.url, apiKey);
    let acknowledgedInAll = 0;
    for (const [cycle, moment] of killMoments(DELETES_PER_CYCLE, test).entries()) {
      const names = Array.from({ length: DELETES_PER_CYCLE }, (_, index) => `crash/s-${cycle}-${index}`);
      await Promise.all(names.map((name) => registry.servers.create(name)));
      const send = async (name: string) => {
        const { status, json } = await client.deleteServer(name);
        return status === 200 && json?.['success'] === true;
      };
      const acknowledged = await killAmong(desk, names, send, moment);
      acknowledgedInAll += acknowledged.length;
      desk = await startDesk({ args, dataFolder });
      const operations = await waitUntilSettled(client);
      expect(await contradictions(registry, names, acknowledged, operations)).toEqual([]);
    }
    return acknowledgedInAll;
  }

  it(
    'loses no acknowledged delete, sends none twice, and settles every operation to the truth',
    KILLS_TIMEOUT,
    async (test) => {
      const registryDesk = await startDesk({ args: ['--no-samples'] });
      test.onTestFinished(() => registryDesk.stop());
      const proxy = await countingProxy();
      proxy.target.port = registryDesk.port;
      test.onTestFinished(() => {
        proxy.server.closeAllConnections();
        proxy.server.close();
      });
      const apiKey = registryDesk.ownerKey ?? '';
      const registry = new Smithery({ apiKey, baseURL: registryDesk.registryUrl, maxRetries: 0 });
      const port = String(await freePort());
      const args = ['--port', port, '--registry', `http://127.0.0.1:${proxy.port}/registry`];
      const desk = await startDesk({ args });
      const acknowledged = await killAmongDeletes(desk, { args, registry, apiKey }, test);
      expect([...proxy.deletes.values()].filter((count) => count > 1)).toEqual([]);
      // Kills that all came too early or too late would have shown nothing.
      expect(acknowledged).toBeGreaterThan(0);
      expect(acknowledged).toBeLessThan(KILLS * DELETES_PER_CYCLE);
    },
  );

  it('keeps its word on its own registry too', KILLS_TIMEOUT, async (test) => {
    const args = ['--no-samples', '--port', String(await freePort())];
    const desk = await startDesk({ args });
    const apiKey = desk.ownerKey ?? '';
    const registry = new Smithery({ apiKey, baseURL: desk.registryUrl, maxRetries: 0 });
    expect(await killAmongDeletes(desk, { args, registry, apiKey }, test)).toBeGreaterThan(0);
  });
});
