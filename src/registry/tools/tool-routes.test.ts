import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeBundle, MANIFEST } from '#e2e/support/bundles.ts';
import { engines } from '#e2e/support/databases.ts';
import { release, settled } from '#e2e/support/publishing.ts';
import { createTestRegistry, dumpTables, type TestRegistry } from '#e2e/support/test-registry.ts';

interface ToolList {
  tools: { name: string; server: { qualifiedName: string } }[];
  pagination: { totalCount: number };
}

describe.each(engines)('the search of tools on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  beforeEach(async () => registry.clear());
  afterAll(async () => registry.drop());

  const search = async (query: string, key = registry.ownerKey) =>
    (await registry.call('GET', `/-/tools?${query}`, { key })).body as ToolList;
  const found = async (q: string, key?: string) =>
    (await search(`q=${encodeURIComponent(q)}`, key)).tools.map(
      ({ name, server }) => `${server.qualifiedName} ${name}`,
    );
  const releaseTools = async (name: string, tools: object[]) => {
    await registry.put(name);
    const id = await release(registry, name, {
      payload: { type: 'stdio', runtime: 'node' },
      bundle: makeBundle({ manifest: { ...MANIFEST, tools } }),
    });
    expect((await settled(registry, name, id)).status).toBe('SUCCESS');
  };
  const tool = (name: string, description?: string) => ({ name, description });
  const wordsLeft = async () => {
    const { tools, tool_postings, tool_variants } = await dumpTables(registry);
    return [tools, tool_postings, tool_variants].map((rows) => rows?.length);
  };

  it('tells what a tool is and whose', async () => {
    const inputSchema = { type: 'object', properties: { place: { type: 'string' } } };
    await releaseTools('acme/weather', [{ ...tool('get_forecast', 'By the day'), inputSchema }]);
    await registry.call('PATCH', '/servers/acme%2Fweather', {
      body: { displayName: 'Weather', iconUrl: 'https://weather.example.com/icon.png' },
    });
    expect(await search('q=forecast')).toEqual({
      tools: [
        {
          name: 'get_forecast',
          title: null,
          description: 'By the day',
          inputSchema,
          server: {
            qualifiedName: 'acme/weather',
            displayName: 'Weather',
            iconUrl: 'https://weather.example.com/icon.png',
          },
          score: 80,
        },
      ],
      pagination: { currentPage: 1, pageSize: 10, totalPages: 1, totalCount: 1 },
    });
  });

  it('finds a name before the beginning of one, that before a description, and near misses', async () => {
    await releaseTools('acme/weather', [
      tool('sky_report', 'A forecast for the sky'),
      tool('forecasting', 'All at once'),
      tool('get_forecast', 'By the day'),
      tool('getForecastByHour'),
      tool('unrelated', 'Nothing of it'),
    ]);
    await releaseTools('acme/other', [tool('forecast', 'By the week')]);
    const ranked = [
      'acme/other forecast',
      'acme/weather getForecastByHour',
      'acme/weather get_forecast',
      'acme/weather forecasting',
      'acme/weather sky_report',
    ];
    expect(await found('forecast')).toEqual(ranked);
    expect(await found('forcast')).toHaveLength(4);
    expect(await found('FORECAST hour')).toEqual(['acme/weather getForecastByHour']);
    expect(await found('forecast nothing')).toEqual([]);
    expect(await found('%')).toEqual([]);
  });

  it('follows releases, transfers and deletes, and keeps no word of what is gone', async () => {
    await releaseTools('acme/weather', [tool('get_forecast', 'By the day'), tool('get_alerts')]);
    await releaseTools('acme/weather', [tool('get_warnings')]);
    expect([await found('forecast'), await found('alerts')]).toEqual([[], []]);
    expect(await found('warnings')).toEqual(['acme/weather get_warnings']);
    expect(await found('warnigs')).toEqual(['acme/weather get_warnings']);
    const body = { targetNamespace: 'acme', targetSlug: 'sky', targetOrganizationId: registry.ownerId };
    await registry.call('POST', '/servers/acme%2Fweather/transfer', { body });
    expect(await found('warnings')).toEqual(['acme/sky get_warnings']);
    await registry.call('DELETE', '/servers/acme%2Fsky');
    expect(await found('warnings')).toEqual([]);
    expect(await wordsLeft()).toEqual([0, 0, 0]);
  });

  it('takes any tool that a release takes, and finds it by its title too', async () => {
    await releaseTools('acme/weather', [
      tool('odd\0name \ud800', 'with\0zero'),
      { ...tool('a'), title: 'Sunshine' },
      { ...tool('b'), annotations: { title: 'Rainfall' } },
    ]);
    expect(await found('odd')).toEqual(['acme/weather odd\ufffdname \ufffd']);
    expect(await found('zero')).toHaveLength(1);
    expect(await found('sunshine')).toEqual(['acme/weather a']);
    expect(await found('rainfall')).toEqual(['acme/weather b']);
  });

  it('shows the tools of unlisted servers to their owner alone, and to a token those of its namespaces', async () => {
    await releaseTools('acme/hidden', [tool('get_forecast')]);
    await releaseTools('acme/weather', [tool('get_forecast')]);
    await registry.call('PATCH', '/servers/acme%2Fhidden', { body: { unlisted: true } });
    expect(await found('forecast')).toEqual(['acme/hidden get_forecast', 'acme/weather get_forecast']);
    expect(await found('forecast', registry.rivalKey)).toEqual(['acme/weather get_forecast']);
    const narrow = await registry.call('POST', '/tokens', { body: { policy: [{ namespaces: 'other' }] } });
    expect(await found('forecast', (narrow.body as { token: string }).token)).toEqual([]);
  });

  it('comes in pages, of which none repeats or leaves out a tool', async () => {
    const names = Array.from({ length: 25 }, (_, i) => `get_forecast_${i}`);
    await releaseTools(
      'acme/weather',
      names.map((name) => tool(name)),
    );
    const pages = [1, 2, 3, 4].map((page) => search(`q=forecast&pageSize=10&page=${page}`));
    const seen = (await Promise.all(pages)).map(({ tools }) => tools.map(({ name }) => name));
    expect(seen.map((page) => page.length)).toEqual([10, 10, 5, 0]);
    expect(seen.flat().sort()).toEqual([...names].sort());
    expect((await search('q=forecast&topK=10')).pagination.totalCount).toBe(10);
  });

  it.each([
    ['', 'q: must say what to search for'],
    ['q=', 'q: must say what to search for'],
    ['q=%20%20', 'q: must say what to search for'],
    ['q=a&pageSize=101', 'pageSize: must be a whole number from 1 to 100'],
    ['q=a&page=0', 'page: must be a whole number'],
  ])('refuses "%s" and says why', async (query, problem) => {
    const { status, body } = await registry.call('GET', `/-/tools?${query}`);
    expect([status, body]).toEqual([400, { error: expect.stringContaining(problem) }]);
  });
});
