import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { startMcpDesk, type McpDesk } from '#e2e/support/mcp-desk.ts';
import { startMcpServer, type RunningMcpServer } from '#e2e/support/mcp-servers.ts';
import { eventually } from '#e2e/support/test-desk.ts';
import { dumpTables } from '#e2e/support/test-registry.ts';

const CANARY = 'canary-7Qm1xZ0pKd93sVbT';

describe.each(engines)('MCP through the registry on %s', (engine) => {
  let desk: McpDesk;
  let upstream: RunningMcpServer;
  beforeAll(async () => {
    upstream = await startMcpServer();
    desk = await startMcpDesk(engine);
    for (const name of ['acme/weather', 'acme/discreet', 'acme/busy']) await desk.release(name, upstream.url);
  });
  afterAll(async () => {
    await desk.stop();
    await upstream.close();
  });

  const useCount = async (name: string): Promise<number> => {
    const { use_count } = await desk.registry.db
      .selectFrom('servers')
      .select('use_count')
      .where('qualified_name', '=', name)
      .executeTakeFirstOrThrow();
    return use_count;
  };

  it('is a whole session for the official client, and each of its calls is in the logs', async () => {
    const { client, transport } = await desk.connect('acme/weather');
    expect(client.getServerVersion()).toMatchObject({ name: 'weather', version: '1.2.3' });
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['echo', 'count', 'fail']);
    expect(await client.callTool({ name: 'echo', arguments: { text: 'hello' } })).toMatchObject({
      content: [{ type: 'text', text: 'hello' }],
    });
    const progress: number[] = [];
    await client.callTool({ name: 'count' }, undefined, {
      onprogress: ({ progress: step }) => progress.push(step),
    });
    expect(progress).toEqual([1, 2, 3]);
    expect((await client.readResource({ uri: 'weather://stations' })).contents).toHaveLength(1);
    expect((await client.getPrompt({ name: 'pack' })).messages).toHaveLength(1);
    const session = transport.sessionId;
    expect(upstream.requests.some(({ headers }) => headers['mcp-session-id'] === session)).toBe(true);
    expect(upstream.requests.some(({ headers }) => headers['mcp-protocol-version'] !== undefined)).toBe(true);
    await transport.terminateSession();
    await client.close();

    // Six requests, the client's own stream of events and the end of the session.
    const invocations = await desk.logs('acme/weather', 8);
    expect(invocations.map(({ request, logs }) => `${request.method} ${logs[0]?.message}`).sort()).toEqual([
      'DELETE Session ended by its caller',
      'GET Event stream opened',
      'POST initialize',
      'POST prompts/get',
      'POST resources/read',
      'POST tools/call count',
      'POST tools/call echo',
      'POST tools/list',
    ]);
    for (const { request, response, duration } of invocations) {
      expect(request.url).toBe('http://desk.test/registry/mcp/acme%2Fweather');
      expect(response).toEqual({ status: 200, outcome: 'ok' });
      expect(duration.cpuMs).toBe(0);
    }
    expect(await useCount('acme/weather')).toBe(6);
    const { body } = await desk.registry.call('GET', '/servers/acme%2Fweather/logs?search=echo');
    expect(body).toMatchObject({ total: 1, invocations: [{ logs: [{ message: 'tools/call echo' }, {}] }] });
  });

  it('keeps nothing of arguments, results, names that are not on the card, or parameters', async () => {
    const { client } = await desk.connect('acme/discreet', { 'X-Upstream-Key': CANARY });
    expect(await client.callTool({ name: 'echo', arguments: { text: CANARY } })).toMatchObject({
      content: [{ text: CANARY }],
    });
    await client.callTool({ name: CANARY, arguments: { [CANARY]: CANARY } });
    await expect(client.readResource({ uri: `weather://${CANARY}` })).rejects.toThrow(CANARY);
    await client.close();
    await desk.send('acme/discreet', {
      query: `?key=${CANARY}`,
      body: { jsonrpc: '2.0', id: CANARY, method: CANARY },
    });
    // The stream of events, four requests of the client and one by hand.
    const invocations = await desk.logs('acme/discreet', 6);
    const lines = invocations.flatMap(({ logs }) => logs.map(({ message }) => message));
    expect(lines).toContain('tools/call (unknown tool)');
    expect(lines).toContain('Unknown method');
    const kept = JSON.stringify([await dumpTables(desk.registry), desk.running.log, desk.registry.failures]);
    expect(kept).not.toContain(CANARY);
    expect(kept).not.toContain(Buffer.from(CANARY).toString('base64').replaceAll('=', ''));
  });

  it('keeps fifty sessions at once apart, and counts every call', async () => {
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const { client, transport } = await desk.connect('acme/busy', { 'X-Caller': String(i) });
        for (const round of [1, 2, 3]) {
          const text = `caller ${i}, round ${round}`;
          expect(await client.callTool({ name: 'echo', arguments: { text } })).toMatchObject({
            content: [{ text }],
          });
        }
        const own = upstream.requests.filter(({ headers }) => headers['x-caller'] === String(i));
        const sessions = new Set(own.flatMap(({ headers }) => headers['mcp-session-id'] ?? []));
        expect([...sessions]).toEqual([transport.sessionId]);
        await client.close();
      }),
    );
    expect(
      await eventually(
        async () => useCount('acme/busy'),
        (count) => count >= 200,
      ),
    ).toBe(200);
  });
});
