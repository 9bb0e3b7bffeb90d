import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMcpDesk, type McpDesk } from '#e2e/support/mcp-desk.ts';
import {
  startHttpServer,
  startMcpServer,
  type RunningMcpServer,
  type SocketServer,
} from '#e2e/support/mcp-servers.ts';
import { eventually } from '#e2e/support/test-desk.ts';

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
