import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { OPERATOR } from '#registry/audit/author.ts';
import { saveSkill } from './skill-store.ts';

const SKILLS = [
  ['acme/pdf-forms', 'PDF Forms', 'Fills in forms', 'data'],
  ['acme/pdf', 'PDF', 'Reads and splits documents', 'data'],
  ['acme/weather', 'Weather', 'Tells a forecast', null],
  ['rival/weather-report', 'Report', 'Writes about the weather', 'text'],
  ['rival/secret', 'Hidden weather', 'Not for all', null],
] as const;

describe.each(engines)('the list of skills on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
    for (const [name, displayName, description, category] of SKILLS) {
      await add(registry, name, { name: displayName, description, category });
    }
    await registry.db.updateTable('skills').set({ listed: 0 }).where('slug', '=', 'secret').execute();
  });
  afterAll(async () => registry.drop());

  const list = async (query: string, key: string | null = registry.ownerKey) => {
    const { body } = await registry.call('GET', `/skills?${query}`, { key });
    const { skills, pagination } = body as { skills: Skill[]; pagination: { totalCount: number } };
    return { names: skills.map(({ namespace, slug }) => `${namespace}/${slug}`), pagination, skills };
  };
  interface Skill {
    namespace: string;
    slug: string;
  }
  const names = async (query: string, key?: string | null) => (await list(query, key)).names;
  const LISTED = ['acme/pdf', 'acme/pdf-forms', 'acme/weather', 'rival/weather-report'];

  it('is for everybody, with a key, with none and with an empty one', async () => {
    expect(await names('')).toEqual(LISTED);
    expect(await names('', null)).toEqual(LISTED);
    expect(await names('', '')).toEqual(LISTED);
    expect((await registry.call('GET', '/skills', { key: 'tm_wrong' })).status).toBe(401);
  });

  it('shows what is unlisted to its owner alone', async () => {
    expect(await names('', registry.rivalKey)).toEqual([...LISTED.slice(0, 3), 'rival/secret', LISTED[3]]);
    expect(await names('q=hidden')).toEqual([]);
    expect(await names('q=hidden', registry.rivalKey)).toEqual(['rival/secret']);
    const hidden = await registry.call('GET', '/skills/rival/secret');
    const none = await registry.call('GET', '/skills/rival/none');
    expect([hidden.status, hidden.text]).toEqual([none.status, none.text]);
    expect((await registry.call('GET', '/skills/rival/secret', { key: null })).status).toBe(404);
    expect((await registry.call('GET', '/skills/rival/secret', { key: registry.rivalKey })).status).toBe(200);
  });

  it('is cut into pages, and shuffled as the seed says', async () => {
    expect(await list('pageSize=3&page=2')).toMatchObject({
      names: ['rival/weather-report'],
      pagination: { currentPage: 2, pageSize: 3, totalPages: 2, totalCount: 4 },
    });
    expect((await list('')).pagination).toMatchObject({ pageSize: 20 });
    const pages = [await names('seed=5&pageSize=2'), await names('seed=5&pageSize=2&page=2')].flat();
    expect(pages.toSorted()).toEqual(LISTED);
    expect(await names('seed=5')).toEqual(pages);
    const orders = new Set<string>();
    for (let seed = 0; seed < 10; seed += 1) orders.add((await names(`seed=${seed}`)).join());
    expect(orders.size).toBeGreaterThan(2);
  });

  it('keeps to its filters', async () => {
    expect(await names('namespace=rival')).toEqual(['rival/weather-report']);
    expect(await names('slug=pdf')).toEqual(['acme/pdf']);
    expect(await names('category=Data')).toEqual(['acme/pdf', 'acme/pdf-forms']);
    expect(await names(`ownerId=${registry.rivalId}`)).toEqual(['rival/weather-report']);
    expect(await names('verified=true')).toEqual([]);
    expect(await names('verified=false')).toEqual(LISTED);
    expect(await names('q=weather&namespace=acme')).toEqual(['acme/weather']);
  });

  it('answers with the fields that are asked for', async () => {
    expect((await list('fields=slug,prompt&slug=pdf')).skills).toEqual([{ slug: 'pdf', prompt: '# PDF' }]);
  });

  it('finds by beginnings, mistyped words and all words, best first', async () => {
    expect(await names('q=weather')).toEqual(['acme/weather', 'rival/weather-report']);
    expect(await names('q=weath')).toEqual(['acme/weather', 'rival/weather-report']);
    expect(await names('q=wether')).toEqual(['acme/weather', 'rival/weather-report']);
    expect(await names('q=pdf')).toEqual(['acme/pdf', 'acme/pdf-forms']);
    expect(await names('q=forms+fills')).toEqual(['acme/pdf-forms']);
    expect(await names('q=forms+weather')).toEqual([]);
    expect(await names('q=!?')).toEqual([]);
  });

  it('does not mix skills with servers', async () => {
    await registry.put('acme/barometer');
    expect(await names('q=barometer')).toEqual([]);
    expect((await registry.call('GET', '/servers?q=weather')).body).toMatchObject({ servers: [] });
  });

  it.each([
    'page=0',
    'pageSize=101',
    'topK=9',
    'topK=501',
    'seed=x',
    'verified=2',
    'fields=nothing',
    'q=%00',
  ])('refuses %s by its name', async (query) => {
    const { status, body } = await registry.call('GET', `/skills?${query}`);
    const name = query.split('=')[0] ?? '';
    expect([status, body]).toEqual([400, { error: expect.stringMatching(new RegExp(`^${name}: `)) }]);
  });

  it('finds at most topK of many, and those of a namespace among them all', async () => {
    const many = await createTestRegistry(engine);
    for (let i = 0; i < 620; i += 1) {
      const name = `${i === 619 ? 'rival' : 'acme'}/common-${String(i).padStart(3, '0')}`;
      await add(many, name, { name: 'Common', description: 'Everywhere', category: null });
    }
    const find = async (query: string) =>
      (await many.call('GET', `/skills?${query}`)).body as {
        skills: Skill[];
        pagination: { totalCount: number };
      };
    expect((await find('q=common&topK=30')).pagination.totalCount).toBe(30);
    const { skills } = await find('q=common+everywhere&namespace=rival');
    expect(skills.map(({ slug }) => slug)).toEqual(['common-619']);
    await many.drop();
  });
});

async function add(
  { db }: TestRegistry,
  qualifiedName: string,
  document: { name: string; description: string; category: string | null },
): Promise<void> {
  const [namespace = '', slug = ''] = qualifiedName.split('/');
  await saveSkill(db, {
    name: { namespace, slug },
    content: { document: { ...document, prompt: `# ${document.name}` }, gitUrl: null, bundle: null },
    by: OPERATOR,
    id: crypto.randomUUID(),
    now: TEST_NOW,
    replace: false,
  });
}
