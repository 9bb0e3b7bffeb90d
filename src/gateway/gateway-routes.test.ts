import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewayPaths, REGISTRY_PREFIX, registryPaths } from '#contract/api-paths.ts';
import { ICONS_PATH } from '#contract/server-icons.ts';
import { ownedServerPaths } from '#contract/owned-servers.ts';
import { buildTestSite, type BuiltSite } from '#e2e/support/built-site.ts';
import { rawRequest } from '#e2e/support/raw-request.ts';
import { sendJson } from '#e2e/support/scripted-registry.ts';
import { startTestDesk, type TestDesk } from '#e2e/support/test-desk.ts';
import type { Visitor } from '#e2e/support/visitor.ts';

const name = 'acme/weather';
const id = randomUUID();

// Every path of the contract: a new one must be added here, or this file does not compile.
const registryReads: Record<Exclude<keyof typeof registryPaths, 'resumeRelease'>, string> = {
  servers: registryPaths.servers(),
  server: registryPaths.server(name),
  releases: registryPaths.releases(name),
  release: registryPaths.release(name, id),
  releaseStream: registryPaths.releaseStream(name, id),
  secrets: registryPaths.secrets(name),
  domains: registryPaths.domains(name),
  logs: registryPaths.logs(name),
  icon: registryPaths.icon(name),
  namespaces: registryPaths.namespaces(),
};
const ownPaths: Record<keyof typeof gatewayPaths, string> = {
  registry: gatewayPaths.registry(),
  session: gatewayPaths.session(),
  plainSession: gatewayPaths.plainSession(),
  operations: gatewayPaths.operations(),
  operation: gatewayPaths.operation(id),
  checkOperation: gatewayPaths.checkOperation(id),
};

type Route = [method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string];
const protectedRoutes: Route[] = [
  ...Object.values(registryReads).map((path): Route => ['GET', REGISTRY_PREFIX + path]),
  ['DELETE', REGISTRY_PREFIX + registryReads.server],
  ['PATCH', REGISTRY_PREFIX + registryReads.server],
  ['POST', REGISTRY_PREFIX + registryPaths.resumeRelease(name, id)],
  ...Object.values(ownedServerPaths).map((path): Route => ['GET', path()]),
  ['GET', ownPaths.session],
  ['DELETE', ownPaths.session],
  ['GET', ownPaths.operations],
  ['GET', ownPaths.operation],
  ['POST', ownPaths.checkOperation],
  ['GET', `${ICONS_PATH}?name=acme`],
];

