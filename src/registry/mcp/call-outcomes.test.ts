import type { ServerResponse } from 'node:http';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMcpDesk, type McpDesk } from '#e2e/support/mcp-desk.ts';
import {
  startHttpServer,
  startMcpServer,
  type RunningMcpServer,
  type SocketServer,
} from '#e2e/support/mcp-servers.ts';
import { eventually } from '#e2e/support/test-desk.ts';
import { createRegistry } from '#registry/create-registry.ts';

describe('how calls went', () => {
  let desk: McpDesk;
  let upstream: RunningMcpServer;
  let plain: SocketServer;
  beforeAll(async () => {
    upstream = await startMcpServer();
    // Answers as JSON, in two pieces, what it is asked for by the name of a tool.
    plain = await startHttpServer((request, response) => {
      if (request.method !== 'POST') {
        response.writeHead(405).end();
        return;
      }
      let text = '';
      request.on('data', (piece: Buffer) => {
        text += piece.toString();
      });
      request.on('end', () => {
        const { id, params } = JSON.parse(text) as { id: number; params: { name: string } };
        const rest = {
          echo: { result: { content: [] } },
          count: { result: { content: [{ type: 'text', text: '"error":{}' }], isError: true } },
          fail: { error: { code: -32_000, message: 'no' } },
        }[params.name];
        const answer = JSON.stringify({ jsonrpc: '2.0', id, ...rest });
        response.writeHead(200, { 'Content-Type': 'application/json' });
        response.write(answer.slice(0, 30));
        setTimeout(() => response.end(answer.slice(30)), 10);
      });
    });
    desk = await startMcpDesk();
    await desk.release('acme/events', upstream.url);
    await desk.release('acme/plain', `${plain.origin}/mcp`);
  });
  afterAll(async () => {
    await desk.stop();
    await upstream.close();
    await plain.close();
  });

  const counted = async (name: string, calls: number) => {
    const rows = await eventually(
      async () =>
        desk.registry.db
          .selectFrom('call_hours')
          .innerJoin('servers', 'servers.rid', 'call_hours.server_rid')
          .select(['tool', 'calls', 'errors', 'tool_errors'])
          .where('qualified_name', '=', name)
          .orderBy('tool')
          .execute(),
      (found) => found.reduce((sum, row) => sum + row.calls, 0) >= calls,
    );
    return rows.map(({ tool, calls: all, errors, tool_errors }) => [tool, all, errors, tool_errors]);
  };

  it('is read from event streams: errors of the protocol, and apart from them tools that failed', async () => {
    const { client, transport } = await desk.connect('acme/events');
    await client.callTool({ name: 'echo', arguments: { text: '"error":{},"isError":true' } });
    expect(await client.callTool({ name: 'fail' })).toMatchObject({ isError: true });
    await expect(client.readResource({ uri: 'weather://nowhere' })).rejects.toThrow('nowhere');
    await transport.terminateSession();
    await client.close();
    // The session's begin and end, its stream, and the resource that is not there.
    expect(await counted('acme/events', 6)).toEqual([
      ['', 4, 1, 0],
      ['echo', 1, 0, 0],
      ['fail', 1, 0, 1],
    ]);
  });

  const countsOf = async (name: string) =>
    (
      await desk.registry.db
        .selectFrom('call_hours')
        .innerJoin('servers', 'servers.rid', 'call_hours.server_rid')
        .select(['tool', 'calls', 'errors', 'tool_errors'])
        .where('qualified_name', '=', name)
        .orderBy('tool')
        .execute()
    ).map(({ tool, calls, errors, tool_errors }) => [tool, calls, errors, tool_errors]);
  const authorization = () => ({ Authorization: `Bearer ${desk.registry.ownerKey}` });

  it('is read from the stream of the older transport, for the call that it answers', async () => {
    const older = await startMcpServer({ transport: 'sse' });
    await desk.release('acme/older', older.url);
    const client = new Client({ name: 'test', version: '1.0.0' });
    const transport = new SSEClientTransport(new URL(desk.mcpUrl('acme/older')), {
      requestInit: { headers: authorization() },
    });
    await client.connect(transport);
    await client.callTool({ name: 'echo', arguments: { text: '"error":{},"isError":true' } });
    expect(await client.callTool({ name: 'fail' })).toMatchObject({ isError: true });
    await expect(client.readResource({ uri: 'weather://nowhere' })).rejects.toThrow('nowhere');
    await client.close();
    // The stream, the session's begin, and the resource that is not there.
    await expect
      .poll(async () => countsOf('acme/older'))
      .toEqual([
        ['', 3, 1, 0],
        ['echo', 1, 0, 0],
        ['fail', 1, 0, 1],
      ]);
    await older.close();
  });

  it('is read from it once for each call, and for the server where another process passed the call on', async () => {
    let stream: ServerResponse | undefined;
    const tell = (message: object) => stream?.write(`data: ${JSON.stringify(message)}\n\n`);
    const error = { code: -32_000, message: 'no' };
    const older = await startHttpServer((request, response) => {
      if (request.method === 'GET') {
        stream = response;
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.write('event: endpoint\ndata: /post?session=1\n\n');
        return;
      }
      let text = '';
      request.on('data', (piece: Buffer) => {
        text += piece.toString();
      });
      request.on('end', () => {
        for (const { id } of [JSON.parse(text) as { id: number } | { id: number }[]].flat())
          tell({ id, error });
        response.writeHead(text.includes('refuse') ? 500 : 202).end();
      });
    });
    await desk.release('acme/raw', `${older.origin}/sse`);
    const events = (await desk.send('acme/raw', { method: 'GET' })).body
      ?.pipeThrough(new TextDecoderStream())
      .getReader();
    const [, query = ''] = /^data: [^?]+(\?.*)$/m.exec((await events?.read())?.value ?? '') ?? [];
    const call = (id: unknown, name: string) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name },
    });
    const post = async (body: unknown) => (await desk.send('acme/raw', { query, body })).status;
    expect(await post(call('a"b', 'echo'))).toBe(202);
    // Two requests in one call, and one that is refused as well as answered.
    expect(await post([call(2, 'fail'), call(3, 'fail')])).toBe(202);
    expect(await post(call(4, 'refuse'))).toBe(502);
    expect(await post({ jsonrpc: '2.0', id: 5, method: 'server/discover' })).toBe(202);
    const beside = createRegistry(desk.registry.registryOptions);
    const elsewhere = await beside.fetch(
      new Request(`http://desk.test/mcp/acme%2Fraw${query}`, {
        method: 'POST',
        headers: { ...authorization(), 'Content-Type': 'application/json' },
        body: JSON.stringify(call(6, 'count')),
      }),
    );
    expect(elsewhere.status).toBe(202);
    await beside.close();
    // Answered before, and asked for by nobody.
    tell({ id: 2, result: {} });
    tell({ method: 'notifications/message', params: { error } });
    await events?.cancel();
    await expect
      .poll(async () => countsOf('acme/raw'))
      .toEqual([
        // The stream, the refused call and the discovery; the errors of the refused one and of the one elsewhere.
        ['', 3, 2, 0],
        ['count', 1, 0, 0],
        ['echo', 1, 1, 0],
        ['fail', 1, 1, 0],
      ]);
    await older.close();
  });

  it('is read from JSON too, and a server without a stream of its own has not failed', async () => {
    const call = (name: string) => ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } });
    for (const name of ['echo', 'count', 'fail', 'fail']) {
      expect(await (await desk.send('acme/plain', { body: call(name) })).json()).toMatchObject({ id: 1 });
    }
    expect((await desk.send('acme/plain', { method: 'GET' })).status).toBe(405);
    expect(await counted('acme/plain', 5)).toEqual([
      ['', 1, 0, 0],
      ['count', 1, 0, 1],
      ['echo', 1, 0, 0],
      ['fail', 2, 2, 0],
    ]);
  });
});
