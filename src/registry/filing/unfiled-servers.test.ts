import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { migrateAsFarAs, migrateToLatest, openDatabaseAsItIs } from '#database/open.ts';
import { migrations } from '#database/migrations/all.ts';
import { addSamples } from '#registry/samples/add-samples.ts';
import { startFiling } from './unfiled-servers.ts';

describe.each(engines)('what an older version released, on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    await addSamples(registry.db, { ownerId: registry.ownerId, seed: 7, now: TEST_NOW });
  });
  afterAll(async () => registry.drop());

  const names = async () => {
    const { servers } = (await registry.call('GET', '/v0.1/servers?limit=100')).body as {
      servers: { server: { name: string } }[];
    };
    return servers.map(({ server }) => server.name);
  };
  const tools = async () => (await registry.call('GET', '/-/tools?q=get&pageSize=100')).body;

  it('is in the catalog and in the search of tools after a start, by however many processes', async () => {
    const { db } = registry;
    const [filedNames, filedTools] = [await names(), await tools()];
    expect(filedNames).toContain('test.desk/demo.weather');
    expect(filedTools).toMatchObject({ pagination: { totalCount: expect.toSatisfy((n) => Number(n) > 3) } });
    await db.deleteFrom('server_versions').execute();
    await db.deleteFrom('tools').execute();
    await db.deleteFrom('tool_variants').execute();
    expect(await names()).toEqual([]);
    await db
      .insertInto('unfiled_servers')
      .columns(['server_rid'])
      .expression((eb) => eb.selectFrom('servers').select('rid'))
      .execute();
    const failures: unknown[] = [];
    const reportError = (error: unknown) => failures.push(error);
    const processes = [startFiling({ db, reportError }), startFiling({ db, reportError })];
    await expect
      .poll(async () => db.selectFrom('unfiled_servers').select('server_rid').execute())
      .toEqual([]);
    for (const one of processes) await one.close();
    expect(failures).toEqual([]);
    expect(await names()).toEqual(filedNames);
    expect(await tools()).toMatchObject({
      tools: (filedTools as { tools: unknown[] }).tools.map((tool) => tool),
    });
  });
});

it('of a database without versions, what is live is filed once it was brought up to date', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'touchmark-older-'));
  const database = openDatabaseAsItIs({ engine: 'sqlite', path: join(folder, 'touchmark.db') });
  const { db } = database;
  const older = Object.keys(migrations('sqlite')).filter((name) => name < '0019');
  expect(await migrateAsFarAs(database, older)).toBe(true);
  const card = JSON.stringify({ serverInfo: { name: 'weather', version: '1.2.3' } });
  const tools = JSON.stringify([
    { name: 'get_forecast', description: null, inputSchema: { type: 'object' } },
  ]);
  for (const statement of [
    sql`insert into users (id, name, created_at, kind) values ('o', 'owner', '2026', 'user')`,
    sql`insert into namespaces (name, owner_id, created_at) values ('acme', 'o', '2026')`,
    ...['live', 'other'].map(
      (slug) => sql`
        insert into servers (id, namespace, slug, qualified_name, display_name, description, unlisted, verified, managed,
          use_count, created_at, updated_at, live_release_id, tools)
        values (${slug}, 'acme', ${slug}, ${`acme/${slug}`}, '', '', 0, 0, 0, 0, '2026', '2026',
          ${slug === 'live' ? 'r' : null}, ${slug === 'live' ? tools : null})`,
    ),
    sql`
      insert into releases (id, server_rid, status, type, created_at, updated_at, card)
      select 'r', rid, 'SUCCESS', 'external_shttp', '2026-01-01', '2026-01-02', ${card} from servers where slug = 'live'`,
    ...['held', 'free'].map(
      (name) => sql`
        insert into deleted_servers (id, qualified_name, owner_id, description, was_listed, deleted_at)
        values (${name}, ${name}, 'o', '', 1, '2026-02-01')`,
    ),
    sql`insert into name_holds (kind, name, owner_id, until) values ('server', 'held', 'o', '2026-03-01')`,
  ]) {
    await statement.execute(db);
  }
  await migrateToLatest(database);
  const filing = startFiling({ db, reportError: (error) => expect(error).toBeUndefined() });
  await expect.poll(async () => db.selectFrom('unfiled_servers').select('server_rid').execute()).toEqual([]);
  await filing.close();
  expect(await db.selectFrom('server_versions').selectAll().execute()).toMatchObject([
    {
      catalog_name: 'acme.live',
      version: '1.2.3',
      is_latest: 1,
      release_id: 'r',
      published_at: '2026-01-02T00:00:00.000Z',
    },
  ]);
  expect(await db.selectFrom('tools').select('name').execute()).toEqual([{ name: 'get_forecast' }]);
  // Of deleted servers of then nothing more is told than for how long their names are held.
  const ends = await db.selectFrom('deleted_servers').select(['qualified_name', 'until']).execute();
  expect(ends).toEqual([
    { qualified_name: 'held', until: '2026-03-01' },
    { qualified_name: 'free', until: '2026-02-01' },
  ]);
  await db.destroy();
  await rm(folder, { recursive: true });
});
