import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '#e2e/support/raw-request.ts';
import { startTestDesk, type TestDesk } from '#e2e/support/test-desk.ts';

describe('a call that another site made a signed-in browser send', () => {
  let desk: TestDesk;
  let cookie: string;
  let own: string;
  beforeAll(async () => {
    desk = await startTestDesk();
    const owner = await desk.signedIn();
    cookie = `Cookie: ${[...owner.cookies].map((pair) => pair.join('=')).join('; ')}`;
    own = `http://127.0.0.1:${desk.running.port}`;
    desk.registry.requests.length = 0;
  });
  afterAll(() => desk.stop());

  const client = 'Touchmark-Client: web';
  const send = (method: string, path: string, headers: string[]) =>
    rawRequest(desk.running.port, [
      `${method} ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${desk.running.port}`,
      `Idempotency-Key: ${randomUUID()}`,
      'Content-Length: 0',
      'Connection: close',
      cookie,
      ...headers,
    ]);
  const everyCall = [
    ['GET', '/api/servers'],
    ['DELETE', '/api/servers/acme%2Fweather'],
    ['POST', '/api/-/session'],
    ['DELETE', '/api/-/session'],
    ['POST', `/api/-/operations/${randomUUID()}/check`],
    ['PUT', '/api/servers/acme%2Fweather'],
    ['OPTIONS', '/api/servers'],
  ] as const;

  it.each([
    ['without the client header', ['Sec-Fetch-Site: same-origin']],
    ['with another client header', ['Touchmark-Client: app', 'Sec-Fetch-Site: same-origin']],
    ['from another site', [client, 'Sec-Fetch-Site: cross-site']],
    ['from another port of this machine', [client, 'Sec-Fetch-Site: same-site']],
    ['typed into the address bar', [client, 'Sec-Fetch-Site: none']],
    ['from a foreign origin', [client, 'Origin: https://evil.example']],
    ['from the origin of another port', [client, 'Origin: http://127.0.0.1:1']],
    ['from an origin that begins like ours', [client, 'Origin: OWN.evil.example']],
    ['from an opaque origin', [client, 'Origin: null']],
    [
      'that says same-origin with a foreign origin',
      [client, 'Sec-Fetch-Site: same-origin', 'Origin: http://x.y'],
    ],
  ])('is refused %s, whatever the method', async (_what, headers) => {
    for (const [method, path] of everyCall) {
      const answer = await send(
        method,
        path,
        headers.map((header) => header.replace('OWN', own)),
      );
      expect(answer.status).toBe(403);
      expect(answer.body).toMatch(/"code":"(client-header-missing|cross-site)"/);
    }
    expect(desk.registry.requests).toEqual([]);
  });

  it('is refused where a change comes with no word on its origin', async () => {
    for (const [method, path] of everyCall.filter(([method]) => method !== 'GET')) {
      expect((await send(method, path, [client])).status).toBe(403);
    }
    expect(desk.registry.requests).toEqual([]);
  });

  it('is told how to allow its address, where that is ours with another port, as behind a proxy that hides it', async () => {
    const hint = 'start it with --allow-host 127.0.0.1:8443.';
    for (const [headers, isHinted] of [
      [['Origin: https://127.0.0.1:8443'], true],
      [['Origin: https://127.0.0.1:8443', 'Sec-Fetch-Site: same-origin'], true],
      [['Origin: https://127.0.0.1:8443', 'Sec-Fetch-Site: same-site'], false],
      [['Origin: https://evil.example:8443'], false],
      [['Origin: null'], false],
    ] as const) {
      const answer = await send('POST', '/api/-/session', [client, ...headers]);
      expect(answer.status).toBe(403);
      expect([headers, answer.body.includes(hint)]).toEqual([headers, isHinted]);
    }
    expect(desk.registry.requests).toEqual([]);
  });

  it('never gets leave to be read elsewhere', async () => {
    const answer = await send('OPTIONS', '/api/servers', [
      'Origin: https://evil.example',
      'Access-Control-Request-Method: DELETE',
      'Access-Control-Request-Headers: touchmark-client',
    ]);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it('cannot be told from ours where the page is ours', async () => {
    expect((await send('GET', '/api/servers', [client])).status).toBe(200);
    expect((await send('GET', '/api/servers', [client, 'Sec-Fetch-Site: same-origin'])).status).toBe(200);
    expect((await send('DELETE', '/api/servers/acme%2Fweather', [client, `Origin: ${own}`])).status).toBe(
      200,
    );
  });

  it('may be an image of our own page, and of no other', async () => {
    const image = (site: string, dest: string) =>
      send('GET', '/api/servers/acme/icon', [`Sec-Fetch-Site: ${site}`, `Sec-Fetch-Dest: ${dest}`]);
    expect((await image('same-origin', 'image')).status).toBe(200);
    expect((await image('same-site', 'image')).status).toBe(403);
    expect((await image('cross-site', 'image')).status).toBe(403);
    expect((await image('same-origin', 'document')).status).toBe(403);
  });
});
