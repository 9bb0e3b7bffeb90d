import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { DatabaseSync } from '@photostructure/sqlite';
import { Hono } from 'hono';
import { Agent, request } from 'undici';
import { createVisitor } from '../support/visitor.ts';
import { filledDesk } from './filled-desk.ts';
import { medianRow, timed, type Row } from './measure.ts';

const ROUNDS = 7;
const CALLS_PER_ROUND = 800;
const AT_ONCE = 8;

/**
 * What a read of one server costs beside its SELECT: requests a second through the gateway and of the registry alone, against
 * a handler that does nothing but the same SELECT and tells its row, in one run and in turns.
 */
export async function fixedCostBench(): Promise<Row[]> {
  const desk = await filledDesk(1000);
  const bare = await bareHandler(join(desk.dataFolder, 'touchmark.db'));
  const agent = new Agent({ connections: AT_ONCE });
  try {
    const visitor = createVisitor(desk.url);
    await visitor.signIn({ apiKey: desk.apiKey });
    const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const name = encodeURIComponent(await oneOf(desk.registryUrl, desk.apiKey));
    const key = { Authorization: `Bearer ${desk.apiKey}` };
    const calls = {
      bare: { url: `${bare.url}/servers/${name}`, headers: key },
      registry: { url: `${desk.registryUrl}/servers/${name}`, headers: key },
      gateway: {
        url: `${desk.url}/api/servers/${name}`,
        headers: { Cookie: cookie, 'Touchmark-Client': 'web' },
      },
    };
    const rates = { bare: [] as number[], registry: [] as number[], gateway: [] as number[] };
    for (let round = -1; round < ROUNDS; round++) {
      for (const [which, call] of Object.entries(calls) as [keyof typeof calls, (typeof calls)['bare']][]) {
        const rate = await load(agent, call);
        // The first time warms up.
        if (round >= 0) rates[which].push(rate);
      }
    }
    const group = `Fixed cost of a request, one server, ${AT_ONCE} at once`;
    const against = (samples: readonly number[]) =>
      samples.map((rate, i) => rate / (rates.bare[i] ?? Number.NaN));
    return [
      medianRow(group, 'bare handler with the same SELECT', '/s', rates.bare),
      medianRow(group, 'registry alone', '/s', rates.registry),
      medianRow(group, 'through the gateway', '/s', rates.gateway),
      medianRow(group, 'registry against bare', '×', against(rates.registry)),
      medianRow(group, 'gateway against bare', '×', against(rates.gateway)),
    ];
  } finally {
    await agent.close();
    await bare.close();
    await desk.stop();
  }
}

async function oneOf(registryUrl: string, apiKey: string): Promise<string> {
  const response = await fetch(`${registryUrl}/servers?namespace=bench&pageSize=1`, {
    headers: { Authorization: `Bearer ${apiKey}` },
  });
  const { servers } = (await response.json()) as { servers: { qualifiedName: string }[] };
  if (servers[0] === undefined) throw new Error('there are no servers');
  return servers[0].qualifiedName;
}

async function bareHandler(path: string): Promise<{ url: string; close: () => Promise<void> }> {
  const database = new DatabaseSync(path, { readOnly: true });
  const statement = database.prepare('select * from servers where qualified_name = ?');
  const app = new Hono();
  app.get('/servers/:name', (c) => c.json(statement.get(c.req.param('name'))));
  const listener = getRequestListener(app.fetch);
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      database.close();
    },
  };
}

async function load(
  agent: Agent,
  { url, headers }: { url: string; headers: Record<string, string> },
): Promise<number> {
  let left = CALLS_PER_ROUND;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const { statusCode, body } = await request(url, { dispatcher: agent, headers });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`${url}: ${statusCode} ${text}`);
    }
  };
  const elapsed = await timed(() => Promise.all(Array.from({ length: AT_ONCE }, worker)));
  return (CALLS_PER_ROUND / elapsed) * 1000;
}
