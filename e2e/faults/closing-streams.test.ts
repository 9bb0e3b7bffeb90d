import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { startHttpServer } from '../support/mcp-servers.ts';
import { publishUpstream } from '../support/publish-upstream.ts';
import { eventually } from '../support/test-desk.ts';
import { readCommand } from '#cli/config.ts';
import { startTouchmark } from '#src/start.ts';

it('a desk closes although a client listens for events, once the calls under way are answered', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'touchmark-closing-'));
  const args = ['--port', '0', '--data', folder, '--no-samples', '--allow-private-upstreams'];
  const command = readCommand(args, {});
  if (command.command !== 'run') throw new Error('not a run');
  const pings: ServerResponse[] = [];
  const upstream = await startHttpServer((request, response) => void serve(request, response, pings));
  const desk = await startTouchmark(command.config);
  const line = (label: string): string => desk.readyLines.find(([name]) => name === label)?.[1] ?? '';
  const headers = { Authorization: `Bearer ${line('Owner key')}` };
  const mcpUrl = await publishUpstream(line('Registry'), {
    name: 'acme/patient',
    upstreamUrl: upstream.origin,
    headers,
  });

  // Answered: a listener that is not is told to come again.
  const events = await fetch(mcpUrl, { headers });
  const body = JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'ping' });
  const call = fetch(mcpUrl, { method: 'POST', headers, body }).then(async (response) => response.text());
  await eventually(async () => pings.length === 1, Boolean);
  const closed = desk.close();
  expect(await events.text()).toBe(': listening\n\n');
  sendResult(pings[0], 7, {});
  expect(JSON.parse(await call)).toEqual({ jsonrpc: '2.0', id: 7, result: {} });
  await closed;
  await expect(fetch(line('Registry'))).rejects.toThrow();

  await upstream.close();
  await rm(folder, { recursive: true, force: true });
});

/** The least that a release is scanned by; events never come, and a ping is kept to be answered later. */
async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  pings: ServerResponse[],
): Promise<void> {
  if (request.method === 'GET') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(': listening\n\n');
    return;
  }
  const { id, method } = (await json(request)) as { id?: number; method: string };
  if (method === 'ping') pings.push(response);
  else if (id === undefined) response.writeHead(202).end();
  else {
    const serverInfo = { name: 'patient', version: '1.0.0' };
    sendResult(response, id, { protocolVersion: '2025-06-18', capabilities: {}, serverInfo });
  }
}

function sendResult(response: ServerResponse | undefined, id: number, result: object): void {
  response
    ?.writeHead(200, { 'Content-Type': 'application/json' })
    .end(JSON.stringify({ jsonrpc: '2.0', id, result }));
}
