import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OperationList } from '#contract/operations.ts';
import { engines } from './support/databases.ts';
import type { Desk } from './support/desk.ts';
import { startDeskOn } from './support/desk-on-engine.ts';
import { runCommand } from './support/run-command.ts';
import { createVisitor, type Visitor } from './support/visitor.ts';

// Each command is a process, which takes its time on a busy machine.
const PATIENCE = { timeout: 240_000 };

describe.concurrent.each(engines)('a desk on %s shows nothing more', PATIENCE, (engine) => {
  let desk: Desk;
  let place: string[];
  let stop: () => Promise<void>;
  beforeAll(async () => {
    ({ desk, place, stop } = await startDeskOn(engine, ['--name-hold', '0s']));
  });
  afterAll(async () => stop());

  const tell = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { status, stdout, stderr } = await runCommand([...args, '--json', ...place]);
    expect([args, status, stderr]).toEqual([args, 0, '']);
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  const newKey = async (user: string) => {
    const { key, id } = await tell('key', 'create', user);
    return { key: String(key), id: String(id) };
  };
  const ask = async (key: string, method: string, path: string) => {
    const headers = { Authorization: `Bearer ${key}` };
    const answer = await fetch(`${desk.registryUrl}${path}`, { method, headers });
    await answer.body?.cancel();
    return answer.status;
  };
  /** Gives a key a namespace with a server in it. */
  const furnish = async (key: string, namespace: string) => {
    expect(await ask(key, 'PUT', `/namespaces/${namespace}`)).toBe(201);
    expect(await ask(key, 'PUT', `/servers/${namespace}%2Fone`)).toBe(201);
  };
  const signedIn = async (apiKey: string): Promise<Visitor> => {
    const visitor = createVisitor(desk.url);
    expect((await visitor.signIn({ apiKey })).status).toBe(200);
    return visitor;
  };
  const ledger = async (visitor: Visitor) =>
    (await visitor.call('/api/-/operations')).json as unknown as OperationList;
  const idsSeenBy = async (visitor: Visitor) => (await ledger(visitor)).operations.map(({ id }) => id);
  const signedOut = { status: 401, json: { code: 'signed-out' } };

  it.sequential('to a key that was revoked, from its next request on', async () => {
    await tell('user', 'add', 'alice');
    const [mine, second] = [await newKey('alice'), await newKey('alice')];
    await furnish(mine.key, 'forge');
    const me = await signedIn(mine.key);
    // In four browsers, each of which asks for something else next.
    const others = await Promise.all([1, 2, 3, 4].map(() => signedIn(second.key)));
    const id = randomUUID();
    expect((await me.deleteServer('forge/one', { id })).status).toBe(200);
    for (const other of others) expect(await idsSeenBy(other)).toEqual([id]);
    await tell('key', 'revoke', second.id);
    const [first, next, third, last] = others;
    expect(await first?.call('/api/-/operations')).toMatchObject(signedOut);
    expect(await next?.call(`/api/-/operations/${id}`)).toMatchObject(signedOut);
    expect(await third?.call(`/api/servers?namespace=forge`)).toMatchObject(signedOut);
    expect(await last?.call('/api/-/session')).toMatchObject(signedOut);
    expect(await idsSeenBy(me)).toEqual([id]);
  });

  it.sequential('to a user who was disabled, not even what they did', async () => {
    await tell('user', 'add', 'bob');
    const { key } = await newKey('bob');
    await furnish(key, 'bobs');
    const bob = await signedIn(key);
    const id = randomUUID();
    expect((await bob.deleteServer('bobs/one', { id })).status).toBe(200);
    expect(await idsSeenBy(bob)).toEqual([id]);
    await tell('user', 'disable', 'bob');
    const again = await bob.deleteServer('bobs/one', { id });
    expect(again).toMatchObject(signedOut);
    expect(again.text).not.toContain('bobs');
    expect(await bob.call('/api/-/session')).toMatchObject(signedOut);
  });

  it.sequential('of an organization to one who is no member any more', async () => {
    await tell('user', 'add', 'dave');
    await tell('org', 'add', 'guild', '--admin', 'owner');
    await tell('org', 'member', 'guild', 'dave');
    await furnish((await newKey('guild')).key, 'guild-hall');
    const owner = await signedIn(desk.ownerKey ?? '');
    const id = randomUUID();
    expect((await owner.deleteServer('guild-hall/one', { id })).status).toBe(200);
    const dave = await signedIn((await newKey('dave')).key);
    expect(await idsSeenBy(dave)).toEqual([id]);
    const own = randomUUID();
    await dave.deleteServer('guild-hall/none', { id: own });
    await tell('org', 'member', 'guild', 'dave', '--remove');
    expect(await idsSeenBy(dave)).toEqual([own]);
    expect((await dave.call(`/api/-/operations/${id}`)).status).toBe(404);
    expect((await dave.call('/api/-/session')).json).toMatchObject({ namespaces: [] });
    // What he tries from now on is a stranger's.
    expect(await ledger(owner)).toMatchObject({ operations: [{ id: own }, { id }], refusedStrangers: 0 });
    expect((await dave.deleteServer('guild-hall/none')).status).toBe(404);
    expect(await ledger(owner)).toMatchObject({ operations: [{ id: own }, { id }], refusedStrangers: 1 });
  });

  it.sequential('of a namespace that was given up, nor to its next owner what was before', async () => {
    await tell('user', 'add', 'erin');
    await tell('user', 'add', 'frank');
    const [key, second] = [(await newKey('erin')).key, (await newKey('erin')).key];
    const franksKey = (await newKey('frank')).key;
    await furnish(key, 'lent');
    const [erin, erinElsewhere, frank] = [
      await signedIn(key),
      await signedIn(second),
      await signedIn(franksKey),
    ];
    await frank.deleteServer('lent/one');
    const id = randomUUID();
    expect((await erin.deleteServer('lent/one', { id })).status).toBe(200);
    expect(await ledger(erinElsewhere)).toMatchObject({ operations: [{ id }], refusedStrangers: 1 });
    expect(await ask(key, 'DELETE', '/namespaces/lent')).toBe(200);
    expect(await idsSeenBy(erinElsewhere)).toEqual([]);
    await furnish(franksKey, 'lent');
    expect(await ledger(frank)).toMatchObject({ operations: [{ target: 'lent/one' }], refusedStrangers: 0 });
    expect((await frank.call(`/api/-/operations/${id}`)).status).toBe(404);
    expect((await frank.call(`/api/-/operations/${id}/check`, { method: 'POST' })).status).toBe(404);
    expect((await frank.deleteServer('lent/one')).status).toBe(200);
    expect(await idsSeenBy(erin)).toEqual([id]);
    expect(await idsSeenBy(erinElsewhere)).toEqual([]);
  });
});
