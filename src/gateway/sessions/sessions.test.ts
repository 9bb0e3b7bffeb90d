import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PAGE_SECRET_HEADER, UNATTENDED_HEADER } from '#contract/api-paths.ts';
import { formatSessionState, parseSessionState, SESSION_HEADER } from '#contract/session.ts';
import { UNKNOWN_IDENTITY } from '#contract/identity.ts';
import { createTestDatabase, type TestDatabase } from '#e2e/support/databases.ts';
import {
  createTestClock,
  startGateway,
  type RunningGateway,
  type TestClock,
} from '#e2e/support/running-gateway.ts';
import {
  API_KEY,
  sendJson,
  startScriptedRegistry,
  type ScriptedRegistry,
} from '#e2e/support/scripted-registry.ts';
import { eventually } from '#e2e/support/test-desk.ts';
import type { Visitor } from '#e2e/support/visitor.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const MINTED_KEY = 'tm_minted';

describe('a session', () => {
  let database: TestDatabase;
  let registry: ScriptedRegistry;
  let running: RunningGateway;
  let clock: TestClock;
  let minted: Date[];
  let revoked: string[];

  beforeEach(async () => {
    database = await createTestDatabase('sqlite');
    registry = await startScriptedRegistry();
    clock = createTestClock();
    minted = [];
    revoked = [];
    running = await startGateway({
      db: database.db,
      registryUrl: registry.url,
      clock,
      signIn: {
        mintKey: async (expiresAt) => {
          minted.push(expiresAt);
          registry.owners.set(MINTED_KEY, ['acme']);
          return MINTED_KEY;
        },
        revokeKey: async (apiKey) => {
          revoked.push(apiKey);
          registry.owners.delete(apiKey);
        },
      },
    });
  });
  afterEach(async () => {
    await running.stop();
    await registry.close();
    await database.drop();
  });

  const status = async (visitor: Visitor) => (await visitor.call('/api/-/session')).status;
  const signedIn = async () => {
    const visitor = running.visitor();
    expect((await visitor.signIn({ apiKey: API_KEY })).status).toBe(200);
    return visitor;
  };
  const cookieLine = (answer: { headers: Record<string, string | string[] | undefined> }) =>
    [answer.headers['set-cookie'] ?? []].flat().find((line) => !line.includes('Max-Age=0'));

  describe('begins', () => {
    it('with a key that the registry knows, and tells the registry and the namespaces', async () => {
      const visitor = running.visitor();
      const answer = await visitor.signIn({ apiKey: ` ${API_KEY}\n` });
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual({
        registry: {
          name: 'Test registry',
          url: registry.url,
          embedded: false,
          desk: { name: null, accent: null },
        },
        // Smithery's API tells nothing of a key.
        identity: UNKNOWN_IDENTITY,
        namespaces: ['acme'],
        expiresAt: new Date(clock.now().getTime() + 8 * HOUR).toISOString(),
        idleAt: new Date(clock.now().getTime() + 30 * MINUTE).toISOString(),
        byLink: false,
      });
      expect((await visitor.call('/api/-/session')).json).toEqual(answer.json);
    });

    it('with a cookie that only this host over a secure way can have set, and that no script reads', async () => {
      const answer = await running.visitor().signIn({ apiKey: API_KEY });
      const line = cookieLine(answer);
      expect(line).toMatch(new RegExp(`^__Host-Http-touchmark-${running.port}=[\\w-]{43}; `));
      for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/'])
        expect(line).toContain(attribute);
      expect(line).not.toContain('Domain');
    });

    it('never with a key that the registry refuses', async () => {
      for (const apiKey of ['smry_unknown', `${API_KEY}x`]) {
        const visitor = running.visitor();
        const answer = await visitor.signIn({ apiKey });
        expect(answer.status).toBe(401);
        expect(answer.json).toMatchObject({ code: 'bad-credentials' });
        expect(visitor.cookies.size).toBe(0);
      }
      registry.script = (_request, response) => sendJson(response, 403, { error: 'No' });
      expect((await running.visitor().signIn({ apiKey: API_KEY })).status).toBe(401);
    });

    it('never with what could not be a key, and the registry is not even asked', async () => {
      for (const apiKey of ['', ' ', 'a b', 'a\r\nX: 1', 'ключ', 'x'.repeat(513)]) {
        expect((await running.visitor().signIn({ apiKey })).status).toBe(400);
      }
      const visitor = running.visitor();
      for (const body of ['', '{', '[]', 'null', '{"apiKey":1}', `{"apiKey":["${API_KEY}"]}`]) {
        const options = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body } as const;
        expect((await visitor.call('/api/-/session', options)).status).toBe(400);
      }
      expect(registry.requests).toEqual([]);
    });

    it('never from a body that a form could send, or a large one', async () => {
      const visitor = running.visitor();
      const body = JSON.stringify({ apiKey: API_KEY });
      const post = (type: string, text: string) =>
        visitor.call('/api/-/session', { method: 'POST', headers: { 'Content-Type': type }, body: text });
      expect((await post('text/plain', body)).status).toBe(400);
      expect((await post('application/x-www-form-urlencoded', body)).status).toBe(400);
      expect((await post('application/json', body + ' '.repeat(5000))).status).toBe(413);
    });

    it('tells a registry that does not answer from a key that it refuses', async () => {
      registry.script = (_request, response) => sendJson(response, 503, { error: 'Down' });
      expect((await running.visitor().signIn({ apiKey: API_KEY })).json).toMatchObject({
        status: 503,
        code: 'registry-refused',
      });
      await registry.close();
      expect((await running.visitor().signIn({ apiKey: API_KEY })).json).toMatchObject({
        status: 502,
        code: 'registry-unreachable',
      });
    });
  });

  describe('through a sign-in link', () => {
    it('begins once, with a key made for it that outlives it by an hour', async () => {
      const code = await running.gateway.createSignInCode();
      expect((await running.visitor().signIn({ code })).status).toBe(200);
      expect(minted).toEqual([new Date(clock.now().getTime() + 9 * HOUR)]);
      const again = await running.visitor().signIn({ code });
      expect(again.status).toBe(401);
      expect(again.json).toMatchObject({ code: 'bad-credentials' });
      expect(minted).toHaveLength(1);
    });

    it('says that a link began it, and whose registry it is', async () => {
      const answer = await running.visitor().signIn({ code: await running.gateway.createSignInCode() });
      expect(answer.json).toMatchObject({ byLink: true, registry: { name: 'Test registry' } });
    });

    it('begins once where the link is opened twice at the same time', async () => {
      const code = await running.gateway.createSignInCode();
      const answers = await Promise.all([1, 2, 3].map(() => running.visitor().signIn({ code })));
      expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([200, 401, 401]);
    });

    it('begins within ten minutes and not a second later', async () => {
      const inTime = await running.gateway.createSignInCode();
      const tooLate = await running.gateway.createSignInCode();
      clock.advance(10 * MINUTE - SECOND);
      expect((await running.visitor().signIn({ code: inTime })).status).toBe(200);
      clock.advance(SECOND);
      expect((await running.visitor().signIn({ code: tooLate })).status).toBe(401);
    });

    it('never begins with a made-up code', async () => {
      await running.gateway.createSignInCode();
      expect((await running.visitor().signIn({ code: 'A'.repeat(43) })).status).toBe(401);
    });

    it('takes its key along when it ends', async () => {
      const visitor = running.visitor();
      await visitor.signIn({ code: await running.gateway.createSignInCode() });
      await visitor.call('/api/-/session', { method: 'DELETE' });
      expect(revoked).toEqual([MINTED_KEY]);
    });
  });

  describe('lasts', () => {
    it('while it is used, to eight hours and not a second longer', async () => {
      const visitor = await signedIn();
      for (let minutes = 0; minutes < 8 * 60 - 20; minutes += 20) {
        clock.advance(20 * MINUTE);
        expect(await status(visitor)).toBe(200);
      }
      clock.advance(20 * MINUTE - SECOND);
      expect(await status(visitor)).toBe(200);
      clock.advance(SECOND);
      expect(await status(visitor)).toBe(401);
    });

    it('unused to thirty minutes and not a second longer', async () => {
      const [early, late] = [await signedIn(), await signedIn()];
      clock.advance(30 * MINUTE - SECOND);
      expect(await status(early)).toBe(200);
      clock.advance(SECOND);
      expect(await status(late)).toBe(401);
    });

    it('no longer for what a page asks by itself, with nobody there', async () => {
      const visitor = await signedIn();
      const headers = { [UNATTENDED_HEADER]: '1' };
      const askedByItself = async () => (await visitor.call('/api/-/session', { headers })).status;
      for (let minutes = 0; minutes < 30; minutes += 2) {
        expect(await askedByItself()).toBe(200);
        clock.advance(2 * MINUTE);
      }
      expect(await askedByItself()).toBe(401);
      expect(await status(visitor)).toBe(401);
    });

    it('as every answer says, idle and at most, and whoever comes back puts the idle end off', async () => {
      const visitor = await signedIn();
      const told = async (headers: Record<string, string> = {}, path = '/api/-/session') =>
        (await visitor.call(path, { headers })).headers[SESSION_HEADER.toLowerCase()];
      const first = parseSessionState(String(await told()));
      expect(first).toEqual({
        idleSeconds: 1800,
        endSeconds: 8 * 3600,
        key: expect.stringMatching(/^\w{12}$/),
      });
      const key = first?.key ?? '';
      clock.advance(28 * MINUTE);
      const byItself = await told({ [UNATTENDED_HEADER]: '1' }, '/api/servers?namespace=acme');
      expect(byItself).toBe(formatSessionState({ idleSeconds: 120, endSeconds: 8 * 3600 - 28 * 60, key }));
      const back = formatSessionState({ idleSeconds: 1800, endSeconds: 8 * 3600 - 28 * 60, key });
      expect(await told()).toBe(back);
      expect(await told({ [UNATTENDED_HEADER]: '1' })).toBe(back);
      expect((await visitor.call('/api/-/session')).json).toMatchObject({
        idleAt: new Date(clock.now().getTime() + 30 * MINUTE).toISOString(),
      });
      for (let minutes = 28; minutes + 20 < 8 * 60 - 10; minutes += 20) {
        clock.advance(20 * MINUTE);
        await told();
      }
      // The idle end is then the later one.
      expect(parseSessionState(String(await told()))).toMatchObject({
        idleSeconds: 1800,
        endSeconds: 12 * 60,
      });
    });

    it('on when the gateway restarts over the same data', async () => {
      const visitor = await signedIn();
      const second = await startGateway({
        db: database.db,
        registryUrl: registry.url,
        clock,
        hosts: [`127.0.0.1:${running.port}`],
      });
      const moved = second.visitor();
      for (const [name, value] of visitor.cookies) moved.cookies.set(name, value);
      const headers = { Host: `127.0.0.1:${running.port}`, Origin: running.url };
      expect((await moved.call('/api/-/session', { headers })).status).toBe(200);
      await second.stop();
    });
  });

  describe('ends', () => {
    it('when the owner signs out: the cookie is dead, cached data is to be cleared', async () => {
      const visitor = await signedIn();
      const kept = new Map(visitor.cookies);
      const answer = await visitor.call('/api/-/session', { method: 'DELETE' });
      expect(answer.status).toBe(204);
      expect(answer.headers['clear-site-data']).toBe('"cache", "storage"');
      expect(visitor.cookies.size).toBe(0);
      for (const [name, value] of kept) visitor.cookies.set(name, value);
      expect(await status(visitor)).toBe(401);
      expect(await database.db.selectFrom('sessions').selectAll().execute()).toEqual([]);
    });

    it('when the same browser signs in again: the new cookie is another one, the old one is dead', async () => {
      const visitor = await signedIn();
      const old = new Map(visitor.cookies);
      await visitor.signIn({ apiKey: API_KEY });
      expect([...visitor.cookies.values()]).not.toEqual([...old.values()]);
      expect(await status(visitor)).toBe(200);
      for (const [name, value] of old) visitor.cookies.set(name, value);
      expect(await status(visitor)).toBe(401);
    });

    it('when the registry refuses its key for whatever it asks', async () => {
      const visitor = await signedIn();
      registry.owners.clear();
      const answer = await visitor.call('/api/servers');
      expect(answer.status).toBe(401);
      expect(answer.json).toMatchObject({ code: 'signed-out' });
      registry.owners.set(API_KEY, ['acme']);
      expect(await status(visitor)).toBe(401);
    });
  });

  it('is never one that somebody planted: a cookie from outside is not taken over at sign-in', async () => {
    const visitor = running.visitor();
    const name = `__Host-Http-touchmark-${running.port}`;
    visitor.cookies.set(name, 'A'.repeat(43));
    expect(await status(visitor)).toBe(401);
    await visitor.signIn({ apiKey: API_KEY });
    expect(visitor.cookies.get(name)).not.toBe('A'.repeat(43));
  });

  it('is not read from a name that any page of this machine could have set', async () => {
    const visitor = await signedIn();
    const [token = ''] = visitor.cookies.values();
    visitor.cookies.clear();
    visitor.cookies.set(`touchmark-${running.port}`, token);
    expect(await status(visitor)).toBe(401);
  });

  it('is of no use where the secret changed, and signing in again is', async () => {
    const visitor = await signedIn();
    const other = await startGateway({
      db: database.db,
      registryUrl: registry.url,
      clock,
      secret: new Uint8Array(32).fill(9),
    });
    const moved = other.visitor();
    for (const [, value] of visitor.cookies) moved.cookies.set(`__Host-Http-touchmark-${other.port}`, value);
    expect(await status(moved)).toBe(401);
    expect((await moved.signIn({ apiKey: API_KEY })).status).toBe(200);
    await other.stop();
  });

  it('under a name that is not this machine has a plain cookie over http and a secure one over https', async () => {
    const proxied = await startGateway({
      db: database.db,
      registryUrl: registry.url,
      clock,
      hosts: ['desk.example', 'desk.lan:4000'],
    });
    const signIn = (Host: string, Origin: string) =>
      proxied.visitor().call('/api/-/session', {
        method: 'POST',
        headers: {
          Host,
          Origin,
          'Content-Type': 'application/json',
          [PAGE_SECRET_HEADER]: 'p'.repeat(43),
        },
        body: JSON.stringify({ apiKey: API_KEY }),
      });
    const overHttps = cookieLine(await signIn('desk.example', 'https://desk.example'));
    expect(overHttps).toMatch(/^__Host-Http-touchmark-default=.*Secure/);
    const overHttp = cookieLine(await signIn('desk.lan:4000', 'http://desk.lan:4000'));
    expect(overHttp).toMatch(/^touchmark-4000=/);
    expect(overHttp).not.toContain('Secure');
    await proxied.stop();
  });

  it('shows new namespaces at once when asked to, and soon by itself', async () => {
    const visitor = await signedIn();
    registry.owners.set(API_KEY, ['acme', 'zeta']);
    expect((await visitor.call('/api/-/session')).json).toMatchObject({ namespaces: ['acme'] });
    expect((await visitor.call('/api/-/session?refresh')).json).toMatchObject({
      namespaces: ['acme', 'zeta'],
    });
    registry.owners.set(API_KEY, ['zeta']);
    clock.advance(61 * SECOND);
    const soon = await eventually(
      async () => (await visitor.call('/api/-/session')).json,
      (info) => JSON.stringify(info?.['namespaces']) === '["zeta"]',
    );
    expect(soon).toMatchObject({ namespaces: ['zeta'] });
  });

  it('cannot be guessed: ten wrong keys a minute from one address, then a wait that is told', async () => {
    const visitor = running.visitor();
    for (let attempt = 0; attempt < 10; attempt++) {
      expect((await visitor.signIn({ apiKey: `guess-${attempt}` })).status).toBe(401);
    }
    const refused = await visitor.signIn({ apiKey: 'guess' });
    expect(refused.status).toBe(429);
    expect(refused.json).toMatchObject({ code: 'too-many-attempts' });
    expect(refused.headers['retry-after']).toBe('6');
    clock.advance(6 * SECOND);
    expect((await visitor.signIn({ apiKey: 'guess-again' })).status).toBe(401);
  });

  it('is refused to the same wrong key after ten times without asking the registry, and begins with a right one', async () => {
    const visitor = running.visitor();
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 15; attempt++) {
      statuses.push((await visitor.signIn({ apiKey: 'guess' })).status);
    }
    expect(statuses).toEqual(statuses.map((_, attempt) => (attempt < 10 ? 401 : 429)));
    expect(registry.requests).toHaveLength(10);
    expect((await visitor.signIn({ apiKey: API_KEY })).status).toBe(200);
  });

  it('begins with a right key, however many wrong ones others at the same address show', async () => {
    const wrong = async (guess: number) =>
      (await running.visitor().signIn({ apiKey: `guess-${guess}` })).status;
    const others = Array.from({ length: 200 }, (_, guess) => wrong(guess));
    const right = Array.from({ length: 5 }, async () => (await signedIn()).cookies.size);
    expect(await Promise.all(right)).toEqual([1, 1, 1, 1, 1]);
    const statuses = await Promise.all(others);
    expect(statuses.filter((each) => each === 401).length).toBeLessThanOrEqual(10);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect((await running.visitor().signIn({ apiKey: API_KEY })).status).toBe(200);
  });

  describe('behind a proxy', () => {
    const from = (gateway: RunningGateway, apiKey: string, forwarded: string) =>
      gateway.visitor().call('/api/-/session', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': forwarded },
        body: JSON.stringify({ apiKey }),
      });
    const warnings = (gateway: RunningGateway) =>
      gateway.log.filter((line) => line.includes('--trust-proxy')).length;

    it('that is trusted, is slowed down for the client that guesses, whatever else it makes up', async () => {
      const proxied = await startGateway({
        db: database.db,
        registryUrl: registry.url,
        clock,
        trustProxy: { hops: 1 },
      });
      for (let attempt = 0; attempt < 10; attempt++) {
        const answer = await from(proxied, `guess-${attempt}`, `10.1.1.${attempt}, 198.51.100.1`);
        expect(answer.status).toBe(401);
      }
      expect((await from(proxied, 'guess', '10.9.9.9, 198.51.100.1')).status).toBe(429);
      expect((await from(proxied, 'mistyped', '198.51.100.2')).status).toBe(401);
      expect((await from(proxied, API_KEY, '198.51.100.1')).status).toBe(200);
      expect(warnings(proxied)).toBe(0);
      await proxied.stop();
    });

    it('that is not trusted, knows one client, and says so once in the log', async () => {
      expect(warnings(running)).toBe(0);
      for (let attempt = 0; attempt < 10; attempt++) {
        expect((await from(running, `guess-${attempt}`, `198.51.100.${attempt}`)).status).toBe(401);
      }
      expect((await from(running, 'guess', '198.51.100.77')).status).toBe(429);
      expect(warnings(running)).toBe(1);
    });
  });

  it('has nobody wait for a clock that was ahead', async () => {
    clock.advance(HOUR);
    for (let times = 0; times < 11; times++) await running.visitor().signIn({ apiKey: `wrong-${times}` });
    clock.advance(-HOUR);
    expect((await running.visitor().signIn({ apiKey: 'wrong' })).status).toBe(401);
  });

  it('can begin as often as the owner likes: only failures count as guesses', async () => {
    for (let times = 0; times < 15; times++) {
      expect((await running.visitor().signIn({ apiKey: API_KEY })).status).toBe(200);
    }
  });
});
