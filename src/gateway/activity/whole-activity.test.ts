import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ActivityList, Tombstone } from '#contract/activity.ts';
import { engines } from '#e2e/support/databases.ts';
import { startGateway, type RunningGateway } from '#e2e/support/running-gateway.ts';
import { addBelongings, createTestRegistry, type TestRegistry } from '#e2e/support/test-registry.ts';
import type { Visitor } from '#e2e/support/visitor.ts';

describe.each(engines)('activity of the embedded registry on %s', (engine) => {
  let registry: TestRegistry;
  let running: RunningGateway;
  let owner: Visitor;
  const tick = () => {
    registry.clock.now = new Date(registry.clock.now.getTime() + 1000);
  };
  beforeEach(async () => {
    registry = await createTestRegistry(engine);
    running = await startGateway({
      db: registry.db,
      registryUrl: 'http://desk.test',
      now: () => registry.clock.now,
      registry: {
        name: 'Embedded registry',
        url: 'http://desk.test',
        embedded: true,
        fetch: registry.fetch,
        askNamespaces: registry.namespacesOf,
      },
    });
    owner = await signedInWith(registry.ownerKey);
  });
  afterEach(async () => {
    await running.stop();
    await registry.drop();
  });

  async function signedInWith(apiKey: string): Promise<Visitor> {
    const visitor = running.visitor();
    expect((await visitor.signIn({ apiKey })).status).toBe(200);
    return visitor;
  }
  const read = async (query = '', visitor = owner) =>
    (await visitor.call(`/api/-/activity${query}`)).json as unknown as ActivityList;
  const brief = ({ entries }: ActivityList) =>
    entries.map(({ origin, action, target, outcome }) => `${origin} ${action} ${target} ${outcome}`);
  const ofServers = async (query = '', visitor = owner) =>
    brief(await read(query, visitor)).filter((line) => line.includes(' server.'));
  const byApi = async (method: string, name: string) =>
    registry.call(method, `/servers/${encodeURIComponent(name)}`);

  it('has each change once, whether the desk, a program or nobody but the ledger knows of it', async () => {
    await registry.put('acme/one', 'acme/two');
    tick();
    const id = randomUUID();
    await owner.deleteServer('acme/one', { id });
    tick();
    await byApi('DELETE', 'acme/two');
    tick();
    await owner.deleteServer('acme/never');
    const lines = [
      'desk server.delete acme/never refused',
      'api server.delete acme/two applied',
      'desk server.delete acme/one applied',
    ];
    expect((await ofServers()).slice(0, 3)).toEqual(lines);
    expect(await read()).toMatchObject({ isWhole: true, onlyOwn: false });
    const [atDesk] = (await read('?server=acme/one&action=server.delete')).entries;
    expect(atDesk).toMatchObject({ operationId: id, isOwn: true, operation: { id, state: 'applied' } });
    const [, byProgram] = (await read('?action=server.delete')).entries;
    expect(byProgram).toMatchObject({ operationId: null, isOwn: false, operation: null });

    // Page by page likewise.
    const seen: string[] = [];
    let before: string | null = '';
    while (before !== null) {
      const page: ActivityList = await read(`?limit=1${before === '' ? '' : `&before=${before}`}`);
      seen.push(...brief(page));
      before = page.nextBefore;
    }
    expect(seen).toEqual(brief(await read('?limit=100')));
    expect(seen.filter((line) => line.includes(' server.'))).toHaveLength(5);
  });

  it('names whose key it was, of what never arrived too, and is narrowed likewise in both records', async () => {
    await registry.put('acme/one');
    tick();
    await owner.deleteServer('acme/one');
    tick();
    await owner.deleteServer('acme/never');
    const { entries } = await read('?action=server.delete');
    const [never, one] = entries;
    expect(one?.actor.user).not.toBeNull();
    expect(never?.actor).toMatchObject({ user: one?.actor.user, keyLabel: one?.actor.keyLabel });
    const person = `person=${encodeURIComponent(one?.actor.user ?? '')}`;
    expect(await ofServers(`?action=server.delete&${person}`)).toHaveLength(2);
    expect(await ofServers('?action=server.delete&person=nobody')).toEqual([]);
    expect(await ofServers('?q=server.delete%20acme')).toHaveLength(2);
    expect(await ofServers('?outcome=refused')).toEqual(['desk server.delete acme/never refused']);
    expect(await ofServers('?outcome=applied&action=server.delete')).toEqual([
      'desk server.delete acme/one applied',
    ]);
    expect(await ofServers('?outcome=unclear')).toEqual([]);
  });

  it('has what was done before the registry wrote anything down, by the ledger alone', async () => {
    await registry.put('acme/one');
    await owner.deleteServer('acme/one');
    await registry.db.deleteFrom('audit_entries').execute();
    expect(await ofServers()).toEqual(['desk server.delete acme/one applied']);
  });

  it('shows nothing of it to a stranger', async () => {
    await registry.put('acme/one');
    await owner.deleteServer('acme/one');
    const rival = await signedInWith(registry.rivalKey);
    expect(await ofServers('', rival)).toEqual([]);
    expect((await rival.call('/api/-/tombstones/acme%2Fone')).status).toBe(404);
  });

  it('tells of a server that is gone what went with it and until when its name is held', async () => {
    await registry.put('acme/one');
    await addBelongings(registry, 'acme/one');
    const id = randomUUID();
    await owner.deleteServer('acme/one', { id });
    const stone = async () => (await owner.call('/api/-/tombstones/acme%2Fone')).json as unknown as Tombstone;
    const told = await stone();
    expect(told).toMatchObject({
      qualifiedName: 'acme/one',
      went: { releases: 1, secrets: 1, domains: 1 },
      entry: { operationId: id, isOwn: true, outcome: 'applied' },
      movedTo: null,
    });
    expect(Date.parse(told.heldUntil ?? '')).toBeGreaterThan(registry.clock.now.getTime());
    // The record of it may have been swept: what the ledger has is told then.
    await registry.db.deleteFrom('audit_entries').execute();
    expect(await stone()).toMatchObject({ entry: { operationId: id }, heldUntil: told.heldUntil });
    await registry.db.deleteFrom('deleted_servers').execute();
    expect(await stone()).toMatchObject({ entry: { operationId: id }, went: null, heldUntil: null });
  });
});
