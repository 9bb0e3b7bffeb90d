import { afterEach, describe, expect, it } from 'vitest';
import { makeBundle } from '#e2e/support/bundles.ts';
import { engines } from '#e2e/support/databases.ts';
import { release, sendRelease, settled } from '#e2e/support/publishing.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';
import { addOrganization } from '#registry/people/organization-store.ts';
import { DEFAULT_QUOTAS } from './quota-kinds.ts';
import { findQuotas, setQuotas } from './quota-store.ts';

const STDIO = { type: 'stdio', runtime: 'node' };
const refused = (status: number, text: RegExp) => ({ status, body: { error: expect.stringMatching(text) } });

describe.each(engines)('the quotas of an owner on %s', (engine) => {
  let registry: TestRegistry | undefined;
  afterEach(async () => registry?.drop());

  const start = async (quotas: Partial<typeof DEFAULT_QUOTAS>, keptBundles = 5): Promise<TestRegistry> => {
    registry = await createTestRegistry(engine, {
      limits: { quotas: { ...DEFAULT_QUOTAS, ...quotas }, keptBundles },
    });
    await registry.put('acme/weather');
    return registry;
  };
  const bundleOf = (text: string): Uint8Array => makeBundle({ files: { 'a.txt': Buffer.from(text) } });
  const publish = async (on: TestRegistry, bundle: Uint8Array): Promise<string> => {
    const id = await release(on, 'acme/weather', { payload: STDIO, bundle });
    return (await settled(on, 'acme/weather', id)).status;
  };

  it('bound what is handed over to an owner as well', async () => {
    const on = await start({});
    await addOrganization(on.db, { id: 'org-1', name: 'guild', admin: 'owner', now: TEST_NOW });
    await on.call('PUT', '/namespaces/guild', { body: { organizationId: 'org-1' } });
    await setQuotas(on.db, { ownerId: 'org-1', changes: { servers: 0 }, now: TEST_NOW });
    const body = { targetNamespace: 'guild', targetOrganizationId: 'org-1' };
    const hand = async () => on.call('POST', '/servers/acme%2Fweather/transfer', { body });
    expect(await hand()).toMatchObject(refused(403, /^Quota of servers: at most 0/));
    expect((await on.call('GET', '/servers/acme%2Fweather')).status).toBe(200);
    await setQuotas(on.db, { ownerId: 'org-1', changes: { servers: 1 }, now: TEST_NOW });
    expect((await hand()).status).toBe(200);
  });

  it('bound servers, and say what to do', async () => {
    const on = await start({ servers: 2 });
    await on.put('acme/tides');
    const third = await on.call('PUT', '/servers/acme%2Fthird');
    expect(third).toMatchObject(refused(403, /^Quota of servers: at most 2 .* Delete some first/));
    expect((await on.call('GET', '/servers/acme%2Fthird')).status).toBe(404);
    // What is there stays as it is, and others have their own.
    expect((await on.call('PUT', '/servers/acme%2Ftides')).status).toBe(201);
    expect((await on.call('PUT', '/servers/rival%2Fown', { key: on.rivalKey })).status).toBe(201);
    await on.call('DELETE', '/servers/acme%2Ftides');
    expect((await on.call('PUT', '/servers/acme%2Fthird')).status).toBe(201);
  });

  it('bound what bundles weigh, of releases that went well alone', async () => {
    const bundle = bundleOf('x'.repeat(100));
    const on = await start({ bundleBytes: bundle.length * 2 + 10 });
    expect(await publish(on, bundle)).toBe('SUCCESS');
    // One that fails is given up at once.
    expect(await publish(on, new Uint8Array(bundle.length))).toBe('FAILURE_SCAN');
    expect(await publish(on, bundle)).toBe('SUCCESS');
    const third = await sendRelease(on, 'acme/weather', { payload: STDIO, bundle });
    expect(third).toMatchObject(refused(403, /^Quota of bundles: at most \d+ bytes for one owner, of which/));
    const external = { type: 'external', upstreamUrl: 'https://upstream.invalid/mcp' };
    await expect(release(on, 'acme/weather', { payload: external })).resolves.toMatch(/./);
  });

  it('keep the bundles of the newest successful releases, and no others', async () => {
    const on = await start({}, 3);
    for (const text of ['one', 'two', 'three', 'four', 'five']) {
      expect(await publish(on, bundleOf(text))).toBe('SUCCESS');
    }
    const rows = await on.db.selectFrom('releases').select('bundle_hash').orderBy('created_at').execute();
    expect(rows.map(({ bundle_hash }) => bundle_hash !== null)).toEqual([false, false, true, true, true]);
  });

  it('forget the oldest releases, but never the live one', async () => {
    const on = await start({ releases: 3 }, 1);
    expect(await publish(on, bundleOf('live'))).toBe('SUCCESS');
    const [live] = await on.db.selectFrom('releases').select('id').execute();
    for (let times = 0; times < 6; times += 1) {
      expect(await publish(on, new Uint8Array(30))).toBe('FAILURE_SCAN');
    }
    const kept = await on.db.selectFrom('releases').select('id').orderBy('created_at').execute();
    expect(kept).toHaveLength(4);
    expect(kept[0]).toEqual(live);
    expect((await on.call('GET', '/servers/acme%2Fweather/download')).status).toBe(200);
  });

  it('bound requests in a minute, each owner for themselves', async () => {
    const on = await start({ requests: 4 });
    // One was sent to make the server.
    for (let times = 0; times < 3; times += 1) expect((await on.call('GET', '/servers')).status).toBe(200);
    const answer = await on.call('GET', '/servers');
    expect(answer).toMatchObject(refused(429, /^Quota of requests: at most 4 a minute .* Try again in 15 s/));
    expect(answer.headers.get('Retry-After')).toBe('15');
    expect((await on.call('GET', '/health', { key: null })).status).toBe(200);
    expect((await on.call('GET', '/servers', { key: on.rivalKey })).status).toBe(200);
    on.clock.now = new Date(TEST_NOW.getTime() + 15_000);
    expect((await on.call('GET', '/servers')).status).toBe(200);
  });

  it('bound event streams that are open at once, and count none that has ended', async () => {
    const on = await start({ streams: 2 });
    await on.db
      .insertInto('releases')
      .columns(['id', 'server_rid', 'status', 'type', 'created_at', 'updated_at'])
      .expression((eb) =>
        eb
          .selectFrom('servers')
          .select([
            eb.val('waits').as('id'),
            'rid',
            eb.val('AUTH_REQUIRED').as('status'),
            eb.val('external_shttp').as('type'),
            'created_at',
            'updated_at',
          ]),
      )
      .execute();
    const open = async (): Promise<Response> =>
      on.fetch(
        new Request('http://desk.test/servers/acme%2Fweather/releases/waits/stream', {
          headers: { Authorization: `Bearer ${on.ownerKey}` },
        }),
      );
    const [first, second] = [await open(), await open()];
    const third = await open();
    expect([third.status, await third.json()]).toEqual([
      429,
      { error: expect.stringMatching(/^Quota of event streams: at most 2 at once/) },
    ]);
    await first?.body?.cancel();
    await expect.poll(async () => (await open()).status).toBe(200);
    await second?.body?.cancel();
    on.endStreams();
  });

  it('are those of everybody until others are set, and again when they are taken back', async () => {
    const on = await start({});
    const { db, ownerId } = on;
    expect(await findQuotas(db, ownerId)).toEqual(DEFAULT_QUOTAS);
    expect(DEFAULT_QUOTAS.servers).toBeGreaterThan(50_000);
    await setQuotas(db, { ownerId, changes: { servers: 0, requests: 9 }, now: TEST_NOW });
    expect(await findQuotas(db, ownerId)).toEqual({ ...DEFAULT_QUOTAS, servers: 0, requests: 9 });
    await setQuotas(db, { ownerId, changes: { servers: null }, now: TEST_NOW });
    expect(await findQuotas(db, ownerId)).toEqual({ ...DEFAULT_QUOTAS, requests: 9 });
  });
});
