import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MOVED_TO_HEADER } from '#contract/api-paths.ts';
import { engines } from '#e2e/support/databases.ts';
import { forbidWrites } from '#e2e/support/forbidden-writes.ts';
import {
  addBelongings,
  createTestRegistry,
  dumpTables,
  TEST_NOW,
  type TestRegistry,
} from '#e2e/support/test-registry.ts';

const TEAM = 'the-team';

describe.each(engines)('transferring a server on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    await addTeam(registry);
  });
  beforeEach(async () => {
    await registry.clear();
    await registry.put('acme/weather');
  });
  afterAll(async () => registry.drop());

  const transfer = async (name: string, body: unknown, key?: string) =>
    registry.call('POST', `/servers/${encodeURIComponent(name)}/transfer`, {
      body,
      ...(key === undefined ? {} : { key }),
    });
  const toTeam = { targetNamespace: 'team', targetOrganizationId: TEAM };
  const names = async (query: string) => {
    const { body } = await registry.call('GET', `/servers?${query}`);
    return (body as { servers: { qualifiedName: string }[] }).servers.map(
      ({ qualifiedName }) => qualifiedName,
    );
  };

  it('answers with its new name and slug', async () => {
    const moved = await transfer('acme/weather', toTeam);
    expect([moved.status, moved.body]).toEqual([
      200,
      { success: true, namespace: 'team', server: 'weather', qualifiedName: 'team/weather' },
    ]);
    const renamed = await transfer('team/weather', { ...toTeam, targetSlug: 'sky' });
    expect(renamed.body).toMatchObject({ server: 'sky', qualifiedName: 'team/sky' });
    await registry.put('acme');
    expect((await transfer('acme', toTeam)).body).toMatchObject({ server: '', qualifiedName: 'team' });
  });

  it('moves everything that belongs to it and touches nothing of others', async () => {
    await registry.put('acme/other');
    await addBelongings(registry, 'acme/weather');
    await addBelongings(registry, 'acme/other');
    const secret = { name: 'API_KEY', value: 'canary' };
    await registry.call('PUT', '/servers/acme%2Fweather/secrets', { body: secret });
    const before = await dumpTables(registry);
    registry.clock.now = new Date('2026-03-02T00:00:00.000Z');
    expect((await transfer('acme/weather', toTeam)).status).toBe(200);
    const after = await dumpTables(registry);
    for (const table of Object.keys(before)) {
      const follows = ['servers', 'search_postings', 'search_variants', 'name_holds', 'deleted_servers'];
      if (follows.includes(table)) continue;
      expect([table, after[table]]).toEqual([table, before[table]]);
    }
    const rows = (dump: typeof before) => dump['servers']?.map((row) => JSON.parse(row) as Row) ?? [];
    type Row = { qualified_name: string };
    const other = (dump: typeof before) => rows(dump).find((row) => row.qualified_name === 'acme/other');
    expect(other(after)).toEqual(other(before));
    expect(rows(after).find((row) => row.qualified_name === 'team/weather')).toEqual({
      ...rows(before).find((row) => row.qualified_name === 'acme/weather'),
      namespace: 'team',
      qualified_name: 'team/weather',
      updated_at: '2026-03-02T00:00:00.000Z',
    });
    const { body } = await registry.call('GET', '/servers/team%2Fweather/secrets');
    expect(body).toEqual([
      { name: 'API_KEY', type: 'secret_text' },
      { name: 'TOKEN', type: 'secret_text' },
    ]);
  });

  it('is followed by the search at once', async () => {
    expect(await names('q=acme')).toEqual(['acme/weather']);
    await transfer('acme/weather', toTeam);
    expect(await names('q=acme')).toEqual([]);
    expect(await names('q=team+weather')).toEqual(['team/weather']);
    expect(await names('namespace=team')).toEqual(['team/weather']);
  });

  it.each<[number, string, unknown]>([
    [400, 'targetNamespace', {}],
    [400, 'targetNamespace', { targetNamespace: 7, targetOrganizationId: TEAM }],
    [400, 'targetOrganizationId', { targetNamespace: 'team' }],
    [400, 'targetOrganizationId', { ...toTeam, targetOrganizationId: 'nobody' }],
    [400, 'targetSlug', { ...toTeam, targetSlug: '' }],
    [400, 'targetSlug', { ...toTeam, targetSlug: '../x' }],
    [400, 'there already', { targetNamespace: 'acme', targetOrganizationId: 'OWNER' }],
    [404, 'Namespace not found', { ...toTeam, targetNamespace: 'none' }],
    [403, 'Namespace belongs', { targetNamespace: 'rival', targetOrganizationId: 'a-rival' }],
  ])('refuses with %i and a text about %s: %j', async (status, text, body) => {
    const before = await dumpTables(registry);
    const given = JSON.parse(JSON.stringify(body).replace('OWNER', registry.ownerId)) as unknown;
    const answer = await transfer('acme/weather', given);
    expect([answer.status, answer.body]).toEqual([status, { error: expect.stringContaining(text) }]);
    expect(await dumpTables(registry)).toEqual(before);
  });

  it('refuses what is another’s, and knows no server that is none', async () => {
    expect((await transfer('acme/weather', toTeam, registry.rivalKey)).status).toBe(403);
    expect((await transfer('acme/none', toTeam)).status).toBe(404);
  });

  it('refuses a name that is taken', async () => {
    await registry.put('team/weather');
    const before = await dumpTables(registry);
    const answer = await transfer('acme/weather', toTeam);
    expect([answer.status, answer.body]).toEqual([409, { error: expect.stringContaining('"team/weather"') }]);
    expect(await dumpTables(registry)).toEqual(before);
  });

  it('refuses a name that is held for somebody else, with the date it becomes free', async () => {
    await hold(registry, { name: 'team/weather', owner_id: registry.rivalId });
    const before = await dumpTables(registry);
    const answer = await transfer('acme/weather', toTeam);
    expect([answer.status, answer.body]).toEqual([
      403,
      { error: expect.stringContaining('2026-03-20T00:00:00.000Z') },
    ]);
    expect(await dumpTables(registry)).toEqual(before);
  });

  it('leaves a note under the old name, for those who may know', async () => {
    await transfer('acme/weather', toTeam);
    const told = { error: expect.stringContaining('"team/weather"') };
    for (const key of [registry.ownerKey, registry.rivalKey]) {
      const { status, body, headers } = await registry.call('GET', '/servers/acme%2Fweather', { key });
      expect([status, body, headers.get(MOVED_TO_HEADER)]).toEqual([404, told, 'team%2Fweather']);
    }
    const patched = await registry.call('PATCH', '/servers/acme%2Fweather', { body: { unlisted: true } });
    expect([patched.status, patched.body]).toEqual([404, told]);
    await registry.call('PATCH', '/servers/team%2Fweather', { body: { unlisted: true } });
    const hidden = await registry.call('GET', '/servers/acme%2Fweather', { key: registry.rivalKey });
    const none = await registry.call('GET', '/servers/acme%2Fnone', { key: registry.rivalKey });
    expect([hidden.status, hidden.text]).toEqual([none.status, none.text]);
    expect(hidden.headers.has(MOVED_TO_HEADER)).toBe(false);
    expect((await registry.call('GET', '/servers/acme%2Fweather')).body).toEqual(told);
    const deleted = await registry.call('DELETE', '/servers/acme%2Fweather');
    expect([deleted.status, deleted.text]).toEqual([404, '{"error":"Server not found"}']);
  });

  it('keeps the note true through further transfers, until the server is deleted', async () => {
    await transfer('acme/weather', toTeam);
    await transfer('team/weather', { ...toTeam, targetSlug: 'sky' });
    const textAt = async (name: string) => (await registry.call('GET', `/servers/${name}`)).text;
    expect(await textAt('acme%2Fweather')).toContain('team/sky');
    expect(await textAt('team%2Fweather')).toContain('team/sky');
    await registry.call('DELETE', '/servers/team%2Fsky');
    expect(await textAt('acme%2Fweather')).toBe('{"error":"Server not found"}');
  });

  it('goes back and forth, and ends with no note where the server is', async () => {
    await transfer('acme/weather', toTeam);
    const back = { targetNamespace: 'acme', targetOrganizationId: registry.ownerId };
    expect((await transfer('team/weather', back)).status).toBe(200);
    expect((await registry.call('GET', '/servers/acme%2Fweather')).status).toBe(200);
    expect((await registry.call('GET', '/servers/team%2Fweather')).text).toContain('acme/weather');
    const holds = await registry.db.selectFrom('name_holds').select(['name', 'moved_to']).execute();
    expect(holds).toEqual([{ name: 'team/weather', moved_to: 'acme/weather' }]);
  });

  it('gives the old name to a new server of its former owner, with another id', async () => {
    const idOf = async (name: string) =>
      registry.db
        .selectFrom('servers')
        .select('id')
        .where('qualified_name', '=', name)
        .executeTakeFirstOrThrow();
    await transfer('acme/weather', toTeam);
    await registry.put('acme/weather');
    expect(await idOf('acme/weather')).not.toEqual(await idOf('team/weather'));
  });

  it('moves nothing at all where it fails midway', async () => {
    const fragile = await createTestRegistry(engine);
    await addTeam(fragile);
    await fragile.put('acme/weather');
    await forbidWrites(fragile, 'insert', 'search_postings');
    const before = await dumpTables(fragile);
    const { status } = await fragile.call('POST', '/servers/acme%2Fweather/transfer', { body: toTeam });
    expect(status).toBe(500);
    expect(await dumpTables(fragile)).toEqual(before);
    await fragile.drop();
  });

  it('happens once where two ask for it at the same time', async () => {
    const statuses = await Promise.all(
      [1, 2, 3].map(async () => (await transfer('acme/weather', toTeam)).status),
    );
    expect(statuses.sort((a, b) => a - b)).toEqual([200, 404, 404]);
  });

  it('gives a name to one of two servers that want it at the same time', async () => {
    await registry.put('acme/sky');
    const answers = await Promise.all(
      ['acme/weather', 'acme/sky'].map((name) => transfer(name, { ...toTeam, targetSlug: 'one' })),
    );
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 409]);
    expect((await names('')).length).toBe(2);
  });
});

async function addTeam({ db, ownerId }: TestRegistry): Promise<void> {
  const created_at = TEST_NOW.toISOString();
  await db.insertInto('users').values({ id: TEAM, name: 'team', kind: 'organization', created_at }).execute();
  await db
    .insertInto('organization_members')
    .values({ organization_id: TEAM, user_id: ownerId, role: 'member', created_at })
    .execute();
  await db.insertInto('namespaces').values({ name: 'team', owner_id: TEAM, created_at }).execute();
}

async function hold({ db }: TestRegistry, { name, owner_id }: { name: string; owner_id: string }) {
  const until = '2026-03-20T00:00:00.000Z';
  await db.insertInto('name_holds').values({ kind: 'server', name, owner_id, until }).execute();
}
