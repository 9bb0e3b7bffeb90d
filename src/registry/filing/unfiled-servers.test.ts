import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
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
