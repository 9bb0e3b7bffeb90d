import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { chunks } from '#database/row-chunks.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { addSamples } from '#registry/samples/add-samples.ts';
import { addToSearchIndex } from '#registry/search/search-index.ts';

describe.each(engines)('searching on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    await addSamples(registry.db, { ownerId: registry.ownerId, seed: 7, now: TEST_NOW });
  });
  afterAll(async () => registry.drop());

  const find = async (q: string, more = '') => {
    const answer = await registry.call('GET', `/servers?q=${encodeURIComponent(q)}&pageSize=100&${more}`);
    return (answer.body as { servers: { qualifiedName: string; score: number }[] }).servers;
  };
  const names = async (q: string, more?: string) =>
    (await find(q, more)).map(({ qualifiedName }) => qualifiedName);

  it('finds by name, display name and description, best first, with falling scores', async () => {
    const found = await find('weather');
    expect(found.map(({ qualifiedName }) => qualifiedName)).toEqual(['demo/weather', 'demo/weather-archive']);
    const scores = (await find('a')).map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(await names('radar')).toEqual(['demo/weather']);
    expect(await names('readonly')).toEqual(['demo/postgres-readonly']);
  });

  it('finds by the beginning of a word', async () => {
    expect(await names('weat')).toEqual(['demo/weather', 'demo/weather-archive']);
    expect(await names('archiv')).toEqual(['demo/weather-archive']);
  });

  it.each(['weahter', 'wether', 'weathher', 'wearher', 'seather', 'weatherr', 'Weathre'])(
    'finds weather for %s',
    async (typo) => {
      expect(await names(typo)).toEqual(['demo/weather', 'demo/weather-archive']);
    },
  );

  it('does not take what is two letters off, or short, for a typo', async () => {
    expect(await names('waethre')).toEqual([]);
    expect(await names('xwexather')).toEqual([]);
    expect(await names('pfd')).toEqual([]);
  });

  it('wants every word, in any order', async () => {
    expect(await names('archive weather')).toEqual(['demo/weather-archive']);
    expect(await names('weather archive demo')).toEqual(['demo/weather-archive']);
    expect(await names('weather invoice')).toEqual([]);
    expect(await names('wether archve')).toEqual(['demo/weather-archive']);
  });

  it('puts first the server whose whole name was typed', async () => {
    expect((await names('demo'))[0]).toBe('demo');
    expect((await names('demo/weather'))[0]).toBe('demo/weather');
    expect((await names('studio calendar'))[0]).toBe('studio/calendar');
  });

  it('reads every script, with and without accents', async () => {
    expect(await names('CAFE')).toEqual(['demo/cafe-finder']);
    expect(await names('Zurich')).toEqual(['demo/cafe-finder']);
    expect(await names('東京')).toEqual(['demo/tokyo-transit']);
    expect(await names('地下鉄')).toEqual(['demo/tokyo-transit']);
    expect(await names('القصائد')).toEqual(['demo/arabic-poetry']);
  });

  it('keeps to filters and to what the viewer may see', async () => {
    expect(await names('calendar', 'namespace=studio')).toEqual(['studio/calendar']);
    expect(await names('demo', 'remote=0')).not.toContain('demo/weather');
    expect(await names('billing')).toEqual(['demo/internal-billing']);
    const { body } = await registry.call('GET', '/servers?q=billing', { key: registry.rivalKey });
    expect(body).toMatchObject({ servers: [], pagination: { totalCount: 0 } });
  });

  it('finds at most topK, and counts what it found', async () => {
    const { body } = await registry.call('GET', '/servers?q=demo&topK=10&pageSize=4&page=3');
    expect(body).toMatchObject({
      servers: [{}, {}],
      pagination: { totalCount: 10, totalPages: 3, currentPage: 3 },
    });
  });

  it.each(['%', '_', "'", '"', '*', '--', '\\', '\u{1F687}', '  ', '(', 'a*b'])(
    'takes %j as text',
    async (q) => {
      const { status } = await registry.call('GET', `/servers?q=${encodeURIComponent(q)}`);
      expect(status).toBe(200);
    },
  );

  it('finds nothing for a query without words, and everything for none', async () => {
    expect(await names('!?')).toEqual([]);
    expect((await names('')).length).toBeGreaterThan(30);
  });

  it('follows every change at once', async () => {
    const body = { displayName: 'Barometer', description: 'Hectopascals' };
    await registry.call('PUT', '/servers/acme%2Fpressure', { body });
    expect(await names('barometr')).toEqual(['acme/pressure']);
    await registry.call('PATCH', '/servers/acme%2Fpressure', { body: { displayName: 'Aneroid' } });
    expect(await names('barometer')).toEqual([]);
    expect(await names('barometr')).toEqual([]);
    expect(await names('aneriod')).toEqual(['acme/pressure']);
    expect(await names('hectopascals')).toEqual(['acme/pressure']);
    await registry.call('DELETE', '/servers/acme%2Fpressure');
    expect(await names('aneroid')).toEqual([]);
    expect(await names('pressure')).toEqual([]);
  });
});

describe.each(engines)('searching for words that are everywhere on %s', (engine) => {
  const COUNT = 1200;
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    const servers = Array.from({ length: COUNT }, (_, i) => makeServer(i));
    await registry.db.transaction().execute(async (trx) => {
      for (const rows of chunks(servers)) {
        const inserted = await trx
          .insertInto('servers')
          .values(rows)
          .returning(['rid', 'qualified_name', 'display_name', 'description'])
          .execute();
        await addToSearchIndex(trx, inserted);
      }
    });
  });
  afterAll(async () => registry.drop());

  const list = async (query: string) => {
    const { body } = await registry.call('GET', `/servers?pageSize=100&${query}`);
    const { servers, pagination } = body as {
      servers: { qualifiedName: string; useCount: number }[];
      pagination: { totalCount: number };
    };
    return { names: servers.map(({ qualifiedName }) => qualifiedName), totalCount: pagination.totalCount };
  };

  it('finds the most used, however late they came', async () => {
    const { names, totalCount } = await list('q=common&topK=20');
    expect(totalCount).toBe(20);
    expect(names.slice(0, 3)).toEqual([1199, 1198, 1197].map((i) => `acme/common-${i}`));
  });

  it('finds the one whose whole name was typed, however little it is used', async () => {
    expect((await list('q=common-0')).names[0]).toBe('acme/common-0');
    expect((await list('q=common')).totalCount).toBe(100);
  });

  it('wants every word still, and keeps to the filters', async () => {
    const { names } = await list('q=common+even&topK=500');
    expect(names.every((name) => Number(name.split('-')[1]) % 2 === 0)).toBe(true);
    expect(names[0]).toBe('acme/common-1198');
    expect((await list('q=common+ordinary&verified=1')).names).toEqual(['acme/common-700', 'acme/common-0']);
    expect((await list('q=common&namespace=rival')).totalCount).toBe(0);
  });

  it('lets a rare word lead', async () => {
    expect((await list('q=common+seven')).names).toEqual(['acme/common-7']);
  });

  function makeServer(i: number) {
    const name = `common-${i}`;
    return {
      id: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
      namespace: 'acme',
      slug: name,
      qualified_name: `acme/${name}`,
      display_name: 'Common',
      description: `Ordinary ${i % 2 === 0 ? 'even' : 'odd'} ${i === 7 ? 'seven' : ''}`,
      unlisted: 0,
      verified: i % 700 === 0 ? 1 : 0,
      managed: 0,
      use_count: i,
      created_at: TEST_NOW.toISOString(),
      updated_at: TEST_NOW.toISOString(),
    };
  }
});
