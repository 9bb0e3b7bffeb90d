import { strToU8, zipSync, type Zippable } from 'fflate';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';

const DOCUMENT = '---\nname: Folding\ndescription: Folds paper\nmetadata:\n  category: Craft\n---\nFold.\n';
const SKILL: Zippable = {
  'SKILL.md': strToU8(DOCUMENT),
  'scripts/fold.py': strToU8('fold()'),
  'paper.bin': new Uint8Array([0, 255, 1]),
};

describe.each(engines)('skills that are uploaded on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  beforeEach(async () => registry.clear());
  afterAll(async () => registry.drop());

  const path = '/skills/acme/folding';
  const upload = (
    content: Zippable | Uint8Array,
    { at = path, key = registry.ownerKey, field = 'archive' } = {},
  ) => {
    const body = new FormData();
    const bytes = content instanceof Uint8Array ? content : zipSync(content);
    body.append(field, new Blob([new Uint8Array(bytes)], { type: 'application/zip' }), 'archive.zip');
    return registry.call('PUT', `${at}/upload`, { body, key });
  };
  const download = (headers: Record<string, string> = {}, method = 'GET') =>
    registry.fetch(new Request(`http://x${path}/download`, { method, headers }));

  it('are made, replaced and read, with the same id', async () => {
    const made = await upload(SKILL);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      namespace: 'acme',
      slug: 'folding',
      displayName: 'Folding',
      description: 'Folds paper',
      gitUrl: null,
    });
    registry.clock.now = new Date('2026-03-01T12:01:00.000Z');
    const other = DOCUMENT.replace('Folding', 'Origami');
    const changed = await upload({ 'SKILL.md': strToU8(other) });
    expect([changed.status, changed.body]).toMatchObject([
      200,
      { id: (made.body as { id: string }).id, displayName: 'Origami', updatedAt: '2026-03-01T12:01:00.000Z' },
    ]);
    expect((await registry.call('GET', path)).body).toMatchObject({
      prompt: other,
      categories: ['craft'],
      owner: registry.ownerId,
      qualityScore: 0,
      verified: false,
    });
  });

  it('may be packed as a folder', async () => {
    const folder = { folding: SKILL, '__MACOSX/x': strToU8('') };
    expect((await upload(folder)).status).toBe(201);
    const shown = await registry.call('GET', `${path}/.well-known/skills/scripts/fold.py`);
    expect([shown.status, shown.text]).toEqual([200, 'fold()']);
  });

  it('are downloaded byte for byte, whole or in part, by everybody', async () => {
    const bytes = Buffer.from(zipSync(SKILL));
    await upload(bytes);
    const whole = await download();
    expect(Buffer.from(await whole.arrayBuffer())).toEqual(bytes);
    expect([whole.status, whole.headers.get('Content-Type')]).toEqual([200, 'application/zip']);
    expect(whole.headers.get('Content-Disposition')).toBe('attachment; filename="folding.zip"');
    const part = await download({ Range: 'bytes=10-19' });
    expect([part.status, part.headers.get('Content-Range')]).toEqual([206, `bytes 10-19/${bytes.length}`]);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(10, 20));
    expect((await download({ Range: `bytes=${bytes.length}-` })).status).toBe(416);
    const etag = whole.headers.get('ETag') ?? '';
    expect((await download({ 'If-None-Match': etag })).status).toBe(304);
    const head = await download({}, 'HEAD');
    expect([head.headers.get('Content-Length'), await head.text()]).toEqual([String(bytes.length), '']);
    expect((await registry.call('GET', '/skills/acme/none/download')).status).toBe(404);
  });

  it('show their files as nothing that could run', async () => {
    await upload({ ...SKILL, 'page.html': strToU8('<script>alert(1)</script>') });
    const file = async (name: string) =>
      registry.fetch(new Request(`http://x${path}/.well-known/skills/${name}`));
    const page = await file('page.html');
    expect(page.headers.get('Content-Type')).toBe('text/plain; charset=utf-8');
    expect(page.headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(page.headers.get('Content-Security-Policy')).toContain('sandbox');
    const raw = await file('paper.bin');
    expect(raw.headers.get('Content-Type')).toBe('application/octet-stream');
    expect([...new Uint8Array(await raw.arrayBuffer())]).toEqual([0, 255, 1]);
    expect(await (await file('SKILL.md')).text()).toBe(DOCUMENT);
    for (const name of ['none', 'scripts', '..%2FSKILL.md', 'scripts%2F..%2FSKILL.md', '%2Fetc%2Fpasswd']) {
      expect([name, (await file(name)).status]).toEqual([name, 404]);
    }
  });

  it.each<[number, string, Zippable | Uint8Array]>([
    [400, 'archive: The ZIP file is damaged', strToU8('no zip')],
    [
      400,
      'archive: The ZIP file is damaged or unsafe: invalid relative path',
      { ...SKILL, '../x': strToU8('') },
    ],
    [400, 'link', { ...SKILL, link: [strToU8('/etc'), { os: 3, attrs: (0o120777 << 16) >>> 0 }] }],
    [
      400,
      'more than 2000 files',
      Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [`f${i}`, strToU8('')])),
    ],
    [400, 'unpacks to more than', { ...SKILL, bomb: new Uint8Array(105_000_000) }],
    [422, 'SKILL.md: is missing', { 'README.md': strToU8(DOCUMENT) }],
    [422, 'SKILL.md: is missing', { 'a/SKILL.md': strToU8(DOCUMENT), 'b/SKILL.md': strToU8(DOCUMENT) }],
    [422, 'SKILL.md: must begin', { 'SKILL.md': strToU8('Fold.') }],
    [422, '"name" must be at most', { 'SKILL.md': strToU8(DOCUMENT.replace('Folding', 'x'.repeat(65))) }],
    [422, 'UTF-8', { 'SKILL.md': new Uint8Array([...strToU8(DOCUMENT), 0xff]) }],
    [400, 'is larger than', { 'SKILL.md': strToU8(DOCUMENT + 'x'.repeat(131_072)) }],
  ])('are refused with %i and %s', async (status, text, content) => {
    const answer = await upload(content);
    expect([answer.status, answer.body]).toEqual([status, { error: expect.stringContaining(text) }]);
    expect((await registry.call('GET', path)).status).toBe(404);
    expect(registry.failures).toEqual([]);
  });

  it('are refused without a file, and where there is too much of it', async () => {
    const none = await upload(SKILL, { field: 'other' });
    expect([none.status, none.body]).toEqual([400, { error: expect.stringContaining('"archive"') }]);
    const large = { ...SKILL, noise: [new Uint8Array(21_000_000), { level: 0 }] } satisfies Zippable;
    const answer = await upload(large);
    expect([answer.status, answer.body]).toEqual([400, { error: expect.stringContaining('20971520 bytes') }]);
    expect(await registry.stored.stored()).not.toContain('draft');
  });

  it('are made in one’s own namespaces alone', async () => {
    expect((await upload(SKILL, { key: registry.rivalKey })).status).toBe(403);
    expect((await upload(SKILL, { at: '/skills/none/folding' })).status).toBe(404);
    const wrong = await upload(SKILL, { at: '/skills/acme/Folding' });
    expect([wrong.status, wrong.body]).toEqual([400, { error: expect.stringMatching(/^slug: /) }]);
  });

  it('are deleted by their owner alone, for good', async () => {
    await upload(SKILL);
    const others = await registry.call('DELETE', path, { key: registry.rivalKey });
    expect([others.status, others.body]).toEqual([403, { error: 'Skill belongs to another user' }]);
    const done = await registry.call('DELETE', path);
    expect([done.status, done.body]).toEqual([200, { success: true, qualifiedName: 'acme/folding' }]);
    for (const method of ['GET', 'DELETE']) {
      expect((await registry.call(method, path)).body).toEqual({ error: 'Skill not found' });
    }
    expect(await registry.db.selectFrom('skill_postings').selectAll().execute()).toEqual([]);
    expect(await registry.db.selectFrom('skill_variants').selectAll().execute()).toEqual([]);
  });

  it('have no gitUrl to be read again from', async () => {
    await upload(SKILL);
    const { status, body } = await registry.call('POST', `${path}/sync`);
    expect([status, body]).toEqual([422, { error: expect.stringContaining('upload it anew') }]);
  });
});
