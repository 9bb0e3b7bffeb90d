import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeQualifiedName, parseQualifiedName } from '#contract/qualified-name.ts';
import { API_KEY, sendJson } from '#e2e/support/scripted-registry.ts';
import { startTestDesk, type TestDesk } from '#e2e/support/test-desk.ts';
import type { Visitor } from '#e2e/support/visitor.ts';

const id = '7c1f1a52-6f0e-4a43-9a52-0d7f2b0a4a11';

// What names and tricks with names are made of.
const pieces = [
  'acme weather .. . / %2e %2E%2E %2f %2F %5c %252f // %00 %0d%0a %c0%af %EF%BC%8F %3f %3F %23 ? %E2%80%AE %20 @ ~ é',
  '%C3%A9 - % ; namespaces releases icon %2Fsecrets & = \\ + %2B %25 %2525',
].flatMap((line) => line.split(' '));

describe('a call of the registry', () => {
  let desk: TestDesk;
  let owner: Visitor;
  beforeAll(async () => {
    desk = await startTestDesk();
    owner = await desk.signedIn();
  });
  beforeEach(() => {
    desk.registry.script = () => undefined;
    desk.registry.requests.length = 0;
  });
  afterAll(() => desk.stop());

  it.each([
    ['/servers', '/servers'],
    ['/servers?q=a%26b&page=2&pageSize=50', '/servers?page=2&pageSize=50&q=a%26b'],
    ['/servers?ids=a&ids=b', '/servers?ids=a&ids=b'],
    ['/servers?apiKey=x&q=1&utm_source=y&__proto__=z', '/servers?q=1'],
    ['/servers/acme', '/servers/acme'],
    ['/servers/acme%2Fweather', '/servers/acme%2Fweather'],
    ['/servers/acme%2fweather?q=1', '/servers/acme%2Fweather'],
    ['/servers/acme%2Fweather/releases?page=2&q=1', '/servers/acme%2Fweather/releases?page=2'],
    [`/servers/acme%2Fweather/releases/${id}`, `/servers/acme%2Fweather/releases/${id}`],
    ['/servers/acme%2Fweather/secrets', '/servers/acme%2Fweather/secrets'],
    ['/servers/acme%2Fweather/domains', '/servers/acme%2Fweather/domains'],
    [
      '/servers/acme%2Fweather/logs?limit=5&search=%F0%9F%8C%A7',
      '/servers/acme%2Fweather/logs?limit=5&search=%F0%9F%8C%A7',
    ],
    ['/servers/acme%2Fweather/icon', '/servers/acme%2Fweather/icon'],
    ['/namespaces', '/namespaces'],
  ])('to /api%s becomes %s', async (asked, sent) => {
    desk.registry.servers.set('acme/weather', 'id-weather');
    expect((await owner.call(`/api${asked}`)).status).toBe(200);
    expect(desk.registry.requests.map(({ target }) => target)).toEqual([sent]);
  });

  it('with a parameter that cannot be is refused, and the parameter named', async () => {
    for (const query of ['q=%00', `q=${'x'.repeat(1001)}`, 'q=a&q=%07']) {
      const answer = await owner.call(`/api/servers?${query}`);
      expect(answer.json).toMatchObject({ status: 400, code: 'bad-request', field: 'q' });
    }
    const answer = await owner.call('/api/servers/acme/releases/a%2Fb');
    expect(answer.json).toMatchObject({ status: 400, code: 'bad-request', field: 'id' });
    expect(desk.registry.requests).toEqual([]);
  });

  it('carries the key and nothing else of the browser’s', async () => {
    await owner.call('/api/servers', {
      headers: {
        'X-Forwarded-For': '1.2.3.4',
        Referer: 'http://x.y/',
        Authorization: 'Bearer other',
        Range: 'bytes=0-1',
      },
    });
    const { headers } = desk.registry.requests[0] ?? { headers: {} };
    expect(headers).toEqual({
      host: new URL(desk.proxy.url).host,
      connection: expect.any(String),
      accept: 'application/json',
      'accept-encoding': 'identity',
      authorization: `Bearer ${API_KEY}`,
    });
  });

  it('is not made for other paths, methods and ids', async () => {
    for (const [method, path, status] of [
      ['GET', '/api/tokens', 404],
      ['GET', '/api/health', 404],
      ['GET', '/api/servers/acme/weather', 404],
      ['GET', '/api/servers/acme/releases/a/tail', 404],
      ['GET', '/api/servers/acme/releases/a%2Fb/stream', 400],
      ['GET', '/api/servers/acme/releases/a%2Fb', 400],
      ['GET', '/api/servers/acme%252Fweather', 400],
      ['GET', '/api/servers/%20', 400],
      ['GET', '/api/servers/', 404],
      ['GET', '/api/servers?q=%00', 400],
      ['GET', `/api/servers?q=${'x'.repeat(1001)}`, 400],
      ['PUT', '/api/servers/acme', 405],
      ['PATCH', '/api/servers', 405],
      ['PATCH', '/api/servers/acme/icon', 405],
      ['POST', '/api/servers', 405],
      ['DELETE', '/api/servers', 405],
      ['DELETE', '/api/servers/acme/icon', 405],
      ['DELETE', '/api/namespaces', 405],
      ['PUT', '/api/-/session', 405],
    ] as const) {
      const answer = await owner.call(path, { method });
      expect([method, path, answer.status]).toEqual([method, path, status]);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.headers['allow'] !== undefined).toBe(status === 405);
    }
    expect(desk.registry.requests).toEqual([]);
  });

  // Whatever is typed, linked or pasted as a name: the registry sees one of its own paths, with that very name, or nothing.
  it('only ever reaches a path of the registry, whatever the name is made of', async () => {
    const piece = fc.constantFrom(...pieces);
    const anything = fc.array(piece, { maxLength: 6 }).map((chosen) => chosen.join(''));
    // Some that are names, so that every run also sees what does get through.
    const name = fc.oneof(
      { weight: 3, arbitrary: anything },
      { weight: 1, arbitrary: fc.constantFrom('acme', 'acme%2Fweather', 'acme%2fweather') },
    );
    const suffix = fc.constantFrom(
      '',
      '/releases',
      '/secrets',
      '/domains',
      '/logs',
      '/icon',
      `/releases/${id}`,
    );
    const allowed =
      /^\/(namespaces|servers)(\?[\w=&%.*+-]*)?$|^\/servers\/[^/?]+(\/(releases(\/[\w-]+)?|secrets|domains|logs|icon))?(\?[\w=&%.*+-]*)?$/;
    const method = fc.constantFrom('GET' as const, 'DELETE' as const);
    let reached = 0;
    await fc.assert(
      fc.asyncProperty(method, name, suffix, async (method, name, suffix) => {
        desk.registry.requests.length = 0;
        const path = `/api/servers/${encodeURI(name).replaceAll('%25', '%')}${suffix}`;
        await owner.call(path, { method, headers: { 'Idempotency-Key': crypto.randomUUID() } });
        for (const { target } of desk.registry.requests) {
          expect(target).toMatch(allowed);
          const [, segment] = /^\/servers\/([^/?]+)/.exec(target) ?? [];
          if (segment === undefined) continue;
          reached++;
          const parsed = parseQualifiedName(decodeURIComponent(segment));
          expect(parsed).toBeDefined();
          expect(encodeQualifiedName(decodeURIComponent(segment))).toBe(segment);
          expect(decodeURIComponent(path.split('/')[3]?.split('?')[0] ?? '')).toBe(
            decodeURIComponent(segment),
          );
        }
      }),
      { numRuns: 300 },
    );
    // Or all of the above would be about nothing.
    expect(reached).toBeGreaterThan(10);
  }, 60_000);

  it('brings icons of the known kinds only, as images that can do nothing', async () => {
    const answerWith = (type: string, body: string | Buffer) => {
      desk.registry.script = ({ target }, response) => {
        if (!target.endsWith('/icon')) return undefined;
        response.writeHead(200, { 'Content-Type': type }).end(body);
        return true;
      };
    };
    const icon = () => owner.call('/api/servers/acme/icon');
    answerWith('image/svg+xml; charset=utf-8', '<svg><script>alert(1)</script></svg>');
    const svg = await icon();
    expect(svg.status).toBe(200);
    expect(svg.headers).toMatchObject({
      'content-type': 'image/svg+xml',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, max-age=300',
    });
    for (const type of ['text/html', 'image/svg+xml-but-not', 'application/pdf', '']) {
      answerWith(type, '<script>alert(1)</script>');
      expect((await icon()).status).toBe(502);
    }
    answerWith('image/png', Buffer.alloc(1024 * 1024 + 1));
    expect((await icon()).status).toBe(502);
  });

  it('brings what of an answer can be relied on, and tells how much cannot', async () => {
    const about = { qualifiedName: 'acme/weather', verified: 'false', useCount: 3, constructor: 'x' };
    desk.registry.script = ({ target }, response) =>
      target.startsWith('/servers?') ? sendJson(response, 200, { servers: [null, about, 7] }) : undefined;
    const answer = await owner.call('/api/servers?namespace=acme');
    expect(answer.headers['touchmark-unreadable']).toBe('entries=2, values=1');
    expect(answer.json).toMatchObject({
      servers: [{ qualifiedName: 'acme/weather', displayName: 'acme/weather', verified: null, useCount: 3 }],
      pagination: { totalPages: null, totalCount: null },
    });
    desk.registry.script = () => undefined;
    expect((await owner.call('/api/servers')).headers).not.toHaveProperty('touchmark-unreadable');
  });

  it.each([407, 408, 421, 425])(
    'never answers a browser with a status that it acts on itself (%i)',
    async (status) => {
      desk.registry.script = (_request, response) => sendJson(response, status, { error: 'Elsewhere' });
      const answer = await owner.call('/api/servers/acme');
      expect(answer.status).toBe(502);
      expect(answer.json).toMatchObject({ status: 502, code: 'registry-refused', error: 'Elsewhere' });
    },
  );

  it('passes the registry’s refusals on in its own words, without anything that could hide or mislead', async () => {
    desk.registry.script = (_request, response) =>
      sendJson(response, 404, {
        error: '\u001b]8;;http://evil\u0007No\u0000 \u202esuch\r\nthing',
        stack: 'secret',
      });
    const answer = await owner.call('/api/servers/acme');
    expect(answer.status).toBe(404);
    expect(answer.json).toEqual({
      title: 'Refused by the registry',
      status: 404,
      error: 'No such thing',
      code: 'registry-refused',
      requestId: answer.headers['touchmark-request-id'],
    });
  });
});
