import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { addSamples } from '#registry/samples/add-samples.ts';

interface Page {
  servers: Record<string, unknown>[];
  pagination: { currentPage: number; pageSize: number; totalPages: number; totalCount: number };
}

describe.each(engines)('the list of servers on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    await addSamples(registry.db, { ownerId: registry.ownerId, seed: 7, now: TEST_NOW });
    await registry.put('acme', 'acme/one', 'acme/two', 'acme/three');
    await registry.call('PATCH', '/servers/acme%2Ftwo', { body: { unlisted: true } });
  });
  afterAll(async () => registry.drop());

  const list = async (query: string, key?: string) =>
    (await registry.call('GET', `/servers?${query}`, key === undefined ? {} : { key })).body as Page;
  const names = async (query: string, key?: string) =>
    (await list(`${query}&pageSize=100`, key)).servers.map(({ qualifiedName }) => qualifiedName);

  it('shows an entry with everything that is documented', async () => {
    const { servers } = await list('qualifiedName=demo/weather');
    expect(servers).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{8}-/),
        qualifiedName: 'demo/weather',
        namespace: 'demo',
        slug: 'weather',
        displayName: 'Weather',
        description: expect.stringContaining('forecasts'),
        iconUrl: 'http://desk.test/registry/servers/demo%2Fweather/icon',
        verified: true,
        useCount: 48_213,
        remote: true,
        isDeployed: true,
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        homepage: 'https://weather.example.com',
        bySmithery: false,
        owner: registry.ownerId,
        score: null,
      },
    ]);
  });

  it('tells HTTP, local and never released apart, and what is deployed', async () => {
    const stateOf = async (name: string) => {
      const [server] = (await list(`qualifiedName=${name}`)).servers;
      return [server?.['remote'], server?.['isDeployed']];
    };
    expect(await stateOf('demo/weather')).toEqual([true, true]);
    expect(await stateOf('demo/notion-notes')).toEqual([true, true]);
    expect(await stateOf('demo/slack-digest')).toEqual([true, true]);
    expect(await stateOf('demo/invoice-parser')).toEqual([true, false]);
    expect(await stateOf('demo/pdf-reader')).toEqual([false, false]);
    expect(await stateOf('demo/standup-notes')).toEqual([null, false]);
  });

  it('has ten entries a page, and says how many there are', async () => {
    const all = await names('');
    const { servers, pagination } = await list('');
    expect(servers).toHaveLength(10);
    expect(pagination).toEqual({
      currentPage: 1,
      pageSize: 10,
      totalPages: Math.ceil(all.length / 10),
      totalCount: all.length,
    });
  });

  it('puts the most used first, then goes by name', async () => {
    const { servers } = await list('pageSize=100');
    const sorted = servers.toSorted(
      (a, b) =>
        Number(b['useCount']) - Number(a['useCount']) ||
        (String(a['qualifiedName']) < String(b['qualifiedName']) ? -1 : 1),
    );
    expect(servers).toEqual(sorted);
  });

  it('shows unlisted servers to their owner alone', async () => {
    expect(await names('namespace=acme')).toEqual(['acme', 'acme/one', 'acme/three', 'acme/two']);
    expect(await names('namespace=acme', registry.rivalKey)).toEqual(['acme', 'acme/one', 'acme/three']);
    expect(await names('q=acme+two', registry.rivalKey)).toEqual([]);
    expect(await names('q=acme+two')).toEqual(['acme/two']);
  });

  it.each([
    ['namespace=demo-labs', ({ namespace }) => namespace === 'demo-labs'],
    ['remote=true', ({ remote }) => remote === true],
    ['remote=0', ({ remote }) => remote === false],
    ['isDeployed=1', ({ isDeployed }) => isDeployed === true],
    ['isDeployed=false', ({ isDeployed }) => isDeployed === false],
    ['verified=1', ({ verified }) => verified === true],
    ['verified=0&namespace=demo', ({ verified, namespace }) => verified === false && namespace === 'demo'],
    ['smitheryManaged=1', ({ bySmithery }) => bySmithery === true],
    ['qualifiedName=demo', ({ qualifiedName }) => qualifiedName === 'demo'],
    [
      'repoOwner=demo-tools',
      ({ qualifiedName }) =>
        ['demo/github-triage', 'demo/postgres-readonly', 'demo/slack-digest'].includes(String(qualifiedName)),
    ],
    ['repoName=weather-mcp', ({ qualifiedName }) => qualifiedName === 'demo/weather'],
  ] satisfies [string, (server: Record<string, unknown>) => boolean][])(
    'filtered by %s holds exactly what fits',
    async (query, fits) => {
      const { servers } = await list('pageSize=100');
      const expected = servers.filter(fits).map(({ qualifiedName }) => qualifiedName);
      expect(await names(query)).toEqual(expected);
    },
  );

  it('filters by owner and by ids, however the client writes several', async () => {
    const [studio] = (await list('namespace=studio')).servers;
    expect(await names(`ownerId=${String(studio?.['owner'])}`)).toEqual(['studio/calendar']);
    const [weather] = (await list('qualifiedName=demo/weather')).servers;
    const [a, b] = [String(studio?.['id']), String(weather?.['id'])];
    for (const query of [`ids=${a}&ids=${b}`, `ids=${a},${b}`, `ids[]=${a}&ids[]=${b}`]) {
      expect(await names(query)).toEqual(['demo/weather', 'studio/calendar']);
    }
  });

  it('answers with the fields that were asked for', async () => {
    const { servers } = await list('fields=qualifiedName,%20useCount&namespace=acme');
    expect(servers[0]).toEqual({ qualifiedName: 'acme', useCount: 0 });
  });

  it('is whole and without repetition, whatever the page size, filter and seed', async () => {
    const filters = ['', 'namespace=demo', 'remote=1', 'isDeployed=0', 'verified=0', 'q=a', 'q=de'];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...filters),
        fc.integer({ min: 1, max: 30 }),
        fc.option(fc.maxSafeInteger(), { nil: undefined }),
        async (filter, pageSize, seed) => {
          const query = seed === undefined ? filter : `${filter}&seed=${seed}`;
          const whole = await names(query);
          const paged: unknown[] = [];
          for (let page = 1; ; page++) {
            const { servers, pagination } = await list(`${query}&pageSize=${pageSize}&page=${page}`);
            expect(pagination.totalCount).toBe(whole.length);
            if (servers.length === 0) break;
            paged.push(...servers.map(({ qualifiedName }) => qualifiedName));
          }
          expect(paged).toEqual(whole);
          expect(new Set(paged).size).toBe(paged.length);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('has an order of its own for each seed', async () => {
    const [plain, one, two] = [await names(''), await names('seed=1'), await names('seed=2')];
    expect(one).not.toEqual(plain);
    expect(one).not.toEqual(two);
    expect(new Set(one)).toEqual(new Set(plain));
    expect(one).toHaveLength(plain.length);
  });

  it('is empty beyond its end, however far', async () => {
    const { servers, pagination } = await list(`page=${Number.MAX_SAFE_INTEGER}&pageSize=100`);
    expect(servers).toEqual([]);
    expect(pagination.totalCount).toBeGreaterThan(30);
  });

  it.each([
    ['page', '0'],
    ['page', '1.5'],
    ['page', '9007199254740992'],
    ['pageSize', '101'],
    ['pageSize', 'ten'],
    ['topK', '9'],
    ['topK', '501'],
    ['remote', 'yes'],
    ['isDeployed', '2'],
    ['verified', 'TRUE'],
    ['smitheryManaged', '-1'],
    ['seed', '1e3'],
    ['ids', 'not-a-uuid'],
    ['fields', 'qualifiedName,secret'],
    ['namespace', 'a%00b'],
    ['q', 'x'.repeat(301)],
  ])('refuses %s=%s and names the parameter', async (name, value) => {
    const { status, body } = await registry.call('GET', `/servers?${name}=${value}`);
    expect([status, body]).toEqual([400, { error: expect.stringMatching(new RegExp(`^${name}: `)) }]);
  });
});
