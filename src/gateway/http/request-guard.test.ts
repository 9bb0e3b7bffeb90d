import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '#e2e/support/raw-request.ts';
import { startTestDesk, type TestDesk } from '#e2e/support/test-desk.ts';
import type { Visitor } from '#e2e/support/visitor.ts';

describe('what arrives at the socket', () => {
  let desk: TestDesk;
  let owner: Visitor;
  let port: number;
  let authority: string;
  let proof: string[];
  beforeAll(async () => {
    desk = await startTestDesk();
    owner = await desk.signedIn();
    ({ port } = desk.running);
    authority = `127.0.0.1:${port}`;
    // Everything a page of ours would send, so that only what is tested can be the reason of a refusal.
    proof = [
      'Touchmark-Client: web',
      'Sec-Fetch-Site: same-origin',
      `Cookie: ${[...owner.cookies].map((pair) => pair.join('=')).join('; ')}`,
      'Connection: close',
    ];
    desk.registry.requests.length = 0;
  });
  afterAll(() => desk.stop());

  const ask = (target: string, hostLines: string[]) =>
    rawRequest(port, [`GET ${target} HTTP/1.1`, ...hostLines, ...proof]);

  it('is answered under every allowed name, in any case', async () => {
    for (const host of [authority, `localhost:${port}`, `LocalHost:${port}`]) {
      expect((await ask('/api/-/session', [`Host: ${host}`])).status).toBe(200);
    }
  });

  it.each<[what: string, hostLines: string[], statuses: number[]]>([
    ['a foreign name', ['Host: evil.example'], [421]],
    ['a foreign name with our port', ['Host: evil.example:PORT'], [421]],
    ['a name that ends like ours', ['Host: evil-127.0.0.1:PORT'], [421]],
    ['our name with another port', ['Host: 127.0.0.1:1'], [421]],
    ['our name without its port', ['Host: 127.0.0.1'], [421]],
    ['our name as user information', ['Host: 127.0.0.1:PORT@evil.example'], [400, 421]],
    ['a foreign name after user information', ['Host: localhost:1@evil.example'], [400, 421]],
    ['our address in another spelling', ['Host: 2130706433:PORT'], [421]],
    ['an empty name', ['Host: '], [400, 421]],
    ['no name', [], [400, 421]],
    ['two names, the second foreign', ['Host: 127.0.0.1:PORT', 'Host: evil.example'], [400]],
    ['two names, the first foreign', ['Host: evil.example', 'Host: 127.0.0.1:PORT'], [400, 421]],
    ['the same name twice', ['Host: 127.0.0.1:PORT', 'host: 127.0.0.1:PORT'], [400]],
    ['a list of names', ['Host: 127.0.0.1:PORT, evil.example'], [400, 421]],
  ])('is refused with %s as host, on every path', async (_what, lines, statuses) => {
    const hostLines = lines.map((line) => line.replaceAll('PORT', String(port)));
    for (const target of [
      '/api/-/session',
      '/api/servers',
      '/registry/servers',
      '/healthz',
      '/',
      '/assets/x.js',
    ]) {
      const answer = await ask(target, hostLines);
      expect(statuses).toContain(answer.status);
      expect(answer.body).not.toContain('acme');
    }
    expect(desk.registry.requests).toEqual([]);
  });

  it('is told which option allows its name, as it is to be typed', async () => {
    for (const [host, option] of [
      ['Desk.example:8443', '--allow-host desk.example:8443.'],
      ['desk.example', '--allow-host desk.example.'],
      [`desk.example:${port}`, `--allow-host desk.example:${port}.`],
      ['127.0.0.1', '--allow-host 127.0.0.1.'],
      ['desk_example', '--allow-host.'],
    ] as const) {
      const answer = await ask('/', [`Host: ${host}`]);
      expect([host, answer.status]).toEqual([host, 421]);
      expect((JSON.parse(answer.body) as { error: string }).error.endsWith(`start it with ${option}`)).toBe(
        true,
      );
    }
  });

  it('is refused as a whole URL, whatever the host header says', async () => {
    for (const target of [
      `http://evil.example/api/servers`,
      `http://${authority}/api/servers`,
      '*',
      'api/servers',
    ]) {
      const answer = await ask(target, [`Host: ${authority}`]);
      expect(Math.floor(answer.status / 100)).toBe(4);
    }
    expect(desk.registry.requests).toEqual([]);
  });

  it.each(['TRACE', 'PROPFIND'])('is refused on every path where the method is %s', async (method) => {
    for (const target of ['/', '/healthz', '/api/servers', '/api/-/session', '/nowhere']) {
      const answer = await rawRequest(port, [`${method} ${target} HTTP/1.1`, `Host: ${authority}`, ...proof]);
      expect([404, 405]).toContain(answer.status);
      expect(JSON.parse(answer.body)).toMatchObject({ error: expect.any(String) });
    }
    expect(desk.registry.requests).toEqual([]);
  });

  it.each([
    '//evil.example/api/servers',
    '/api//servers',
    '/api/./servers',
    '/api/x/../servers',
    '/api/%2e%2e/api/servers',
    '/api/x/%2E./servers',
    '/api/servers/acme%2F..%2F..%2Fnamespaces',
    '/api/servers/..%2Fnamespaces',
    '/api/servers/acme%2F%2Fweather',
    '/api/servers/acme%5Cweather',
    '/api/servers/acme%00',
    '/api/servers/acme%0d%0aX:1',
    '/api/servers/acme%7f',
    '/api/servers/acme%c0%af',
    '/api/servers/acme%zz',
    '/api/servers/acme%',
    '/api\\servers',
    '/api/servers#acme',
    '/api/servers/acme\u00ff',
  ])('is refused where the path is %j', async (target) => {
    const answer = await ask(target, [`Host: ${authority}`]);
    expect(answer.status).toBe(400);
    expect(desk.registry.requests).toEqual([]);
  });
});
