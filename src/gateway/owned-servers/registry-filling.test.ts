import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeskAnswer, OwnedServerPage } from '#contract/owned-servers.ts';
import {
  countsOf,
  filled,
  findServer,
  namesOf,
  pageOf,
  startFillingWorld,
  type FillingWorld,
} from '#e2e/support/filling-world.ts';
import { createTestClock } from '#e2e/support/running-gateway.ts';
import { API_KEY, sendJson } from '#e2e/support/scripted-registry.ts';
import { eventually } from '#e2e/support/test-desk.ts';

const daysAgo = (days: number): string =>
  new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 19).replace('T', ' ');
const call = (days: number, status = 200, outcome = 'ok') => ({
  timestamp: daysAgo(days),
  response: { status, outcome },
});
const release = (id: string, status: string, type = 'external_shttp') => ({
  id,
  status,
  type,
  createdAt: '2026-05-01T00:00:00.000Z',
  updatedAt: '2026-05-01T00:00:00.000Z',
});
const releases = (...list: object[]) => ({
  releases: list,
  pagination: { totalCount: list.length, totalPages: 1 },
});

describe('reading a registry elsewhere', () => {
  let world: FillingWorld;
  beforeEach(async () => {
    world = await startFillingWorld('sqlite');
  });
  afterEach(async () => world.stop());

  it('tells at once what the list tells, and the rest as it comes, with its age', async () => {
    world.registry.answers.set(
      '/servers/acme%2Fweather/releases',
      releases(release('r2', 'FAILURE'), release('r1', 'SUCCESS')),
    );
    world.registry.answers.set('/servers/acme%2Fweather/releases/r2', {
      ...release('r2', 'FAILURE'),
      logs: [
        { message: 'Building', level: 'info', stage: 'deploy', timestamp: '2026-05-01T00:00:00.000Z' },
        {
          message: 'No such file: server.py',
          level: 'error',
          stage: 'deploy',
          timestamp: '2026-05-01T00:00:01.000Z',
        },
        { message: 'Stopped', level: 'info', stage: 'deploy', timestamp: '2026-05-01T00:00:02.000Z' },
      ],
    });
    world.registry.answers.set('/servers/acme%2Fweather/domains', {
      domains: [{ hostname: 'weather.example' }],
    });
    world.registry.answers.set('/servers/acme%2Fweather/logs', {
      invocations: [call(1), call(2, 500), call(8), call(20, 200, 'exception')],
      total: 4,
    });
    world.registry.changed.set('acme/weather', { iconUrl: 'https://elsewhere.example/x.png', useCount: 7 });
    let letGo = () => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    world.registry.script = ({ target }, response) => {
      if (target !== '/servers/acme%2Fweather') return undefined;
      void held.then(() =>
        sendJson(response, 200, {
          qualifiedName: 'acme/weather',
          displayName: 'Weather',
          tools: [{ name: 'forecast' }, { name: 'alerts' }],
          connections: [],
        }),
      );
      return true;
    };
    // The list is read once: a second reading would be the newer word on the name.
    const visitor = await world.signedIn(await world.start({ listEveryMs: 3_600_000 }));
    const first = await pageOf(visitor, 'sort=name&direction=asc');
    expect(first).toMatchObject({ isFilling: true, nextCursor: null });
    expect(namesOf(first)).toEqual(['acme', 'acme/weather']);
    expect(findServer(first, 'acme/weather')).toEqual({
      id: 'id-weather',
      qualifiedName: 'acme/weather',
      namespace: 'acme',
      displayName: 'acme/weather',
      description: '',
      iconUrl: '/api/servers/acme%2Fweather/icon',
      state: 'live',
      createdAt: '2026-01-01T00:00:00.000Z',
      uses: 7,
      calls: {},
      asOf: expect.any(String),
    });
    letGo();
    const page = await filled(visitor);
    const weather = findServer(page, 'acme/weather');
    expect(weather).toEqual({
      ...findServer(first, 'acme/weather'),
      displayName: 'Weather',
      state: 'live-on-older',
      latestRelease: {
        id: 'r2',
        status: 'FAILURE',
        at: expect.any(String),
        reason: 'No such file: server.py',
      },
      liveRelease: { id: 'r1', type: 'external_shttp', at: expect.any(String) },
      calls: {
        lastAt: expect.stringMatching(/^20/),
        in7Days: 2,
        in30Days: 4,
        errorShare: 0.5,
        errorSample: 4,
      },
      tools: ['forecast', 'alerts'],
      domains: ['weather.example'],
      asOf: expect.any(String),
    });
    expect(page.asOf <= (weather?.asOf ?? '')).toBe(true);
    expect(await countsOf(visitor)).toEqual({
      total: 2,
      filters: { attention: 1, live: 2, failed: 0, 'not-released': 0, local: 0, quiet: 0 },
      namespaces: { acme: 2 },
      isFilling: false,
      asOf: expect.any(String),
    });
  });

  it('is read no more once its key is signed out', async () => {
    const visitor = await world.signedIn(await world.start({ lookedAtEveryMs: 10, listEveryMs: 10 }));
    await filled(visitor);
    const going = world.registry.requests.length;
    await eventually(
      async () => world.registry.requests.length,
      (now) => now > going + 3,
    );
    expect((await visitor.call('/api/-/session', { method: 'DELETE' })).status).toBe(204);
    await sleep(100);
    const after = world.registry.requests.length;
    await sleep(400);
    expect(world.registry.requests.length).toBe(after);
    expect((await visitor.call('/api/-/servers')).status).toBe(401);
  });

  it('ends the session where the registry refuses the key, and nothing is asked with it any more', async () => {
    const visitor = await world.signedIn(await world.start({ listEveryMs: 10 }));
    await filled(visitor);
    world.registry.owners.delete(API_KEY);
    expect(
      await eventually(
        async () => (await visitor.call('/api/-/servers')).status,
        (status) => status === 401,
      ),
    ).toBe(401);
    await sleep(100);
    const after = world.registry.requests.length;
    await sleep(300);
    expect(world.registry.requests.length).toBe(after);
  });

  it('is read no more where nobody looks at it', async () => {
    const clock = createTestClock();
    const visitor = await world.signedIn(await world.start({ listEveryMs: 10 }, { clock }));
    await filled(visitor);
    clock.advance(301_000);
    await sleep(100);
    const after = world.registry.requests.length;
    await sleep(300);
    expect(world.registry.requests.length).toBe(after);
    clock.advance(1000);
    await pageOf(visitor);
    await eventually(
      async () => world.registry.requests.length,
      (now) => now > after + 3,
    );
    expect(world.registry.requests.length).toBeGreaterThan(after + 1);
  });

  it('keeps a server whose deletion was refused', async () => {
    const visitor = await world.signedIn(await world.start());
    await filled(visitor);
    world.registry.script = ({ method }, response) =>
      method === 'DELETE' ? sendJson(response, 409, { error: 'It is protected' }) : undefined;
    expect((await visitor.deleteServer('acme/weather')).status).toBe(409);
    expect(namesOf(await pageOf(visitor))).toContain('acme/weather');
  });

  it('loses a server whose deletion is only found out later', async () => {
    const visitor = await world.signedIn(await world.start());
    await filled(visitor);
    world.registry.script = ({ method }, response) => {
      if (method !== 'DELETE') return undefined;
      world.registry.servers.delete('acme/weather');
      response.destroy();
      return true;
    };
    await visitor.deleteServer('acme/weather', { serverId: 'id-weather' });
    const page = await eventually(
      () => pageOf(visitor),
      ({ servers }) => servers.length === 1,
    );
    expect(namesOf(page)).toEqual(['acme']);
  });

  it('notices what was made, and what was deleted, elsewhere', async () => {
    const visitor = await world.signedIn(await world.start());
    await filled(visitor);
    world.registry.servers.set('acme/new', 'id-new');
    world.registry.servers.delete('acme/weather');
    const page = await eventually(
      () => pageOf(visitor, 'sort=name&direction=asc'),
      (now) => namesOf(now).join() === 'acme,acme/new',
    );
    expect(namesOf(page)).toEqual(['acme', 'acme/new']);
  });

  it('keeps a server that a list leaves out and its own page has', async () => {
    const visitor = await world.signedIn(await world.start());
    await filled(visitor);
    world.registry.script = ({ target }, response) =>
      target.startsWith('/servers?namespace=')
        ? sendJson(response, 200, { servers: [], pagination: { totalPages: 0, totalCount: 0 } })
        : undefined;
    world.registry.requests.length = 0;
    await eventually(
      async () => world.asked(/^\/servers\/acme%2Fweather$/).length,
      (number) => number > 0,
    );
    await sleep(100);
    expect((await pageOf(visitor)).servers).toHaveLength(2);
  });

  it('reads first what is asked for by name', async () => {
    for (let i = 0; i < 40; i++) world.registry.servers.set(`acme/s${i}`, `id-${i}`);
    const visitor = await world.signedIn(await world.start({ fillPerSecond: 40 }));
    await eventually(
      () => pageOf(visitor),
      ({ servers }) => servers.length === 42,
    );
    await pageOf(visitor, 'name=acme%2Fs37&name=acme%2Fs38');
    const at = world.registry.requests.length;
    await eventually(
      async () => world.asked(/s38\/logs/).length,
      (number) => number > 0,
    );
    const next = world.registry.requests.slice(at).filter(({ target }) => /^\/servers\/[^/]+$/.test(target));
    // Two turns of three servers, at most, were under way.
    expect(next.slice(0, 8).map(({ target }) => target)).toContain('/servers/acme%2Fs38');
  });

  it('says why there is nothing where nothing could be read, and which namespace is missing', async () => {
    world.registry.owners.set(API_KEY, ['acme', 'other']);
    const refuse = (pattern: RegExp, status: number) => {
      world.registry.script = ({ target }, response) =>
        pattern.test(target) ? sendJson(response, status, { error: 'Not today' }) : undefined;
    };
    refuse(/^\/servers\?/, 500);
    const visitor = await world.signedIn(await world.start());
    const { status, json } = await visitor.call('/api/-/servers');
    expect([status, json?.['code'], json?.['error']]).toEqual([500, 'registry-refused', 'Not today']);
    const desk = (await visitor.call('/api/-/desk')).json as unknown as DeskAnswer;
    expect(desk.session.namespaces).toEqual(['acme', 'other']);
    expect(desk.servers).toBeNull();
    // Whether there are any is not known.
    expect(desk.counts).toMatchObject({ total: 0, filters: {} });
    refuse(/namespace=other/, 403);
    const page = await eventually(
      async () => (await visitor.call('/api/-/servers')).json as unknown as OwnedServerPage,
      (now) => now.servers?.length === 2,
    );
    expect(page.unreadNamespaces).toEqual(['other']);
    world.registry.script = () => undefined;
    const whole = await eventually(
      () => pageOf(visitor),
      ({ servers }) => servers.length === 3,
    );
    expect(whole.unreadNamespaces).toBeUndefined();
  });

  it('asks at most five times in any second, however much there is to read', async () => {
    for (let i = 0; i < 20; i++) world.registry.servers.set(`acme/s${i}`, `id-${i}`);
    const arrivals: number[] = [];
    const visitor = await world.signedIn(await world.start({ fillPerSecond: 5 }));
    world.registry.script = () => {
      arrivals.push(performance.now());
      return undefined;
    };
    await pageOf(visitor);
    await eventually(
      async () => arrivals.length,
      (count) => count > 15,
    );
    // Of any eleven the last is sent two seconds after the first; on a busy machine they arrive less evenly.
    const spans = arrivals.slice(10).map((arrival, i) => arrival - (arrivals[i] ?? 0));
    expect(Math.min(...spans)).toBeGreaterThan(1000);
  });

  it('waits as it is told to, and loses nothing by that', async () => {
    const visitor = await world.signedIn(await world.start());
    let toldAt: number | undefined;
    const arrivals: number[] = [];
    world.registry.script = ({ target }, response) => {
      if (toldAt !== undefined) arrivals.push(performance.now() - toldAt);
      if (toldAt !== undefined || !target.endsWith('/releases?page=1&pageSize=20')) return undefined;
      toldAt = performance.now();
      return sendJson(response, 429, { error: 'Slow down' }, { 'Retry-After': '1' });
    };
    const page = await filled(visitor);
    // What was on its way by then had been sent before, and may arrive late; then nothing comes until the second is over.
    const pauses = arrivals.map((ms, i) => ms - (arrivals[i - 1] ?? 0));
    expect(Math.max(...pauses)).toBeGreaterThan(500);
    expect(arrivals.filter((ms) => ms > 950).length).toBeGreaterThan(0);
    for (const server of page.servers) expect(server.latestRelease).toBeNull();
  });

  it('tells what it could read where parts are cut off, broken or refused', async () => {
    world.registry.script = ({ target }, response) => {
      if (target.includes('/logs')) {
        response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' });
        response.write('{"invocations":[],"total":0');
        response.destroy();
        return true;
      }
      if (target.includes('/domains')) return sendJson(response, 500, { error: 'Broken' });
      if (target.includes('/releases')) return sendJson(response, 403, { error: 'Not yours' });
      return undefined;
    };
    const visitor = await world.signedIn(await world.start());
    const page = await filled(visitor);
    expect(page.servers).toHaveLength(2);
    for (const server of page.servers) {
      // By the list's word.
      expect(server.state).toBe('live');
      expect(server.calls).toEqual({});
      expect(Object.keys(server)).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^(domains|latestRelease|liveRelease|tools)$/)]),
      );
    }
    expect((await countsOf(visitor)).filters).toEqual({
      attention: 0,
      live: 2,
      failed: 0,
      'not-released': 0,
      local: 0,
    });
  });
});
