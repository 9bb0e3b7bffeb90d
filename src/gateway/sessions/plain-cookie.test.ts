import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gatewayPaths, PAGE_SECRET_HEADER } from '#contract/api-paths.ts';
import { createTestDatabase, engines, type TestDatabase } from '#e2e/support/databases.ts';
import {
  createTestClock,
  startGateway,
  type RunningGateway,
  type TestClock,
} from '#e2e/support/running-gateway.ts';
import { API_KEY, startScriptedRegistry, type ScriptedRegistry } from '#e2e/support/scripted-registry.ts';
import type { Visitor } from '#e2e/support/visitor.ts';
import { randomToken } from '#platform/sealing.ts';

const SECOND = 1000;

describe.each(engines)('a session with a plain cookie on %s', (engine) => {
  let database: TestDatabase;
  let registry: ScriptedRegistry;
  let running: RunningGateway;
  let clock: TestClock;
  let revoked: string[];

  beforeEach(async () => {
    database = await createTestDatabase(engine);
    registry = await startScriptedRegistry();
    clock = createTestClock();
    revoked = [];
    running = await startGateway({
      db: database.db,
      registryUrl: registry.url,
      clock,
      signIn: {
        mintKey: async () => API_KEY,
        revokeKey: async (apiKey) => void revoked.push(apiKey),
      },
    });
  });
  afterEach(async () => {
    await running.stop();
    await registry.close();
    await database.drop();
  });

  const secureName = () => `__Host-Http-touchmark-${running.port}`;
  const plainName = () => `touchmark-${running.port}`;

  /** What a page does whose secret is this, in a browser with these cookies. */
  function pageOf(visitor: Visitor, secret: string) {
    const call = (path: string, options: Parameters<Visitor['call']>[1] = {}) =>
      visitor.call(path, { ...options, headers: { [PAGE_SECRET_HEADER]: secret, ...options.headers } });
    return {
      signIn: (credentials: object = { apiKey: API_KEY }) =>
        call(gatewayPaths.session(), {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(credentials),
        }),
      askForPlain: (headers = {}) => call(gatewayPaths.plainSession(), { method: 'POST', headers }),
      status: async () => (await call(gatewayPaths.session())).status,
      signOut: () => call(gatewayPaths.session(), { method: 'DELETE' }),
    };
  }

  /** A browser that drops secure cookies over http, signed in by its page. */
  async function webKit(secret = randomToken()) {
    const visitor = running.visitor();
    const page = pageOf(visitor, secret);
    await page.signIn();
    visitor.cookies.clear();
    expect((await page.askForPlain()).status).toBe(200);
    return { visitor, page, token: visitor.cookies.get(plainName()) ?? '' };
  }

  it('is what a browser gets that kept no secure one, and a sign-in link is needed once only', async () => {
    const visitor = running.visitor();
    const page = pageOf(visitor, randomToken());
    expect((await page.signIn({ code: await running.gateway.createSignInCode() })).status).toBe(200);
    visitor.cookies.clear();
    expect(await page.status()).toBe(401);
    const answer = await page.askForPlain();
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ namespaces: ['acme'] });
    expect([...visitor.cookies.keys()]).toEqual([plainName()]);
    const line = String(answer.headers['set-cookie']);
    expect(line).not.toContain('Secure');
    for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/']) expect(line).toContain(attribute);
    expect(await page.status()).toBe(200);
    expect((await visitor.call('/api/-/session')).status).toBe(401);
    expect((await page.signOut()).status).toBe(204);
    expect(visitor.cookies.size).toBe(0);
    expect(revoked).toEqual([API_KEY]);
  });

  it('replaces the one with the secure cookie, whose token is dead under either name', async () => {
    const visitor = running.visitor();
    const secret = randomToken();
    await pageOf(visitor, secret).signIn();
    const secure = visitor.cookies.get(secureName()) ?? '';
    const { status } = pageOf(visitor, secret);
    visitor.cookies.clear();
    visitor.cookies.set(plainName(), secure);
    expect(await status()).toBe(401);
    await pageOf(visitor, secret).askForPlain();
    const plain = visitor.cookies.get(plainName()) ?? '';
    expect(plain).not.toBe(secure);
    for (const [name, token] of [
      [secureName(), secure],
      [plainName(), secure],
      [secureName(), plain],
    ] as const) {
      visitor.cookies.clear();
      visitor.cookies.set(name, token);
      expect(await status()).toBe(401);
    }
    expect(await database.db.selectFrom('sessions').selectAll().execute()).toHaveLength(1);
  });

  it('is worth nothing where another page planted it', async () => {
    const { token } = await webKit();
    for (const secret of [randomToken(), 'x', '']) {
      const victim = running.visitor();
      victim.cookies.set(plainName(), token);
      expect(await pageOf(victim, secret).status()).toBe(401);
    }
    // Nor does it stand before the session that its victim has.
    const victim = running.visitor();
    await victim.signIn({ apiKey: API_KEY });
    victim.cookies.set(plainName(), token);
    expect((await victim.call('/api/-/session')).status).toBe(200);
    await victim.call('/api/-/session', { method: 'DELETE' });
    victim.cookies.set(plainName(), token);
    expect((await victim.call('/api/-/session')).status).toBe(401);
  });

  it('shows the images of its own pages, which can add no header, and of no others', async () => {
    const { visitor } = await webKit();
    const image = (site: string) =>
      visitor.call('/api/servers/acme%2Fweather/icon', {
        headers: { 'Sec-Fetch-Dest': 'image', 'Sec-Fetch-Site': site },
      });
    expect((await image('same-origin')).status).not.toBe(401);
    expect((await image('same-site')).status).toBe(403);
  });

  it('is given once, to the page that signed in, within a minute', async () => {
    const secret = randomToken();
    const visitor = running.visitor();
    await pageOf(visitor, secret).signIn();
    expect((await pageOf(running.visitor(), randomToken()).askForPlain()).status).toBe(401);
    const answers = await Promise.all([1, 2, 3].map(() => pageOf(running.visitor(), secret).askForPlain()));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401, 401]);
    for (const [wait, expected] of [
      [59 * SECOND, 200],
      [60 * SECOND, 401],
    ] as const) {
      const late = pageOf(running.visitor(), randomToken());
      await late.signIn();
      clock.advance(wait);
      expect((await late.askForPlain()).status).toBe(expected);
    }
  });

  it('is given to no page over https, none without a secret, and none that did not sign in', async () => {
    const secret = randomToken();
    const page = pageOf(running.visitor(), secret);
    await page.signIn();
    expect((await page.askForPlain({ Origin: `https://127.0.0.1:${running.port}` })).status).toBe(400);
    expect((await page.askForPlain({ Origin: `http://127.0.0.1:${running.port + 1}` })).status).toBe(403);
    expect((await page.askForPlain({ [PAGE_SECRET_HEADER]: 'short' })).status).toBe(400);
    expect((await running.visitor().call(gatewayPaths.plainSession(), { method: 'POST' })).status).toBe(400);
    expect((await page.askForPlain()).status).toBe(200);
  });

  it('ends when its page signs in again', async () => {
    const { visitor, page, token } = await webKit();
    await page.signIn();
    visitor.cookies.clear();
    visitor.cookies.set(plainName(), token);
    expect(await page.status()).toBe(401);
  });

  it('is what a page over http from another machine gets at once, if it has a secret', async () => {
    const hosted = await startGateway({
      db: database.db,
      registryUrl: registry.url,
      clock,
      hosts: ['desk.lan'],
    });
    const visitor = hosted.visitor();
    const from = { Host: 'desk.lan', Origin: 'http://desk.lan' };
    const signIn = (headers: Record<string, string>) =>
      visitor.call(gatewayPaths.session(), {
        method: 'POST',
        headers: { ...from, 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify({ apiKey: API_KEY }),
      });
    expect((await signIn({})).status).toBe(400);
    const proof = { [PAGE_SECRET_HEADER]: randomToken() };
    expect((await signIn(proof)).status).toBe(200);
    expect([...visitor.cookies.keys()]).toEqual(['touchmark-default']);
    const status = async (headers: Record<string, string>) =>
      (await visitor.call(gatewayPaths.session(), { headers: { ...from, ...headers } })).status;
    expect(await status({})).toBe(401);
    expect(await status(proof)).toBe(200);
    await hosted.stop();
  });
});
