import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeskAnswer } from '#contract/owned-servers.ts';
import { engines } from '#e2e/support/databases.ts';
import {
  countsOf,
  filled,
  findServer,
  namesOf,
  pageOf,
  startFillingWorld,
  type FillingWorld,
} from '#e2e/support/filling-world.ts';
import { createTestClock } from '#e2e/support/running-gateway.ts';
import { API_KEY, sendJson } from '#e2e/support/scripted-registry.ts';
import { eventually } from '#e2e/support/test-desk.ts';

const OTHER_KEY = 'smry_another_key_1';

describe.each(engines)('the index of a registry elsewhere on %s', (engine) => {
  let world: FillingWorld;
  beforeEach(async () => {
    world = await startFillingWorld(engine);
  });
  afterEach(async () => world.stop());

  it('answers session, servers and counts in one trip', async () => {
    const visitor = await world.signedIn(await world.start());
    const { status, json } = await visitor.call('/api/-/desk?limit=1');
    const desk = json as unknown as DeskAnswer;
    expect(status).toBe(200);
    expect(desk.session.namespaces).toEqual(['acme']);
    expect(desk.servers?.servers).toHaveLength(1);
    expect(desk.counts?.total).toBe(2);
  });

  it('shows a key what is its own alone, in any process', async () => {
    world.registry.owners.set(OTHER_KEY, ['other']);
    const [one, two] = [await world.start(), await world.start()];
    const mine = await world.signedIn(one);
    const theirs = await world.signedIn(two, OTHER_KEY);
    const mineElsewhere = await world.signedIn(two);
    expect(namesOf(await filled(mine)).toSorted()).toEqual(['acme', 'acme/weather']);
    expect(namesOf(await filled(theirs))).toEqual(['other/calendar']);
    expect(namesOf(await pageOf(mineElsewhere)).toSorted()).toEqual(['acme', 'acme/weather']);
    expect(namesOf(await pageOf(theirs, 'name=acme&name=acme%2Fweather'))).toEqual([]);
    expect((await countsOf(theirs)).namespaces).toEqual({ other: 1 });
    // Of the same namespace another key has what was read for it, too.
    world.registry.owners.set('smry_third', ['acme']);
    const before = world.asked(/^\/servers\?namespace=acme/).length;
    expect(namesOf(await filled(await world.signedIn(one, 'smry_third'))).toSorted()).toEqual([
      'acme',
      'acme/weather',
    ]);
    expect(world.asked(/^\/servers\?namespace=acme/).length).toBeGreaterThan(before);
  });

  it('refuses a place to go on from that no list has', async () => {
    const visitor = await world.signedIn(await world.start());
    const places: [sort: string, value: unknown, name: string][] = [
      ['uses', 1.5, 'acme'],
      ['uses', 1e308, 'acme'],
      ['uses', 7, 'acme\0'],
      ['state', 4e9, 'acme'],
      ['name', 'acme\0', 'acme'],
    ];
    for (const [sort, value, name] of places) {
      const cursor = Buffer.from(JSON.stringify([sort, 'desc', value, name])).toString('base64url');
      const { status, json } = await visitor.call(`/api/-/servers?sort=${sort}&cursor=${cursor}`);
      expect([sort, value, status, json?.['field']]).toEqual([sort, value, 400, 'cursor']);
    }
  });

  it('forgets a namespace that a key has no more', async () => {
    world.registry.owners.set(API_KEY, ['acme', 'other']);
    const clock = createTestClock();
    const gateway = await world.start({}, { clock });
    const visitor = await world.signedIn(gateway);
    expect((await filled(visitor)).servers).toHaveLength(3);
    world.registry.owners.set(API_KEY, ['acme']);
    clock.advance(61_000);
    expect(namesOf(await pageOf(visitor)).toSorted()).toEqual(['acme', 'acme/weather']);
    expect((await countsOf(visitor)).namespaces).toEqual({ acme: 2 });
  });

  it('is read by one process, and by another where that one ends', async () => {
    const gone = new Set<string>();
    const extras = (id: string) => ({
      process: {
        id,
        gone: async (ids: readonly string[]) => ids.filter((each) => gone.has(each)),
        present: async () => {},
      },
    });
    const [one, two] = [await world.start({}, extras('one')), await world.start({}, extras('two'))];
    const [atOne, atTwo] = [await world.signedIn(one), await world.signedIn(two)];
    await filled(atOne);
    await pageOf(atTwo);
    const filler = async () =>
      (await world.database.db.selectFrom('owned_lists').select('filler').executeTakeFirst())?.filler;
    expect(await filler()).toBe('one');
    // As a process ends that is killed: it is told nothing, and does nothing more.
    world.registry.script = () => undefined;
    gone.add('one');
    await pageOf(atTwo);
    expect(await eventually(filler, (now) => now === 'two')).toBe('two');
    // The first notices, and leaves it alone.
    await sleep(700);
    expect(await filler()).toBe('two');
    await two.stop();
    world.running.splice(world.running.indexOf(two), 1);
    expect(await filler()).toBeNull();
    await pageOf(atOne);
    expect(await filler()).toBe('one');
  });

  it('goes on after a restart where it was', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `acme/s${i}`);
    for (const name of names) world.registry.servers.set(name, `id-${name}`);
    const one = await world.start({ fillPerSecond: 100 });
    const visitor = await world.signedIn(one);
    const detailed = () =>
      world.database.db
        .selectFrom('owned_servers')
        .select('qualified_name')
        .where('detailed_at', 'is not', null)
        .execute();
    await pageOf(visitor);
    await eventually(detailed, (rows) => rows.length > 0);
    await one.stop();
    world.running.length = 0;
    const done = await detailed();
    expect(done.length).toBeLessThan(10);
    world.registry.requests.length = 0;
    const again = await world.signedIn(await world.start());
    expect((await pageOf(again)).servers).toHaveLength(10);
    await filled(again);
    const targets = world
      .asked(/^\/servers\/[^/]+$/)
      .map(({ target }) => decodeURIComponent(target.slice('/servers/'.length)));
    expect(targets.filter((name) => done.some((row) => row.qualified_name === name))).toEqual([]);
    expect(new Set(targets).size).toBe(10 - done.length);
  });

  it('loses a server that is deleted through here at once, whatever a list says that was read before', async () => {
    let letGo = () => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const visitor = await world.signedIn(await world.start({ listEveryMs: 20 }));
    await filled(visitor);
    // A list on its way that still has it, and lists that lag behind.
    const stale = structuredClone([...world.registry.servers]);
    let isAsked = false;
    world.registry.script = ({ target }, response) => {
      if (!target.startsWith('/servers?namespace=')) return undefined;
      isAsked = true;
      const servers = stale.map(([qualifiedName, id]) => ({
        id,
        qualifiedName,
        displayName: qualifiedName,
        isDeployed: true,
        useCount: 0,
      }));
      void held.then(() => sendJson(response, 200, { servers, pagination: { totalPages: 1 } }));
      return true;
    };
    await eventually(async () => isAsked, Boolean);
    expect((await visitor.deleteServer('acme/weather')).status).toBe(200);
    expect(namesOf(await pageOf(visitor))).toEqual(['acme']);
    expect((await countsOf(visitor)).total).toBe(1);
    letGo();
    await sleep(200);
    expect(namesOf(await pageOf(visitor))).toEqual(['acme']);
    expect((await pageOf(visitor, 'name=acme%2Fweather')).servers).toEqual([]);
    // Another one of that name, made meanwhile, is none that was deleted.
    stale.splice(1, 1, ['acme/weather', 'id-new']);
    world.registry.servers.set('acme/weather', 'id-new');
    const page = await eventually(
      () => pageOf(visitor),
      ({ servers }) => servers.length === 2,
    );
    expect(findServer(page, 'acme/weather')?.id).toBe('id-new');
  });

  it('has what was changed through here at once', async () => {
    const visitor = await world.signedIn(await world.start());
    await filled(visitor);
    let isHeld = true;
    world.registry.script = ({ method, target }, response) =>
      isHeld && method === 'GET' && target.startsWith('/servers/acme%2Fweather')
        ? sendJson(response, 503, { error: 'Down' })
        : undefined;
    const fields = { displayName: 'Zebra', description: 'Striped' };
    expect((await visitor.updateServer('acme/weather', fields)).status).toBe(200);
    const page = await pageOf(visitor, 'sort=name&direction=desc');
    expect(page.servers[0]).toMatchObject({ qualifiedName: 'acme/weather', ...fields });
    isHeld = false;
    const later = await eventually(
      () => pageOf(visitor, 'name=acme%2Fweather'),
      ({ servers }) => (servers[0]?.asOf ?? '') > page.asOf,
    );
    expect(later.servers[0]).toMatchObject(fields);
  });
});
