import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OperationList } from '#contract/operations.ts';
import { engines } from '#e2e/support/databases.ts';
import { sendJson } from '#e2e/support/scripted-registry.ts';
import { startTestDesk, type TestDesk } from '#e2e/support/test-desk.ts';
import type { Visitor } from '#e2e/support/visitor.ts';

describe.each(engines)('the ledger on %s', (engine) => {
  let desk: TestDesk;
  let owner: Visitor;
  beforeEach(async () => {
    desk = await startTestDesk(engine);
    owner = await desk.signedIn();
  });
  afterEach(() => desk.stop());

  const list = async (query = '', visitor = owner) =>
    (await visitor.call(`/api/-/operations${query}`)).json as unknown as OperationList;

  async function deleteMany(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let i = 0; i < count; i++) {
      const id = randomUUID();
      // Some at the very same moment: order must not depend on time alone.
      if (i % 2 === 0) desk.clock.advance(1000);
      await owner.deleteServer(`acme/server-${i}`, { id });
      ids.unshift(id);
    }
    return ids;
  }

  it('lists newest first, page by page, each entry once', async () => {
    const ids = await deleteMany(7);
    const seen: string[] = [];
    let query = '?limit=3';
    for (;;) {
      const page = await list(query);
      expect(page.operations.length).toBeLessThanOrEqual(3);
      seen.push(...page.operations.map(({ id }) => id));
      if (page.nextBefore === null) break;
      query = `?limit=3&before=${page.nextBefore}`;
    }
    expect(seen.toSorted()).toEqual(ids.toSorted());
    const times = (await list()).operations.map(({ createdAt }) => createdAt);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it('lists by state', async () => {
    await owner.deleteServer('acme/weather');
    await owner.deleteServer('acme/never');
    expect((await list('?state=applied')).operations.map(({ target }) => target)).toEqual(['acme/weather']);
    expect((await list('?state=refused')).operations.map(({ target }) => target)).toEqual(['acme/never']);
    expect((await list('?state=unknown')).operations).toEqual([]);
  });

  it('refuses a page that cannot be', async () => {
    for (const query of ['?limit=0', '?limit=101', '?limit=x', '?state=done', `?before=${randomUUID()}`]) {
      expect((await owner.call(`/api/-/operations${query}`)).status).toBe(400);
    }
  });

  it('shows what was done in one’s namespaces by another key, and nothing of anybody else', async () => {
    const { owners } = desk.registry;
    owners.set('key-of-a-colleague', ['acme']).set('key-of-a-stranger', ['other']);
    const id = randomUUID();
    await owner.deleteServer('acme/weather', { id });
    const colleague = desk.running.visitor();
    await colleague.signIn({ apiKey: 'key-of-a-colleague' });
    expect((await list('', colleague)).operations.map((operation) => operation.id)).toEqual([id]);

    const stranger = desk.running.visitor();
    await stranger.signIn({ apiKey: 'key-of-a-stranger' });
    expect((await list('', stranger)).operations).toEqual([]);
    expect((await stranger.call(`/api/-/operations/${id}`)).status).toBe(404);
    expect((await stranger.call(`/api/-/operations/${id}/check`, { method: 'POST' })).status).toBe(404);
    expect((await stranger.call(`/api/-/operations?before=${id}`)).status).toBe(400);
  });

  it('does not tell a stranger who uses an operation id again what it stood for', async () => {
    const id = randomUUID();
    await owner.deleteServer('acme/weather', { id });
    desk.registry.owners.set('key-of-a-stranger', ['other']);
    const stranger = desk.running.visitor();
    await stranger.signIn({ apiKey: 'key-of-a-stranger' });
    const answer = await stranger.deleteServer('acme/weather', { id });
    expect(answer.status).toBe(422);
    expect(answer.json).not.toHaveProperty('operation');
  });

  it('has one entry for every attempt, with who asked and under which request', async () => {
    desk.registry.script = ({ method }, response) =>
      method === 'DELETE' ? sendJson(response, 403, { error: 'Read-only key' }) : undefined;
    const id = randomUUID();
    const answer = await owner.call('/api/servers/acme%2Fweather', {
      method: 'DELETE',
      headers: { 'Idempotency-Key': id, 'User-Agent': 'Browser\t1 (made of \u00ad tests)' },
    });
    expect((await list()).operations).toEqual([
      expect.objectContaining({
        id,
        state: 'refused',
        message: 'Read-only key',
        requestId: answer.json?.['requestId'],
        userAgent: 'Browser 1 (made of tests)',
      }),
    ]);
  });
});
