import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OperationList } from '#contract/operations.ts';
import { engines } from '#e2e/support/databases.ts';
import { chunks } from '#database/row-chunks.ts';
import { startGateway } from '#e2e/support/running-gateway.ts';
import { API_KEY, sendJson } from '#e2e/support/scripted-registry.ts';
import { eventually, startTestDesk, type TestDesk } from '#e2e/support/test-desk.ts';
import type { Visitor } from '#e2e/support/visitor.ts';

const DAY = 86_400_000;

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
    for (const query of [
      '?limit=0',
      '?limit=101',
      '?limit=x',
      '?state=done',
      '?before=%00',
      `?before=${randomUUID()}`,
    ]) {
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

  const signedInWith = async (apiKey: string) => {
    const visitor = desk.running.visitor();
    expect((await visitor.signIn({ apiKey })).status).toBe(200);
    return visitor;
  };

  it('shows an attempt of a stranger to the stranger, and to the owner a number', async () => {
    desk.registry.owners.set('key-of-a-colleague', ['acme']).set('key-of-a-stranger', ['other']);
    const colleague = await signedInWith('key-of-a-colleague');
    await owner.deleteServer('acme/never');
    const before = await list();
    expect(before.refusedStrangers).toBe(0);
    const stranger = await signedInWith('key-of-a-stranger');
    const id = randomUUID();
    expect((await stranger.deleteServer('acme/weather', { id })).status).toBe(404);
    desk.clock.advance(1000);
    await stranger.deleteServer('acme/none');
    desk.clock.advance(1000);
    await stranger.updateServer('acme', { description: 'Mine now' });
    expect(await list('', stranger)).toMatchObject({
      operations: [{ target: 'acme' }, { target: 'acme/none' }, { id }],
      refusedStrangers: 0,
    });
    expect(await list()).toEqual({ ...before, refusedStrangers: 3 });
    expect((await list('', colleague)).refusedStrangers).toBe(3);
    expect((await owner.call(`/api/-/operations/${id}`)).status).toBe(404);
    expect((await owner.call(`/api/-/operations/${id}/check`, { method: 'POST' })).status).toBe(404);
    expect((await owner.call(`/api/-/operations?before=${id}`)).status).toBe(400);
    desk.clock.advance(30 * DAY + 1);
    expect((await list('', await desk.signedIn())).refusedStrangers).toBe(0);
  });

  it('shows the owner what a stranger did, where the registry let it happen', async () => {
    desk.registry.owners.set('key-of-an-admin', []);
    desk.registry.script = ({ method, target }, response) =>
      method === 'DELETE' && target === '/servers/acme%2Fweather'
        ? sendJson(response, 200, { success: true, namespace: 'acme', server: 'weather' })
        : undefined;
    await (await signedInWith('key-of-an-admin')).deleteServer('acme/weather');
    expect(await list()).toMatchObject({
      operations: [{ target: 'acme/weather', state: 'applied' }],
      refusedStrangers: 0,
    });
  });

  it('is not filled by ten thousand attempts of a stranger', async () => {
    await owner.deleteServer('acme/weather');
    const before = await list();
    const [row] = await desk.database.db.selectFrom('operations').selectAll().execute();
    if (row === undefined) throw new Error('no entry');
    const strange = Array.from({ length: 10_000 }, (_, i) => ({
      ...row,
      id: `stranger-${i}`,
      actor: 'a-stranger',
      by_owner: 0,
      state: 'refused' as const,
      finding: 'not-owned' as const,
    }));
    for (const rows of chunks(strange))
      await desk.database.db.insertInto('operations').values(rows).execute();
    expect(await list()).toEqual({ ...before, refusedStrangers: 1000 });
  });

  it('shows what others did in a namespace only from when one’s key was first seen to have it', async () => {
    const { owners } = desk.registry;
    await owner.deleteServer('acme/weather');
    desk.clock.advance(1000);
    owners.set(API_KEY, []).set('key-of-the-next-owner', ['acme']);
    const next = await signedInWith('key-of-the-next-owner');
    expect(await list('', next)).toMatchObject({ operations: [], refusedStrangers: 0 });
    const id = randomUUID();
    await next.deleteServer('acme', { id });
    expect((await list('', next)).operations).toMatchObject([{ id }]);
    // A day later too, and with another session.
    desk.clock.advance(DAY);
    expect((await list('', await signedInWith('key-of-the-next-owner'))).operations).toHaveLength(1);
    // The former owner keeps what their own key did, and sees nothing of the next one.
    expect((await list('', await desk.signedIn())).operations).toMatchObject([{ target: 'acme/weather' }]);
    // Who has it again later sees neither what was before nor what was between.
    owners.set(API_KEY, ['acme']);
    const again = await desk.signedIn();
    expect((await list('', again)).operations).toMatchObject([{ target: 'acme/weather' }]);
    desk.clock.advance(1000);
    const colleague = await signedInWith('key-of-the-next-owner');
    await colleague.deleteServer('acme/later');
    expect((await list('', again)).operations.map(({ target }) => target)).toEqual([
      'acme/later',
      'acme/weather',
    ]);
  });

  it('shows nothing more of a namespace within a minute of its being lost', async () => {
    const { owners } = desk.registry;
    owners.set('key-of-a-colleague', ['acme']);
    const colleague = await signedInWith('key-of-a-colleague');
    const id = randomUUID();
    await owner.deleteServer('acme/weather', { id });
    owners.set('key-of-a-colleague', []);
    desk.clock.advance(60_000);
    expect((await list('', colleague)).operations).toHaveLength(1);
    desk.clock.advance(1);
    expect(await list('', colleague)).toMatchObject({ operations: [], onlyOwn: false });
    expect((await colleague.call(`/api/-/operations/${id}`)).status).toBe(404);
    expect((await colleague.call(`/api/-/operations/${id}/check`, { method: 'POST' })).status).toBe(404);
  });

  it.each(['', '/check', ' again'] as const)(
    'ends the session within a minute of the key’s end, before it shows an entry%s',
    async (what) => {
      const id = randomUUID();
      await owner.deleteServer('acme/weather', { id });
      desk.registry.owners.delete(API_KEY);
      desk.clock.advance(60_001);
      const answer =
        what === ' again'
          ? await owner.deleteServer('acme/weather', { id })
          : await owner.call(`/api/-/operations/${id}${what}`, { method: what === '' ? 'GET' : 'POST' });
      expect(answer).toMatchObject({ status: 401, json: { code: 'signed-out' } });
      expect(answer.json).not.toHaveProperty('operation');
      desk.registry.owners.set(API_KEY, ['acme']);
      expect((await owner.call('/api/-/session')).status).toBe(401);
    },
  );

  it('shows one’s own deeds alone, and says so, while the registry does not confirm what the key has', async () => {
    desk.registry.owners.set('key-of-a-colleague', ['acme']);
    const colleague = await signedInWith('key-of-a-colleague');
    const id = randomUUID();
    await owner.deleteServer('acme/weather', { id });
    await colleague.deleteServer('acme/mine');
    const all = await list('', colleague);
    expect(all.operations).toHaveLength(2);
    const silent = [
      () => {
        desk.proxy.fault = () => 'reset-before';
      },
      () => {
        desk.proxy.fault = () => null;
        desk.registry.script = (_request, response) => sendJson(response, 503, { error: 'Down' });
      },
      () => {
        desk.registry.script = (_request, response) => sendJson(response, 200, { namespaces: 'all' });
      },
    ];
    for (const fall of silent) {
      fall();
      desk.clock.advance(60_001);
      expect(await list('', colleague)).toMatchObject({
        operations: [{ target: 'acme/mine' }],
        onlyOwn: true,
        refusedStrangers: null,
      });
      expect((await colleague.call(`/api/-/operations/${id}`)).status).toBe(404);
    }
    desk.registry.script = () => undefined;
    expect(await list('', colleague)).toEqual(all);
  });

  it('keeps an entry for as long as it is told to once its outcome is known, and an open one for ever', async () => {
    await deleteMany(3);
    const [row] = await desk.database.db.selectFrom('operations').selectAll().execute();
    if (row === undefined) throw new Error('no entry');
    const later = (ms: number) => new Date(Date.parse('2026-06-01T12:00:00.000Z') + ms).toISOString();
    const made = (id: string, rest: Partial<typeof row>) => ({ ...row, id, ...rest });
    const rows = [
      made('sending', { state: 'sending', settled_at: null, created_at: later(-900 * DAY) }),
      made('unknown', { state: 'unknown', settled_at: null, created_at: later(-900 * DAY) }),
      made('settled-late', { settled_at: later(0), created_at: later(-900 * DAY) }),
      made('of-another-registry', { registry: 'elsewhere', settled_at: later(-900 * DAY) }),
      ...Array.from({ length: 1200 }, (_, i) => made(`old-${i}`, { settled_at: later(-10 * DAY - i - 1) })),
      made('just-kept', { settled_at: later(-10 * DAY + 60_000) }),
    ];
    for (const some of chunks(rows)) await desk.database.db.insertInto('operations').values(some).execute();
    const limits = { keepActivityMs: 10 * DAY, activitySweepMs: 20 };
    const start = () =>
      startGateway({ db: desk.database.db, registryUrl: desk.proxy.url, clock: desk.clock, limits });
    const [first, second] = await Promise.all([start(), start()]);
    const ids = async () =>
      (await desk.database.db.selectFrom('operations').select('id').execute()).map(({ id }) => id);
    const kept = await eventually(ids, ({ length }) => length <= 8);
    expect(kept).toHaveLength(8);
    expect(kept).toEqual(
      expect.arrayContaining(['sending', 'unknown', 'settled-late', 'just-kept', 'of-another-registry']),
    );
    desk.clock.advance(10 * DAY + 60_000);
    const left = await eventually(ids, ({ length }) => length <= 3);
    expect(left.toSorted()).toEqual(['of-another-registry', 'sending', 'unknown']);
    await first.stop();
    await second.stop();
  });

  it('cuts the user agents of earlier versions when it is read', async () => {
    await owner.deleteServer('acme/weather');
    await desk.database.db
      .updateTable('operations')
      .set({ user_agent: `Mozilla/5.0 (X11; ${'x'.repeat(250)}) Gecko/20100101 Firefox/153.0` })
      .execute();
    expect((await list()).operations).toMatchObject([{ userAgent: 'Firefox 153' }]);
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
        userAgent: 'Browser 1',
      }),
    ]);
  });
});
