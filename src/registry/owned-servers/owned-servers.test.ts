import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  SERVER_ORDERS,
  type OwnedServer,
  type OwnedServerPage,
  type ServerCounts,
} from '#contract/owned-servers.ts';
import { makeBundle, MANIFEST } from '#e2e/support/bundles.ts';
import { engines } from '#e2e/support/databases.ts';
import { release, settled } from '#e2e/support/publishing.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import type { ReleaseStatus } from '#contract/release-statuses.ts';
import { addSamples } from '#registry/samples/add-samples.ts';
import { addOrganization } from '#registry/people/organization-store.ts';
import { keepStates } from './server-facts.ts';

describe.each(engines)('the servers of an owner on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  beforeEach(async () => registry.clear());
  afterAll(async () => registry.drop());

  const pageOf = async (query = '', key = registry.ownerKey) =>
    (await registry.call('GET', `/-/servers?${query}`, { key })).body as OwnedServerPage;
  const countsOf = async (key = registry.ownerKey) =>
    (await registry.call('GET', '/-/servers/counts', { key })).body as ServerCounts;
  const namesOf = ({ servers }: OwnedServerPage) => servers.map(({ qualifiedName }) => qualifiedName);
  const find = async (name: string): Promise<OwnedServer | undefined> =>
    (await pageOf(`name=${encodeURIComponent(name)}`)).servers[0];
  const publish = async (name: string, manifest: object = MANIFEST) => {
    const id = await release(registry, name, {
      payload: { type: 'stdio', runtime: 'node' },
      bundle: makeBundle({ manifest }),
    });
    return (await settled(registry, name, id)).status;
  };
  const addRelease = async (name: string, status: ReleaseStatus, at: Date) => {
    const { rid } = await registry.db
      .selectFrom('servers')
      .select('rid')
      .where('qualified_name', '=', name)
      .executeTakeFirstOrThrow();
    const [id, created_at] = [randomUUID(), at.toISOString()];
    await registry.db
      .insertInto('releases')
      .values({ id, server_rid: rid, status, type: 'external_shttp', created_at, updated_at: created_at })
      .execute();
    await keepStates(registry.db, [rid]);
    return id;
  };

  it('are told with what they are, what they do and what is in them', async () => {
    await registry.call('PUT', '/servers/acme%2Fweather', {
      body: { displayName: 'Weather', description: 'Tells the weather' },
    });
    expect(await find('acme/weather')).toEqual({
      id: expect.any(String),
      qualifiedName: 'acme/weather',
      namespace: 'acme',
      displayName: 'Weather',
      description: 'Tells the weather',
      iconUrl: null,
      state: 'not-released',
      isUnlisted: false,
      createdAt: TEST_NOW.toISOString(),
      uses: 0,
      latestRelease: null,
      liveRelease: null,
      calls: expect.anything(),
      tools: [],
      domains: [],
      asOf: TEST_NOW.toISOString(),
    });
    const tools = [{ name: 'get_forecast' }, { name: 'get_alerts' }];
    expect(await publish('acme/weather', { ...MANIFEST, tools })).toBe('SUCCESS');
    await registry.call('PATCH', '/servers/acme%2Fweather', { body: { unlisted: true } });
    await registry.call('PATCH', '/servers/acme%2Fweather/domains/managed', {
      body: { subdomain: 'weather' },
    });
    const at = expect.stringMatching(/^2026-03-01T12:00/);
    expect(await find('acme/weather')).toMatchObject({
      state: 'local',
      isUnlisted: true,
      latestRelease: { status: 'SUCCESS', at, reason: null },
      liveRelease: { type: 'stdio', at },
      tools: ['get_forecast', 'get_alerts'],
    });
  });

  it('say why the latest release failed, and that an older one is live', async () => {
    await registry.put('acme/weather');
    expect(await publish('acme/weather')).toBe('SUCCESS');
    registry.clock.now = new Date(TEST_NOW.getTime() + 60_000);
    const broken = { ...MANIFEST, server: { type: 'python' } };
    expect(await publish('acme/weather', broken)).toBe('FAILURE');
    const server = await find('acme/weather');
    expect(server?.state).toBe('live-on-older');
    expect(server?.latestRelease?.reason).toMatch(/^[A-Z].+\w/);
    expect(server?.latestRelease?.id).not.toBe(server?.liveRelease?.id);
    expect(server?.liveRelease?.type).toBe('stdio');
    expect((await countsOf()).filters).toMatchObject({ attention: 1, live: 1, local: 1, failed: 0 });
  });

  it('are all of them in pages of any size, in every order, none twice', async () => {
    await addSamples(registry.db, { ownerId: registry.ownerId, seed: 7, now: TEST_NOW });
    const all = namesOf(await pageOf('limit=1000'));
    expect(all.length).toBeGreaterThan(20);
    for (const sort of SERVER_ORDERS) {
      for (const direction of ['asc', 'desc']) {
        const whole = await pageOf(`sort=${sort}&direction=${direction}&limit=1000`);
        expect(whole.nextCursor).toBe(null);
        const pages: string[][] = [];
        let cursor: string | null = '';
        while (cursor !== null) {
          const page: OwnedServerPage = await pageOf(
            `sort=${sort}&direction=${direction}&limit=7&cursor=${cursor}`,
          );
          pages.push(namesOf(page));
          cursor = page.nextCursor;
        }
        expect([sort, direction, pages.flat()]).toEqual([sort, direction, namesOf(whole)]);
        expect(pages.flat().sort()).toEqual([...all].sort());
      }
    }
  });

  it('are ordered by name as people do, and last where there is nothing to order them by', async () => {
    for (const [name, displayName] of [
      ['acme/1', 'zebra'],
      ['acme/2', 'Éclair'],
      ['acme/3', 'apple'],
      ['acme/4', 'Banana'],
      ['acme/5', 'banana'],
    ] as const) {
      await registry.call('PUT', `/servers/${encodeURIComponent(name)}`, { body: { displayName } });
    }
    const names = ['acme/3', 'acme/4', 'acme/5', 'acme/2', 'acme/1'];
    expect(namesOf(await pageOf('sort=name&direction=asc'))).toEqual(names);
    await registry.call('PATCH', '/servers/acme%2F1', { body: { displayName: 'Aardvark' } });
    expect(namesOf(await pageOf('sort=name&direction=asc'))[0]).toBe('acme/1');
    await addRelease('acme/4', 'FAILURE', new Date(TEST_NOW.getTime() - 5000));
    await addRelease('acme/2', 'AUTH_REQUIRED', TEST_NOW);
    const rest = ['acme/1', 'acme/3', 'acme/5'];
    expect(namesOf(await pageOf('sort=released&direction=desc'))).toEqual(['acme/2', 'acme/4', ...rest]);
    expect(namesOf(await pageOf('sort=released&direction=asc'))).toEqual(['acme/4', 'acme/2', ...rest]);
    expect(namesOf(await pageOf('sort=state&direction=asc'))).toEqual(['acme/4', 'acme/2', ...rest]);
  });

  it('are those of every owner that a key has, and of the namespaces that a token is for', async () => {
    const { db, ownerId } = registry;
    await db.deleteFrom('users').where('id', '=', 'org-1').execute();
    await addOrganization(db, { id: 'org-1', name: 'the-org', admin: 'owner', now: TEST_NOW });
    const created_at = TEST_NOW.toISOString();
    await db
      .insertInto('namespaces')
      .values([
        { name: 'org', owner_id: 'org-1', created_at },
        { name: 'more', owner_id: ownerId, created_at },
      ])
      .execute();
    await registry.put('acme', 'acme/a', 'org/b', 'more/c');
    await registry.call('PUT', '/servers/rival%2Fd', { key: registry.rivalKey });
    const sorted = 'sort=name&direction=asc';
    expect(namesOf(await pageOf(sorted))).toEqual(['acme/a', 'acme', 'org/b', 'more/c']);
    expect(await countsOf()).toMatchObject({ total: 4, namespaces: { acme: 2, org: 1, more: 1 } });
    expect(namesOf(await pageOf(sorted, registry.rivalKey))).toEqual(['rival/d']);
    const policy = [{ namespaces: ['org', 'rival'] }];
    const { body } = await registry.call('POST', '/tokens', { body: { policy } });
    const { token } = body as { token: string };
    expect(namesOf(await pageOf(sorted, token))).toEqual(['org/b']);
    expect((await countsOf(token)).namespaces).toEqual({ org: 1 });
    const named = 'name=acme/a&name=rival/d&name=acme/none&name=org/b';
    expect(namesOf(await pageOf(`${sorted}&${named}`))).toEqual(['acme/a', 'org/b']);
    await db.deleteFrom('servers').execute();
    await db.deleteFrom('namespaces').where('name', 'in', ['org', 'more']).execute();
  });

  it.each([
    ['an unknown order', 'sort=size', 'sort: must be one of name, state, released, called, uses, created'],
    ['an unknown direction', 'direction=up', 'direction: must be one of asc, desc'],
    ['no page', 'limit=0', 'limit: must be a whole number from 1 to 1000'],
    ['a page that is too long', 'limit=1001', 'limit: must be a whole number from 1 to 1000'],
    ['no cursor', 'cursor=x', 'cursor: must be the nextCursor of an answer in the same order and direction'],
    ...(
      [
        ['uses', 1.5],
        ['uses', 1e308],
        ['state', 1.5],
        ['state', 4e9],
        ['name', 'a\0b'],
        ['called', 7],
      ] as const
    ).map(([sort, value]) => [
      `a cursor that no ${sort} gives: ${JSON.stringify(value)}`,
      `sort=${sort}&cursor=${Buffer.from(JSON.stringify([sort, 'desc', value, 'x'])).toString('base64url')}`,
      'cursor: must be the nextCursor of an answer in the same order and direction',
    ]),
    [
      'a cursor with a name that no server has',
      `cursor=${Buffer.from(JSON.stringify(['uses', 'desc', 5, 'a\0'])).toString('base64url')}`,
      'cursor: must be the nextCursor of an answer in the same order and direction',
    ],
    [
      'a cursor made up',
      `cursor=${Buffer.from('["name","asc",1,"x"]').toString('base64url')}&sort=name&direction=asc`,
      'cursor: must be the nextCursor of an answer in the same order and direction',
    ],
    ['no name', 'name=..%2Fx', 'name: must be qualified names'],
    [
      'too many names',
      Array.from({ length: 101 }, (_, i) => `name=a${i}`).join('&'),
      'name: must be at most 100',
    ],
  ])('are not told for %s, which is refused by its name', async (_, query, error) => {
    const { status, body } = await registry.call('GET', `/-/servers?${query}`);
    expect([status, body]).toEqual([400, { error }]);
  });
});
