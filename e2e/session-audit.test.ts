import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry, AuditList } from '#contract/activity.ts';
import { endKey, mintKey, mintSessionKey, revokeKey } from '#registry/access/key-store.ts';
import { addUser, disableOwner } from '#registry/people/people-store.ts';
import { engines } from './support/databases.ts';
import { startGateway, type RunningGateway } from './support/running-gateway.ts';
import { eventually } from './support/test-desk.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from './support/test-registry.ts';
import type { Visitor } from './support/visitor.ts';

const MINUTE = 60_000;
const SESSION = '/api/-/session';

describe.each(engines)('a session at the desk on %s', (engine) => {
  let registry: TestRegistry;
  let running: RunningGateway;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  beforeEach(async () => {
    await registry.clear();
    await registry.db.deleteFrom('sessions').execute();
    running = await start();
  });
  afterEach(async () => running.stop());
  afterAll(async () => registry.drop());

  const start = async () => {
    const { db, clock, ownerId, fetch, namespacesOf, writeSession } = registry;
    const now = () => clock.now;
    return startGateway({
      db,
      registryUrl: 'http://127.0.0.1:9',
      registry: {
        name: 'Embedded registry',
        url: 'http://desk.test',
        embedded: true,
        fetch,
        askNamespaces: namespacesOf,
        writeSession,
      },
      signIn: {
        mintKey: async (expiresAt) =>
          mintSessionKey(db, { userId: ownerId, label: 'Sign-in link', expiresAt, now: now() }),
        revokeKey: async (apiKey) => revokeKey(db, apiKey),
      },
      now,
      limits: { sessionSweepMs: 20 },
    });
  };
  const later = (ms: number) => {
    registry.clock.now = new Date(registry.clock.now.getTime() + ms);
  };
  const signedIn = async (apiKey = registry.ownerKey): Promise<Visitor> => {
    const visitor = running.visitor();
    expect((await visitor.signIn({ apiKey })).status).toBe(200);
    return visitor;
  };
  /** As the user whose key it is sees them, oldest first. */
  const entries = async (key = registry.ownerKey): Promise<AuditEntry[]> => {
    const path = '/-/audit?limit=200&action=session.start,session.end,session.refused';
    return ((await registry.call('GET', path, { key })).body as AuditList).entries.toReversed();
  };
  const ends = async (key?: string) => (await entries(key)).filter(({ action }) => action === 'session.end');
  const ended = async (key?: string) =>
    eventually(
      async () => ends(key),
      ({ length }) => length > 0,
    );
  /** Nothing more comes. */
  const settled = async () => {
    later(24 * 60 * MINUTE);
    await eventually(
      async () => registry.db.selectFrom('sessions').select('id_hash').execute(),
      ({ length }) => length === 0,
    );
    return ends();
  };

  it('that its holder ends, in two tabs at once, has one row of its end, with what it began as', async () => {
    const visitor = await signedIn();
    const leave = async () => (await visitor.call(SESSION, { method: 'DELETE' })).status;
    const answers = await Promise.all([leave(), leave(), leave()]);
    expect(answers.filter((status) => status === 204)).not.toEqual([]);
    const [began] = await entries();
    expect(await settled()).toEqual([
      expect.objectContaining({
        target: 'owner',
        targetId: began?.targetId,
        origin: 'desk',
        actor: { kind: 'key', user: 'owner', keyId: expect.any(String), keyLabel: 'First key' },
        address: '127.0.0.1',
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        note: null,
      }),
    ]);
    expect(JSON.stringify(await entries())).not.toContain(registry.ownerKey);
  });

  it('that a new sign-in of the same browser replaces has its end in the same request, and no other', async () => {
    const visitor = await signedIn();
    expect((await visitor.signIn({ apiKey: registry.rivalKey })).status).toBe(200);
    const [first, end, ...rest] = await entries();
    const [second] = await entries(registry.rivalKey);
    expect([first?.action, rest]).toEqual(['session.start', [expect.objectContaining({ target: 'rival' })]]);
    expect(end).toMatchObject({
      action: 'session.end',
      target: 'owner',
      targetId: first?.targetId,
      actor: { user: 'owner' },
      note: 'The same browser signed in anew.',
      requestId: second?.requestId,
    });
    expect(second?.targetId).not.toBe(first?.targetId);
  });

  it('that is not used ends after half an hour, by itself, though nobody comes back', async () => {
    const visitor = await signedIn();
    later(10 * MINUTE);
    expect((await visitor.call(SESSION)).status).toBe(200);
    later(30 * MINUTE - 1);
    expect((await visitor.call(SESSION, { headers: { 'Touchmark-Unattended': '1' } })).status).toBe(200);
    expect(await ends()).toEqual([]);
    later(30 * MINUTE);
    expect(await ended()).toEqual([
      expect.objectContaining({
        at: new Date(TEST_NOW.getTime() + 40 * MINUTE).toISOString(),
        actor: { kind: 'registry', user: null, keyId: null, keyLabel: null },
        origin: 'registry',
        target: 'owner',
        note: 'It was not used for 30 minutes.',
      }),
    ]);
    expect(await settled()).toHaveLength(1);
  });

  it('that is used on and on ends after eight hours', async () => {
    const visitor = await signedIn();
    for (let minutes = 0; minutes < 8 * 60 - 20; minutes += 20) {
      later(20 * MINUTE);
      expect((await visitor.call(SESSION)).status).toBe(200);
    }
    later(20 * MINUTE);
    expect((await visitor.call(SESSION)).status).toBe(401);
    expect(await ended()).toEqual([
      expect.objectContaining({
        at: new Date(TEST_NOW.getTime() + 8 * 60 * MINUTE).toISOString(),
        note: 'It had lasted 8 hours.',
      }),
    ]);
  });

  it('whose key was revoked names who had it, whether they come back or not', async () => {
    const { db } = registry;
    const key = await mintKey(db, {
      id: 'lost',
      userId: registry.ownerId,
      label: 'Lost',
      expiresAt: null,
      now: TEST_NOW,
    });
    const [coming, staying] = [await signedIn(key), await signedIn(key)];
    await endKey(db, { id: 'lost', now: TEST_NOW });
    const refused = await Promise.all([coming.call(SESSION), coming.call(SESSION)]);
    expect(refused.map(({ status }) => status)).toEqual([401, 401]);
    const [end, ...others] = await ended();
    expect(others).toEqual([]);
    expect(end).toMatchObject({
      actor: { kind: 'registry' },
      target: 'owner',
      note: 'The registry did not take its key any more.',
    });
    expect(staying.cookies.size).toBe(1);
    const [, last, ...more] = await settled();
    expect([last?.target, last?.note, more]).toEqual(['owner', 'It was not used for 30 minutes.', []]);
    const began = (await entries()).filter(({ action }) => action === 'session.start');
    expect(new Set([end?.targetId, last?.targetId])).toEqual(new Set(began.map(({ targetId }) => targetId)));
  });

  it('whose user an administrator disables ends with that, and administrators see whose it was', async () => {
    const { db } = registry;
    const name = `leaver-${engine}`;
    const { id: userId } = await addUser(db, { id: name, name, now: TEST_NOW });
    const visitor = await signedIn(
      await mintKey(db, { userId, label: 'Own', expiresAt: null, now: TEST_NOW }),
    );
    await disableOwner(db, { name, now: TEST_NOW });
    expect((await visitor.call(SESSION)).status).toBe(401);
    expect((await ended()).map(({ target, actor }) => [target, actor.kind])).toEqual([[name, 'registry']]);
  });

  it('by a sign-in link says so, takes its key along, and a link that was used before is one refused', async () => {
    const code = await running.gateway.createSignInCode();
    const visitor = running.visitor();
    expect((await visitor.signIn({ code })).status).toBe(200);
    expect((await running.visitor().signIn({ code })).status).toBe(401);
    const old = await running.gateway.createSignInCode();
    later(11 * MINUTE);
    expect((await running.visitor().signIn({ code: old })).status).toBe(401);
    later(20 * MINUTE);
    expect((await ended())[0]?.note).toBe('By a sign-in link. It was not used for 30 minutes.');
    const [began, refused] = await entries();
    expect([began?.actor.keyLabel, began?.note]).toEqual(['Sign-in link', 'By a sign-in link.']);
    expect([refused?.outcome, refused?.note]).toEqual(['refused', '2 attempts to sign in, within the hour.']);
    const keys = await eventually(
      async () =>
        registry.db.selectFrom('api_keys').select('id').where('label', '=', 'Sign-in link').execute(),
      ({ length }) => length === 0,
    );
    expect(keys).toEqual([]);
    expect(JSON.stringify(await entries())).not.toContain(code);
  });

  it('goes on when the desk is stopped and started, and has no row of that', async () => {
    const visitor = await signedIn();
    await running.stop();
    running = await start();
    const elsewhere = running.visitor();
    const [cookie] = visitor.cookies.values();
    elsewhere.cookies.set(`__Host-Http-touchmark-${running.port}`, cookie ?? '');
    expect((await elsewhere.call(SESSION)).status).toBe(200);
    expect((await entries()).map(({ action }) => action)).toEqual(['session.start']);
  });

  it('begins with its row or not at all, and ends so', async () => {
    const { db } = registry;
    await db.schema.alterTable('audit_entries').renameTo('audit_away').execute();
    expect((await running.visitor().signIn({ apiKey: registry.ownerKey })).status).toBe(503);
    await db.schema.alterTable('audit_away').renameTo('audit_entries').execute();
    expect(await db.selectFrom('sessions').select('id_hash').execute()).toEqual([]);
    const visitor = await signedIn();
    await db.schema.alterTable('audit_entries').renameTo('audit_away').execute();
    expect((await visitor.call(SESSION, { method: 'DELETE' })).status).toBe(503);
    await db.schema.alterTable('audit_away').renameTo('audit_entries').execute();
    expect((await visitor.call(SESSION)).status).toBe(200);
  });
});
