import type { CreateTokenResponse } from '@smithery/api/resources/tokens';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PING, startMcpDesk, type McpDesk } from '#e2e/support/mcp-desk.ts';
import { startHttpServer, startMcpServer, type SocketServer } from '#e2e/support/mcp-servers.ts';

const THEIRS = 'Bearer canary-of-the-server';

describe('a server with an Authorization of its own', () => {
  let desk: McpDesk;
  let upstream: SocketServer;
  beforeAll(async () => {
    upstream = await startHttpServer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end('{"jsonrpc":"2.0","id":1,"result":{}}');
    });
    desk = await startMcpDesk('sqlite');
    await desk.release('acme/weather', `${upstream.origin}/mcp`);
  });
  beforeEach(() => {
    upstream.requests.length = 0;
  });
  afterAll(async () => {
    await desk.stop();
    await upstream.close();
  });

  /** Sends a request with just these headers, and gives its status and what the server saw. */
  const sent = async (headers: Record<string, string>, query = '') => {
    const response = await fetch(desk.mcpUrl('acme/weather') + query, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(PING),
    });
    return { status: response.status, seen: upstream.requests[0] };
  };
  const token = async (): Promise<string> => {
    const { body } = await desk.registry.call('POST', '/tokens', {
      body: { policy: [{ operations: ['execute'] }] },
    });
    return (body as CreateTokenResponse).token;
  };

  it('is sent what its client says, where the registry’s key has a header of its own', async () => {
    const key = desk.registry.ownerKey;
    for (const authorization of [THEIRS, 'Basic dXNlcjpwYXNz', 'tok en', 'Bearer tm_of.another']) {
      upstream.requests.length = 0;
      const { status, seen } = await sent({ 'X-Touchmark-Key': key, Authorization: authorization });
      expect([status, seen?.headers.authorization]).toEqual([200, authorization]);
      expect(seen?.headers).not.toHaveProperty('x-touchmark-key');
      expect(JSON.stringify(upstream.requests)).not.toContain(key);
    }
  });

  it('sees none where its client sends none, or only the registry’s', async () => {
    for (const headers of [
      { 'X-Touchmark-Key': desk.registry.ownerKey },
      { Authorization: `Bearer ${desk.registry.ownerKey}` },
    ]) {
      upstream.requests.length = 0;
      const { status, seen } = await sent(headers);
      expect(status).toBe(200);
      expect(seen?.headers).not.toHaveProperty('authorization');
    }
  });

  it('never sees a credential of the registry, wherever that stands and whichever it is', async () => {
    const { ownerKey, rivalKey } = desk.registry;
    const secrets = [ownerKey, rivalKey, await token()];
    for (const key of secrets) {
      for (const other of secrets) {
        const headers = { 'X-Touchmark-Key': key, Authorization: `Bearer ${other}`, 'X-Copy': `a ${key} b` };
        upstream.requests.length = 0;
        expect((await sent(headers, `?key=${key}&other=${other}&kept=1`)).status).toBe(200);
        for (const secret of secrets) expect(JSON.stringify(upstream.requests)).not.toContain(secret);
        expect(upstream.requests[0]?.path).toBe('/mcp?kept=1');
      }
    }
    for (const secret of secrets) expect(JSON.stringify(desk.running.log)).not.toContain(secret);
  });

  it('is not called with a wrong key, however right Authorization is', async () => {
    const authorization = { Authorization: `Bearer ${desk.registry.ownerKey}` };
    expect((await sent({ ...authorization, 'X-Touchmark-Key': 'tm_wrong' })).status).toBe(401);
    expect((await sent({ Authorization: THEIRS })).status).toBe(401);
    expect(upstream.requests).toEqual([]);
  });

  it('gets none of the headers by which a proxy may take a request for another', async () => {
    const misleading = [
      'X-Original-URL',
      'X-Original-URI',
      'X-Original-Host',
      'X-Rewrite-URL',
      'X-Override-URL',
      'X-HTTP-Method-Override',
      'X-Method-Override',
      'X-Forwarded-Prefix',
      'X-Forwarded',
      'X-Host',
      'X-Client-IP',
      'X-Envoy-Original-Path',
      'X-Accel-Mapping',
    ];
    const headers = Object.fromEntries(misleading.map((name) => [name, '/admin']));
    await sent({ 'X-Touchmark-Key': desk.registry.ownerKey, 'X-Kept': 'yes', ...headers });
    expect(upstream.requests[0]?.headers).toMatchObject({ 'x-kept': 'yes' });
    expect(JSON.stringify(upstream.requests)).not.toContain('/admin');
  });

  it('is used by the official client with both credentials, and without the server’s is told how', async () => {
    const guarded = await startMcpServer({ authorization: THEIRS });
    await desk.release('acme/guarded', guarded.url);
    const key = { 'X-Touchmark-Key': desk.registry.ownerKey };
    const { client } = await desk.connect('acme/guarded', { ...key, Authorization: THEIRS });
    expect(await client.callTool({ name: 'echo', arguments: { text: 'hello' } })).toMatchObject({
      content: [{ text: 'hello' }],
    });
    await client.close();
    const refused = await desk.send('acme/guarded');
    const told = await refused.text();
    expect(refused.status).toBe(502);
    expect(told).toContain('X-Touchmark-Key');
    await guarded.close();
  });
});