describe('every route', () => {
  let site: BuiltSite;
  let desk: TestDesk;
  let owner: Visitor;
  beforeAll(async () => {
    site = buildTestSite();
    desk = await startTestDesk('sqlite', {
      siteFolder: site.folder,
      registryApp: async (request) =>
        new URL(request.url).pathname === '/boom'
          ? Promise.reject(new Error('boom'))
          : Response.json({ path: request.url, body: await request.text() }, { status: 201 }),
    });
    owner = await desk.signedIn();
  });
  afterAll(async () => {
    await desk.stop();
    site.remove();
  });

  it.each(protectedRoutes)('refuses strangers: %s %s', async (method, path) => {
    desk.registry.requests.length = 0;
    const headers = { 'Idempotency-Key': randomUUID() };
    const planted = desk.running.visitor();
    planted.cookies.set(`__Host-Http-touchmark-${desk.running.port}`, 'A'.repeat(43));
    for (const stranger of [desk.running.visitor(), planted]) {
      const answer = await stranger.call(path, { method, headers });
      expect(answer.status).toBe(401);
      expect(answer.json).toMatchObject({ code: 'signed-out' });
    }
    expect(desk.registry.requests).toEqual([]);
    expect(await desk.database.db.selectFrom('operations').selectAll().execute()).toEqual([]);
  });

  it('tells a stranger which registry to have a key of, and nothing else', async () => {
    const { status, json } = await desk.running.visitor().call(ownPaths.registry);
    expect(status).toBe(200);
    expect(Object.keys(json ?? {})).toEqual(['name', 'url', 'embedded', 'desk']);
  });

  it('answers with the same protection, whatever it answers', async () => {
    const { port } = desk.running;
    const seen: Record<string, Record<string, string>> = {};
    const note = (what: string, headers: Record<string, string | string[] | undefined>) => {
      seen[what] = Object.fromEntries(watched.map((header) => [header, String(headers[header] ?? '(none)')]));
    };
    const raw = async (what: string, status: number, lines: string[]) => {
      const answer = await rawRequest(port, [...lines, 'Connection: close']);
      expect([what, answer.status]).toEqual([what, status]);
      note(what, answer.headers);
    };
    const own = `Host: 127.0.0.1:${port}`;
    const call = async (
      what: string,
      status: number,
      path: string,
      options?: Parameters<Visitor['call']>[1],
    ) => {
      const answer = await owner.call(path, options);
      expect([what, answer.status]).toEqual([what, status]);
      note(what, answer.headers);
      return answer;
    };

    await call('data', 200, '/api/servers');
    await call('session', 200, '/api/-/session');
    await call('refused', 404, '/api/servers/acme%2Fnever');
    await call('method not allowed', 405, '/api/servers', { method: 'PUT' });
    await call('not found', 404, '/api/nothing');
    await call('alive', 200, '/healthz');
    await call('own registry', 201, '/registry/servers/acme%2Fweather?q=1');
    await call('unexpected failure', 500, '/registry/boom');
    await call('metadata of the registry', 201, '/.well-known/oauth-authorization-server');
    await call('no page', 404, '/.well-known/nothing');
    await call('no page to a person', 404, '/nowhere', { headers: { Accept: 'text/html' } });
    const page = await call('page', 200, '/servers');
    await call('page not changed', 304, '/servers', {
      headers: { 'If-None-Match': String(page.headers['etag']) },
    });
    await call('asset', 200, '/assets/app-3f9a.js');
    await call('no such asset', 404, '/assets/nothing.js');
    await raw('foreign host', 421, ['GET / HTTP/1.1', 'Host: evil.example']);
    await raw('malformed target', 400, ['GET /../x HTTP/1.1', own]);
    await raw('malformed host', 400, ['GET / HTTP/1.1', 'Host: a@b']);
    await raw('stranger', 401, ['GET /api/servers HTTP/1.1', own, 'Touchmark-Client: web']);
    await raw('cross-site', 403, ['GET /api/servers HTTP/1.1', own]);
    desk.registry.script = (_request, response) => sendJson(response, 503, {});
    await call('registry down', 503, '/api/servers');
    await call('not ready', 503, '/readyz');
    desk.registry.script = () => undefined;
    await call('icon', 200, '/api/servers/acme/icon');

    const { data, ...others } = seen;
    expect(data).toEqual({
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy':
        'camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), payment=(), serial=(), usb=()',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': '(none)',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-powered-by': '(none)',
    });
    const exceptions: Record<string, Record<string, string>> = {
      page: { 'cache-control': 'no-cache' },
      'page not changed': { 'cache-control': 'no-cache' },
      asset: { 'cache-control': 'public, max-age=31536000, immutable' },
      icon: {
        'cache-control': 'private, max-age=300',
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      },
    };
    for (const [what, headers] of Object.entries(others)) {
      expect({ what, ...headers }).toEqual({ what, ...data, ...exceptions[what] });
    }
  });

  it('has a request id of our own making, the same in the answer, its body and the log', async () => {
    const answer = await owner.call('/api/nothing', { headers: { 'Touchmark-Request-Id': 'mine' } });
    const requestId = answer.headers['touchmark-request-id'];
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.json).toMatchObject({ requestId });
    expect(desk.running.log.map((line) => JSON.parse(line) as unknown)).toContainEqual(
      expect.objectContaining({ reqId: requestId, method: 'GET', path: '/api/nothing', status: 404 }),
    );
  });

  it('of the own registry is found under /registry, without its prefix and with its body', async () => {
    const answer = await owner.call('/registry/servers/acme%2Fweather?q=a%20b', {
      method: 'PUT',
      body: '{"a":1}',
    });
    expect(answer.json).toEqual({
      path: 'http://registry.internal/servers/acme%2Fweather?q=a%20b',
      body: '{"a":1}',
    });
  });

  it('keeps what went wrong inside to itself', async () => {
    const answer = await owner.call('/registry/boom');
    expect(answer.json).toMatchObject({ status: 500, code: 'internal' });
    expect(answer.text).not.toContain('boom');
    expect(desk.running.log.join('')).toContain('boom');
  });
});

const watched = [
  'cache-control',
  'content-security-policy',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'permissions-policy',
  'referrer-policy',
  'strict-transport-security',
  'x-content-type-options',
  'x-frame-options',
  'x-powered-by',
];
