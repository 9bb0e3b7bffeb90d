import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PING, startMcpDesk, type McpDesk } from '#e2e/support/mcp-desk.ts';
import { startHttpServer, type SocketServer } from '#e2e/support/mcp-servers.ts';

const ORIGIN = 'https://inspector.example';

describe('a page of another origin', () => {
  let desk: McpDesk;
  let upstream: SocketServer;
  let authorization: { Authorization: string };
  beforeAll(async () => {
    upstream = await startHttpServer((request, response) => {
      request.resume();
      response
        .writeHead(200, {
          'Content-Type': 'application/json',
          'Mcp-Session-Id': 'session-1',
          'Access-Control-Allow-Origin': 'https://of-the-upstream.example',
          'Access-Control-Allow-Credentials': 'true',
        })
        .end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: {} }));
    });
    desk = await startMcpDesk();
    authorization = { Authorization: `Bearer ${desk.registry.ownerKey}` };
  });
  beforeEach(async () => {
    await desk.registry.clear();
    await desk.release('acme/weather', upstream.origin);
  });
  afterAll(async () => {
    await desk.stop();
    await upstream.close();
  });

  const ask = async (path: string, { headers = {}, ...init }: RequestInit = {}): Promise<Response> =>
    fetch(desk.running.url + path, { ...init, headers: { Origin: ORIGIN, ...(headers as object) } });

  const preflight = async (path: string, method: string, headers = 'authorization'): Promise<Response> =>
    ask(path, {
      method: 'OPTIONS',
      headers: { 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': headers },
    });

  const isOpen = ({ headers }: Response): boolean =>
    headers.get('Access-Control-Allow-Origin') === '*' &&
    headers.get('Access-Control-Expose-Headers') === '*' &&
    headers.get('Access-Control-Allow-Credentials') === null;

  it('asks without a key what it may do, and may send every header that clients or servers have', async () => {
    const wanted =
      'authorization,x-touchmark-key,content-type,accept,last-event-id,mcp-session-id,mcp-protocol-version,mcp-method,mcp-name,x-api-token';
    for (const path of ['/registry/mcp/acme%2Fweather', '/registry/mcp/acme%2Fnone']) {
      const answer = await preflight(path, 'POST', wanted);
      expect([answer.status, await answer.text(), isOpen(answer)]).toEqual([204, '', true]);
      expect(answer.headers.get('Access-Control-Allow-Headers')).toBe(wanted);
      expect(answer.headers.get('Access-Control-Allow-Methods')?.split(',')).toContain('POST');
    }
  });

  it.each([
    ['/registry/servers', 200],
    ['/registry/servers/acme%2Fweather', 200],
    ['/registry/servers/acme%2Fnone', 404],
    ['/registry/servers/acme%2Fweather/releases', 200],
    ['/registry/namespaces?pageSize=x', 400],
    ['/registry/no/such/path', 404],
  ])('reads %s, answered with %d, and what it answers without a key', async (path, status) => {
    const answer = await ask(path, { headers: authorization });
    expect([answer.status, isOpen(answer)]).toEqual([status, true]);
    expect(isOpen(await preflight(path, 'GET'))).toBe(true);
    const refused = await ask(path);
    expect(isOpen(refused)).toBe(true);
    expect(refused.status).toBe(status === 404 && path.includes('such') ? 404 : 401);
    expect(isOpen(await ask(path, { method: 'HEAD', headers: authorization }))).toBe(true);
  });

  it('calls servers, and is told why where it may not or where nothing answers', async () => {
    const init = {
      method: 'POST',
      headers: { ...authorization, 'Content-Type': 'application/json' },
      body: JSON.stringify(PING),
    };
    const answer = await ask('/registry/mcp/acme%2Fweather', init);
    expect([answer.status, isOpen(answer)]).toEqual([200, true]);
    expect(answer.headers.get('Mcp-Session-Id')).toBe('session-1');
    const withoutKey = await ask('/registry/mcp/acme%2Fweather', { ...init, headers: {} });
    expect([withoutKey.status, isOpen(withoutKey)]).toEqual([401, true]);
    await desk.release('acme/away', 'http://127.0.0.1:9');
    const away = await ask('/registry/mcp/acme%2Faway', init);
    expect([away.status, isOpen(away)]).toEqual([502, true]);
  });

  it('changes nothing', async () => {
    const path = '/registry/servers/acme%2Fweather';
    for (const method of ['PUT', 'PATCH', 'DELETE', 'POST']) {
      const allowed = (await preflight(path, method)).headers.get('Access-Control-Allow-Methods');
      expect(allowed?.split(',')).toEqual(['GET', 'HEAD']);
    }
    const token = await ask('/registry/tokens', {
      method: 'POST',
      headers: authorization,
      body: JSON.stringify({ policy: [{ operations: ['read'] }] }),
    });
    expect([token.status, token.headers.get('Access-Control-Allow-Origin')]).toEqual([200, null]);
  });

  it('gets nothing from the desk itself', async () => {
    for (const path of ['/api/servers', '/api/-/session', '/', '/healthz']) {
      for (const answer of [await ask(path), await preflight(path, 'GET')]) {
        expect([path, answer.headers.get('Access-Control-Allow-Origin')]).toEqual([path, null]);
      }
    }
  });

  it('shows icons', async () => {
    const form = new FormData();
    form.append('icon', new Blob(['<svg xmlns="http://www.w3.org/2000/svg"/>']), 'icon.svg');
    await desk.registry.call('PUT', '/servers/acme%2Fweather/icon', { body: form });
    const { status, headers } = await ask('/registry/servers/acme%2Fweather/icon');
    expect([status, headers.get('Cross-Origin-Resource-Policy')]).toEqual([200, 'cross-origin']);
    const page = await ask('/registry/servers/acme%2Fweather');
    expect(page.headers.get('Cross-Origin-Resource-Policy')).toBe('same-origin');
  });
});
