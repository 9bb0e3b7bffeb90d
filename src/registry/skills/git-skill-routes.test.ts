import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';

const documentOf = (name: string, description = 'Folds paper') =>
  `---\nname: ${name}\ndescription: ${description}\n---\nFold.\n`;

describe.each(engines)('skills kept on GitHub on %s', (engine) => {
  let registry: TestRegistry;
  let files: Server;
  /** What stands where files of repositories are read: a text, a status, or null for no answer at all. */
  const published = new Map<string, string | number | null>();
  beforeAll(async () => {
    files = createServer((request, response) => {
      const content = published.get(request.url ?? '');
      if (content === null) {
        request.socket.destroy();
        return;
      }
      response.statusCode = typeof content === 'number' ? content : content === undefined ? 404 : 200;
      response.end(typeof content === 'string' ? content : 'An <html> page of GitHub');
    });
    await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
    const { port } = files.address() as AddressInfo;
    registry = await createTestRegistry(engine, {
      allowPrivateUpstreams: true,
      gitFilesUrl: `http://127.0.0.1:${port}`,
    });
  });
  beforeEach(async () => {
    await registry.clear();
    published.clear();
    published.set('/acme/skills/HEAD/SKILL.md', documentOf('Folding'));
  });
  afterAll(async () => {
    await registry.drop();
    await new Promise((resolve) => files.close(resolve));
  });

  const path = '/skills/acme/folding';
  const gitUrl = 'https://github.com/acme/skills';
  const set = (body: unknown, { at = path, key = registry.ownerKey } = {}) =>
    registry.call('PUT', at, { body, key });

  it('are made, changed and read, with the same id', async () => {
    const made = await set({ gitUrl });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      namespace: 'acme',
      slug: 'folding',
      displayName: 'Folding',
      description: 'Folds paper',
      gitUrl,
      listed: true,
      createdAt: '2026-03-01T12:00:00.000Z',
      updatedAt: '2026-03-01T12:00:00.000Z',
    });
    registry.clock.now = new Date('2026-03-02T12:00:00.000Z');
    published.set('/acme/skills/main/paper/SKILL.md', documentOf('Origami'));
    const changed = await set({ gitUrl: `${gitUrl}/tree/main/paper` });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({
      id: (made.body as { id: string }).id,
      displayName: 'Origami',
      createdAt: '2026-03-01T12:00:00.000Z',
      updatedAt: '2026-03-02T12:00:00.000Z',
    });
    const { body } = await registry.call('GET', path);
    expect(body).toMatchObject({
      displayName: 'Origami',
      prompt: documentOf('Origami'),
      gitUrl: `${gitUrl}/tree/main/paper`,
      owner: registry.ownerId,
    });
  });

  it('are made the older way once', async () => {
    const body = { namespace: 'acme', slug: 'folding', gitUrl };
    const made = await registry.call('POST', '/skills', { body });
    expect([made.status, made.body]).toMatchObject([200, { slug: 'folding', gitUrl }]);
    const again = await registry.call('POST', '/skills', { body });
    expect([again.status, again.body]).toEqual([409, { error: expect.stringContaining('slug or gitUrl') }]);
    const sameUrl = await registry.call('POST', '/skills', { body: { ...body, slug: 'other' } });
    expect(sameUrl.status).toBe(409);
    for (const wrong of [
      { slug: 'folding', gitUrl },
      { namespace: 'acme', slug: 'A', gitUrl },
    ]) {
      expect((await registry.call('POST', '/skills', { body: wrong })).status).toBe(400);
    }
    const others = { ...body, namespace: 'rival' };
    expect((await registry.call('POST', '/skills', { body: others })).status).toBe(403);
    expect((await registry.call('POST', '/skills', { body: { ...body, namespace: 'none' } })).status).toBe(
      404,
    );
  });

  it('have a gitUrl that no other has', async () => {
    await set({ gitUrl });
    const taken = await set({ gitUrl: `${gitUrl}.git` }, { at: '/skills/acme/other' });
    expect([taken.status, taken.body]).toEqual([409, { error: expect.stringContaining('gitUrl') }]);
    expect((await registry.call('GET', '/skills/acme/other')).status).toBe(404);
  });

  it('are read again when asked', async () => {
    await set({ gitUrl });
    published.set('/acme/skills/HEAD/SKILL.md', documentOf('Folding', 'Folds everything'));
    const { status, body } = await registry.call('POST', `${path}/sync`);
    expect([status, body]).toMatchObject([200, { description: 'Folds everything', gitUrl }]);
    expect((await registry.call('GET', '/skills?q=everything')).body).toMatchObject({
      skills: [{ slug: 'folding' }],
    });
    expect((await registry.call('GET', '/skills?q=paper')).body).toMatchObject({ skills: [] });
    expect((await registry.call('POST', `${path}/sync`, { key: registry.rivalKey })).status).toBe(403);
    expect((await registry.call('POST', '/skills/acme/none/sync')).status).toBe(404);
  });

  it.each<[string, number, string | number | null | undefined, string]>([
    ['is not there', 404, undefined, 'SKILL.md not found at http://127.0.0.1'],
    ['has no front matter', 422, 'Fold.', 'SKILL.md: must begin'],
    ['has no description', 422, '---\nname: x\n---\n', '"description"'],
    ['is too large', 422, documentOf('x') + 'x'.repeat(131_072), 'at most 131072 bytes'],
    ['holds a zero', 422, `${documentOf('x')}\0`, 'UTF-8'],
    ['cannot be read', 502, 500, 'GitHub answered with status 500'],
    ['gets no answer', 502, null, 'GitHub could not be reached'],
  ])('are not made where the SKILL.md %s', async (_, status, content, text) => {
    published.delete('/acme/skills/HEAD/SKILL.md');
    if (content !== undefined) published.set('/acme/skills/HEAD/SKILL.md', content);
    const answer = await set({ gitUrl });
    expect([answer.status, answer.body]).toEqual([status, { error: expect.stringContaining(text) }]);
    expect(answer.text).not.toContain('html');
    expect((await registry.call('GET', path)).status).toBe(404);
    expect(registry.failures).toEqual([]);
  });

  it('are not fetched from anywhere else, nor from a network of one’s own', async () => {
    const wrong = await set({ gitUrl: 'https://127.0.0.1/acme/skills' });
    expect([wrong.status, wrong.body]).toEqual([400, { error: expect.stringMatching(/^gitUrl: /) }]);
    const strict = await createTestRegistry(engine, {
      gitFilesUrl: registry.registryOptions.gitFilesUrl ?? '',
    });
    expect((await strict.call('PUT', path, { body: { gitUrl } })).status).toBe(502);
    await strict.drop();
  });

  it('are downloaded from where they are', async () => {
    await set({ gitUrl });
    const { status, headers } = await registry.call('GET', `${path}/download`);
    expect([status, headers.get('Location')]).toEqual([
      302,
      'https://codeload.github.com/acme/skills/zip/HEAD',
    ]);
    const shown = await registry.call('GET', `${path}/.well-known/skills/SKILL.md`, { key: null });
    expect([shown.status, shown.text]).toEqual([200, documentOf('Folding')]);
    expect((await registry.call('GET', `${path}/.well-known/skills/other.md`)).status).toBe(404);
  });
});
