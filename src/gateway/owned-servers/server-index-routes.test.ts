import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownedServerPaths, type DeskAnswer, type OwnedServerPage } from '#contract/owned-servers.ts';
import { countsOf, findServer, namesOf, pageOf } from '#e2e/support/filling-world.ts';
import { startGateway, type RunningGateway } from '#e2e/support/running-gateway.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';
import type { Visitor } from '#e2e/support/visitor.ts';

const EVERY_PATH = Object.values(ownedServerPaths).map((path) => path());

describe('the index of our own registry', () => {
  let registry: TestRegistry;
  let gateway: RunningGateway;
  let owner: Visitor;
  /** Answers in place of the registry where it is set. */
  let instead: ((path: string) => Response | undefined) | undefined;
  beforeAll(async () => {
    registry = await createTestRegistry('sqlite');
    const fetch = async (request: Request) =>
      instead?.(new URL(request.url).pathname) ?? registry.fetch(request);
    gateway = await startGateway({
      db: registry.db,
      registryUrl: 'http://registry.internal',
      registry: {
        name: 'Embedded registry',
        url: 'http://registry.internal',
        embedded: true,
        fetch,
        askNamespaces: registry.namespacesOf,
      },
    });
    await registry.put('acme', 'acme/alpha', 'acme/beta', 'acme/gamma');
    await registry.call('PATCH', '/servers/acme%2Fbeta', {
      body: { iconUrl: 'https://elsewhere.example/b.png' },
    });
    owner = gateway.visitor();
    await owner.signIn({ apiKey: registry.ownerKey });
  });
  afterAll(async () => {
    await gateway.stop();
    await registry.drop();
  });

  const problemOf = async (path: string) => {
    const { status, json } = await owner.call(path);
    return [status, json?.['code'], json?.['field']];
  };

  it('is the registry’s own answer, with icons that are asked for here', async () => {
    const page = await pageOf(owner, 'sort=name&direction=asc');
    expect(namesOf(page)).toEqual(['acme', 'acme/alpha', 'acme/beta', 'acme/gamma']);
    expect(page.isFilling).toBe(false);
    expect(findServer(page, 'acme/beta')).toMatchObject({
      iconUrl: '/api/servers/acme%2Fbeta/icon',
      state: 'not-released',
      calls: { lastAt: null },
      isUnlisted: false,
    });
    expect(await countsOf(owner)).toMatchObject({
      total: 4,
      filters: { 'not-released': 4, live: 0, unlisted: 0 },
      namespaces: { acme: 4 },
    });
  });

  it('is read page by page, none twice, and by name', async () => {
    const names: string[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null && pages < 9; pages++) {
      const page: OwnedServerPage = await pageOf(
        owner,
        `sort=created&direction=desc&limit=3${cursor && `&cursor=${cursor}`}`,
      );
      names.push(...namesOf(page));
      cursor = page.nextCursor;
    }
    expect(names).toHaveLength(4);
    expect(new Set(names).size).toBe(4);
    expect(namesOf(await pageOf(owner, 'name=acme%2Fbeta&name=rival%2Fx&name=acme'))).toEqual(
      expect.arrayContaining(['acme', 'acme/beta']),
    );
  });

  it('says which parameter is wrong', async () => {
    for (const [query, field] of [
      ['sort=size', 'sort'],
      ['direction=up', 'direction'],
      ['limit=0', 'limit'],
      ['limit=1001', 'limit'],
      ['limit=ten', 'limit'],
      ['cursor=%00', 'cursor'],
      ['name=..%2Fx', 'name.0'],
      [Array.from({ length: 101 }, (_, i) => `name=acme%2Fs${i}`).join('&'), 'name'],
    ]) {
      for (const path of [ownedServerPaths.servers(), ownedServerPaths.desk()]) {
        expect([query, ...(await problemOf(`${path}?${query}`))]).toEqual([query, 400, 'bad-request', field]);
      }
    }
    // What the registry itself finds wrong.
    expect(await problemOf(`${ownedServerPaths.servers()}?cursor=abc`)).toEqual([
      400,
      'registry-refused',
      'cursor',
    ]);
  });

  it('comes with the session in one answer, also where a part of it fails', async () => {
    const desk = async () => {
      const { status, json } = await owner.call(`${ownedServerPaths.desk()}?limit=2`);
      expect(status).toBe(200);
      return json as unknown as DeskAnswer;
    };
    const whole = await desk();
    expect(whole.session.namespaces).toEqual(['acme']);
    expect(whole.servers?.servers).toHaveLength(2);
    expect(whole.servers?.nextCursor).toEqual(expect.any(String));
    expect(whole.counts?.total).toBe(4);
    instead = (path) => (path === '/-/servers/counts' ? Response.json({}, { status: 500 }) : undefined);
    expect(await desk()).toMatchObject({ session: whole.session, counts: null });
    instead = (path) => (path === '/-/servers' ? new Response('<html>') : undefined);
    expect(await desk()).toMatchObject({ servers: null, counts: { total: 4 } });
    instead = undefined;
  });

  it('leaves out a server that cannot be read, and says so', async () => {
    const page = await pageOf(owner);
    const [first, ...others] = page.servers;
    instead = (path) =>
      path === '/-/servers'
        ? Response.json({ ...page, servers: [{ ...first, calls: { in7Days: -1 } }, ...others] })
        : undefined;
    const answer = await owner.call(ownedServerPaths.servers());
    expect(namesOf(answer.json as unknown as OwnedServerPage)).toEqual(namesOf({ ...page, servers: others }));
    expect(answer.headers['touchmark-unreadable']).toBe('entries=1, values=0');
    instead = undefined;
  });

  it('is nobody’s who is not signed in, nor any more of a key that ended', async () => {
    for (const path of EVERY_PATH) expect((await gateway.visitor().call(path)).status).toBe(401);
    const rival = gateway.visitor();
    await rival.signIn({ apiKey: registry.rivalKey });
    expect(namesOf(await pageOf(rival))).toEqual([]);
    await registry.db.deleteFrom('api_keys').where('user_id', '=', registry.rivalId).execute();
    for (const path of EVERY_PATH) {
      const { status, json } = await rival.call(path);
      expect([path, status, json?.['code']]).toEqual([path, 401, 'signed-out']);
    }
  });
});
