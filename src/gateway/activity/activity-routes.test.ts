import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ActivityEntry, ActivityList, Tombstone } from '#contract/activity.ts';
import { applyDelete, sendJson } from '#e2e/support/scripted-registry.ts';
import { engines } from '#e2e/support/databases.ts';
import { eventually, startTestDesk, type TestDesk } from '#e2e/support/test-desk.ts';
import type { Visitor } from '#e2e/support/visitor.ts';

describe.each(engines)('activity of a remote registry on %s', (engine) => {
  let desk: TestDesk;
  let owner: Visitor;
  beforeEach(async () => {
    desk = await startTestDesk(engine);
    owner = await desk.signedIn();
  });
  afterEach(() => desk.stop());

  const read = async (query = '', visitor = owner) =>
    (await visitor.call(`/api/-/activity${query}`)).json as unknown as ActivityList;
  const targets = async (query: string) => (await read(query)).entries.map(({ target }) => target);

  const signedInWith = async (apiKey: string) => {
    const visitor = desk.running.visitor();
    expect((await visitor.signIn({ apiKey })).status).toBe(200);
    return visitor;
  };

  it('is what went through this desk, and says so', async () => {
    const id = randomUUID();
    await owner.deleteServer('acme/weather', { id });
    const list = await read();
    expect(list).toMatchObject({ isWhole: false, onlyOwn: false, refusedStrangers: 0, nextBefore: null });
    expect(list.entries).toMatchObject([
      {
        id,
        operationId: id,
        action: 'server.delete',
        target: 'acme/weather',
        targetId: 'id-weather',
        namespace: 'acme',
        origin: 'desk',
        outcome: 'applied',
        isOwn: true,
        operation: { id, state: 'applied', finding: 'confirmed' },
      },
    ]);
  });

  it('goes on page by page, each entry once, those of one moment too', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 9; i++) {
      if (i % 4 === 0) desk.clock.advance(1000);
      const id = randomUUID();
      ids.push(id);
      await owner.deleteServer(`acme/server-${i}`, { id });
    }
    const seen: string[] = [];
    let query = '?limit=2';
    for (;;) {
      const page = await read(query);
      seen.push(...page.entries.map(({ id }) => id));
      if (page.nextBefore === null) break;
      query = `?limit=2&before=${page.nextBefore}`;
    }
    expect(seen).toHaveLength(9);
    expect(seen.toSorted()).toEqual(ids.toSorted());
  });

  it('is narrowed by action, server, outcome, time, person and text, and by several at once', async () => {
    desk.registry.owners.set('key-of-a-colleague', ['acme']);
    const colleague = await signedInWith('key-of-a-colleague');
    await owner.deleteServer('acme/weather');
    desk.clock.advance(60_000);
    const between = desk.clock.now().toISOString();
    await colleague.deleteServer('acme/50%_off');
    await colleague.deleteServer('acme/never');
    await owner.updateServer('acme', { description: 'New' });

    expect(await targets('?action=server.update')).toEqual(['acme']);
    expect(await targets('?action=secret.set')).toEqual([]);
    expect(await targets('?server=acme/weather')).toEqual(['acme/weather']);
    expect(await targets('?server=acme/weath')).toEqual([]);
    expect(await targets('?outcome=applied')).toEqual(['acme', 'acme/weather']);
    expect(await targets('?outcome=refused')).toEqual(['acme/never']);
    expect(await targets('?outcome=unclear')).toEqual([]);
    expect(await targets('?outcome=succeeded')).toEqual([]);
    expect(await targets(`?from=${between}`)).toHaveLength(2);
    expect(await targets(`?to=${between}`)).toEqual(['acme/weather']);
    expect(await targets('?person=key:other')).toEqual(['acme/never']);
    expect(await targets('?person=key:this')).toEqual(['acme', 'acme/weather']);
    expect(await targets('?person=ann')).toEqual([]);
    expect(await targets('?q=WEATHER')).toEqual(['acme/weather']);
    expect(await targets('?q=server%20not%20found')).toEqual(['acme/never']);
    expect(await targets('?q=%25')).toEqual([]);
    expect(await targets('?q=Server.Update')).toEqual(['acme']);
    expect(await targets('?q=found%20NEVER')).toEqual(['acme/never']);
    expect(await targets('?q=found%20weather')).toEqual([]);
    expect(await targets('?q=id-weather')).toEqual(['acme/weather']);
    expect(await targets('?q=acme&outcome=refused&person=key:this')).toEqual([]);
  });

  it.each([
    '?limit=0',
    '?limit=101',
    '?limit=1e1',
    '?limit=',
    '?before=nowhere',
    `?before=${Buffer.from(JSON.stringify({ operations: { created_at: '\0', id: 'x' }, audit: null })).toString('base64url')}`,
    '?action=server.eat',
    '?outcome=done',
    '?from=yesterday',
    `?q=${'x'.repeat(301)}`,
    '?person=%00',
  ])('refuses %s, which cannot be', async (query) => {
    expect((await owner.call(`/api/-/activity${query}`)).status).toBe(400);
  });

  it('shows nothing to who is signed out, and nothing of anybody else', async () => {
    await owner.deleteServer('acme/weather');
    desk.registry.owners.set('key-of-a-stranger', ['other']);
    const stranger = await signedInWith('key-of-a-stranger');
    expect((await read('', stranger)).entries).toEqual([]);
    expect((await read('?server=acme/weather', stranger)).entries).toEqual([]);
    expect((await stranger.call('/api/-/tombstones/acme%2Fweather')).status).toBe(404);
    expect((await stranger.call('/api/-/activity/download?format=json')).json).toEqual([]);
    for (const path of [
      '/api/-/activity',
      '/api/-/activity/download?format=csv',
      '/api/-/tombstones/acme%2Fweather',
    ]) {
      expect((await desk.running.visitor().call(path)).status).toBe(401);
    }
  });

  it('comes as a file, narrowed likewise', async () => {
    for (let i = 0; i < 3; i++) await owner.deleteServer(`acme/server-${i}`);
    desk.clock.advance(1000);
    await owner.deleteServer('acme/weather');
    const json = await owner.call('/api/-/activity/download?format=json&outcome=applied');
    expect(json.headers['content-disposition']).toMatch(
      /^attachment; filename="touchmark-activity-.*\.json"$/,
    );
    expect(json.json).toMatchObject([{ target: 'acme/weather' }]);
    const csv = await owner.call('/api/-/activity/download?format=csv');
    expect(csv.headers['content-type']).toMatch(/^text\/csv/);
    const lines = csv.text.split('\r\n');
    expect(lines).toHaveLength(6);
    expect(lines[1]).toContain(',server.delete,acme/weather,id-weather,');
    expect((await owner.call('/api/-/activity/download?format=pdf')).status).toBe(400);
  });

  it('comes as a file whole, over many pages', async () => {
    await owner.deleteServer('acme/weather');
    const [row] = await desk.database.db.selectFrom('operations').selectAll().execute();
    if (row === undefined) throw new Error('no entry');
    const many = Array.from({ length: 450 }, (_, i) => ({ ...row, id: `many-${i}` }));
    await desk.database.db.insertInto('operations').values(many).execute();
    const { json } = await owner.call('/api/-/activity/download?format=json');
    const ids = (json as unknown as ActivityEntry[]).map(({ id }) => id);
    expect(new Set(ids).size).toBe(451);
    expect(ids).toHaveLength(451);
  });

  describe('what is known of a name', () => {
    const tombstone = async (name = 'acme/weather') => {
      const { status, json } = await owner.call(`/api/-/tombstones/${encodeURIComponent(name)}`);
      return { status, stone: json as unknown as Tombstone };
    };

    it('is who deleted it and when, and that nothing more is known', async () => {
      const id = randomUUID();
      await owner.deleteServer('acme/weather', { id });
      expect(await tombstone()).toMatchObject({
        status: 200,
        stone: {
          qualifiedName: 'acme/weather',
          id: 'id-weather',
          entry: { operationId: id, outcome: 'applied', isOwn: true },
          went: null,
          heldUntil: null,
          movedTo: null,
        },
      });
    });

    it('is nothing where it was never seen, or only refused', async () => {
      expect((await tombstone('acme/never')).status).toBe(404);
      await owner.deleteServer('acme/never');
      expect((await tombstone('acme/never')).status).toBe(404);
      desk.registry.script = ({ method }, response) =>
        method === 'DELETE' ? sendJson(response, 403, { error: 'Read-only' }) : undefined;
      await owner.deleteServer('acme/weather');
      expect((await tombstone()).status).toBe(404);
      expect((await tombstone('..')).status).toBe(400);
    });

    it('is the last delete, whatever was refused since', async () => {
      const id = randomUUID();
      await owner.deleteServer('acme/weather', { id });
      desk.clock.advance(1000);
      desk.registry.script = ({ method }, response) =>
        method === 'DELETE' ? sendJson(response, 429, { error: 'Slow down' }) : undefined;
      await owner.deleteServer('acme/weather');
      expect((await tombstone()).stone.entry?.operationId).toBe(id);
    });

    it('is that its outcome is not known, while nobody can find out', async () => {
      desk.registry.script = (request, response) => {
        if (request.method === 'DELETE') applyDelete(desk.registry, request);
        return desk.registry.deletes() > 0 && request.target.startsWith('/servers')
          ? sendJson(response, 503, { error: 'Maintenance' })
          : undefined;
      };
      await owner.deleteServer('acme/weather');
      expect((await tombstone()).stone.entry).toMatchObject({ outcome: 'unknown' });
      expect((await read('?outcome=unclear')).entries).toHaveLength(1);
      desk.registry.script = () => undefined;
      const { stone } = await eventually(tombstone, (told) => told.stone.entry?.outcome === 'applied');
      expect(stone.entry?.operation?.finding).toBe('nowhere');
    });
  });
});
