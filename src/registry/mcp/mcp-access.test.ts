import { randomUUID } from 'node:crypto';
import type { CreateTokenResponse } from '@smithery/api/resources/tokens';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PING, startMcpDesk, type McpDesk } from '#e2e/support/mcp-desk.ts';
import { startHttpServer, type SocketServer } from '#e2e/support/mcp-servers.ts';
import { TEST_NOW } from '#e2e/support/test-registry.ts';

describe('calling a server through the registry', () => {
  let desk: McpDesk;
  let upstream: SocketServer;
  let bodies: string[] = [];
  beforeAll(async () => {
    upstream = await startHttpServer((request, response) => {
      let text = '';
      request.on('data', (piece: Buffer) => {
        text += piece.toString();
      });
      request.on('end', () => {
        bodies.push(text);
        response
          .writeHead(200, { 'Content-Type': 'application/json' })
          .end('{"jsonrpc":"2.0","id":1,"result":{}}');
      });
    });
    desk = await startMcpDesk('sqlite');
    await desk.release('acme/weather', upstream.origin);
  });
  afterAll(async () => {
    await desk.stop();
    await upstream.close();
  });

  const token = async (policy: unknown[]): Promise<string> => {
    const { body } = await desk.registry.call('POST', '/tokens', { body: { policy } });
    return (body as CreateTokenResponse).token;
  };
  const statusWith = async (credential: string | null, body: unknown = PING): Promise<number> => {
    bodies = [];
    const headers = { Authorization: credential === null ? '' : `Bearer ${credential}` };
    return (await desk.send('acme/weather', { headers, body })).status;
  };

  it('takes any valid key, and no call without one', async () => {
    expect(await statusWith(desk.registry.rivalKey)).toBe(200);
    expect(await statusWith(null)).toBe(401);
    expect(await statusWith('tm_wrong')).toBe(401);
    expect(bodies).toEqual([]);
  });

  it('takes a token that may execute, and none that may only read, or is for another namespace', async () => {
    expect(await statusWith(await token([{ operations: ['execute'], resources: ['servers'] }]))).toBe(200);
    expect(await statusWith(await token([{ operations: ['read'] }]))).toBe(403);
    expect(await statusWith(await token([{ namespaces: ['rival'] }]))).toBe(403);
  });

  it('lets a token call only what its patterns match, and sends on just what they saw', async () => {
    const narrow = await token([{ rpcReqMatch: { method: '^tools/', 'params.name': '^echo$' } }]);
    const call = (name: string) => ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } });
    expect(await statusWith(narrow, call('echo'))).toBe(200);
    expect(await statusWith(narrow, call('wipe'))).toBe(403);
    expect(await statusWith(narrow, [call('echo'), call('wipe')])).toBe(403);
    expect(await statusWith(narrow, PING)).toBe(403);
    expect(bodies).toEqual([]);
    const twice =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wipe"},"params":{"name":"echo"}}';
    expect(await statusWith(narrow, twice)).toBe(200);
    expect(bodies.join('')).not.toContain('wipe');
  });

  it('sends on what a key posts exactly as it came', async () => {
    const odd = '{"jsonrpc":"2.0", "id":1,"method":"ping","params":{"n":12345678901234567890}}';
    expect(await statusWith(desk.registry.ownerKey, odd)).toBe(200);
    expect(bodies).toEqual([odd]);
  });

  it('says what is missing where there is no live release, a local one, or none that leads anywhere', async () => {
    const answerOf = async (name: string) => {
      const response = await desk.send(name);
      return [response.status, ((await response.json()) as { error: string }).error];
    };
    expect(await answerOf('acme/none')).toEqual([404, 'Server not found']);
    await desk.registry.put('acme/new');
    expect(await answerOf('acme/new')).toEqual([404, expect.stringContaining('no live release')]);
    const rid = await desk.release('acme/local', upstream.origin);
    await desk.registry.db
      .updateTable('releases')
      .set({ type: 'stdio' })
      .where('server_rid', '=', rid)
      .execute();
    expect(await answerOf('acme/local')).toEqual([
      400,
      expect.stringContaining('http://desk.test/registry/servers/acme%2Flocal/download'),
    ]);
    const hosted = { type: 'hosted_shttp', upstream_url: null } as const;
    await desk.registry.db.updateTable('releases').set(hosted).where('server_rid', '=', rid).execute();
    expect(await answerOf('acme/local')).toEqual([404, expect.stringContaining('hosted elsewhere')]);
  });

  it('leads on to the new name of a transferred server', async () => {
    const until = new Date(TEST_NOW.getTime() + 1000).toISOString();
    await desk.registry.db
      .insertInto('name_holds')
      .values({
        kind: 'server',
        name: 'acme/old',
        owner_id: desk.registry.ownerId,
        until,
        moved_to: 'acme/weather',
      })
      .execute();
    const response = await desk.send('acme/old', { query: '?region=eu' });
    expect(response.status).toBe(308);
    expect(response.headers.get('Location')).toBe('http://desk.test/registry/mcp/acme%2Fweather?region=eu');
  });

  it('knows three methods', async () => {
    for (const method of ['PUT', 'PATCH', 'HEAD']) {
      expect((await desk.send('acme/weather', { method })).status).toBe(405);
    }
  });

  it('keeps the parameters that the owner put into the address', async () => {
    await desk.release('acme/tuned', `${upstream.origin}/mcp?tenant=acme`);
    upstream.requests.length = 0;
    await desk.send('acme/tuned', { query: '?tenant=other&units=metric' });
    expect(upstream.requests.map(({ path }) => path)).toEqual(['/mcp?tenant=acme&units=metric']);
  });

  it('is recorded with the time it began', async () => {
    const name = `acme/${randomUUID()}`;
    await desk.release(name, upstream.origin);
    await desk.send(name);
    expect((await desk.logs(name, 1))[0]).toMatchObject({ timestamp: '2026-03-01 12:00:00' });
  });
});
