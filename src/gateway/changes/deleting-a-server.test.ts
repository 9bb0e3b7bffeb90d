import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { applyDelete, applyMove, sendJson } from '#e2e/support/scripted-registry.ts';
import { startTestDesk, type TestDesk } from '#e2e/support/test-desk.ts';
import type { Visitor } from '#e2e/support/visitor.ts';

describe.each(engines)('deleting a server, with the ledger on %s', (engine) => {
  let desk: TestDesk;
  let owner: Visitor;
  beforeEach(async () => {
    desk = await startTestDesk(engine);
    owner = await desk.signedIn();
  });
  afterEach(() => desk.stop());

  const entry = async (id: string) => (await owner.call(`/api/-/operations/${id}`)).json;

  it('answers what the registry confirmed, and the ledger says so', async () => {
    const id = randomUUID();
    const answer = await owner.deleteServer('acme/weather', { id });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ success: true, namespace: 'acme', server: 'weather' });
    expect(await entry(id)).toEqual(answer.json?.['operation']);
    expect(await entry(id)).toMatchObject({
      id,
      action: 'delete-server',
      target: 'acme/weather',
      state: 'applied',
      finding: 'confirmed',
      status: 200,
      checking: false,
      createdAt: desk.clock.now().toISOString(),
      settledAt: desk.clock.now().toISOString(),
    });
  });

  it('deletes a namespace-only server and leaves the servers of that namespace alone', async () => {
    const answer = await owner.deleteServer('acme');
    expect(answer.json).toMatchObject({ success: true, namespace: 'acme', server: '' });
    expect([...desk.registry.servers.keys()]).toEqual(['acme/weather', 'other/calendar']);
  });

  it('sends one delete for one operation id, however often it arrives', async () => {
    const id = randomUUID();
    const together = await Promise.all([1, 2, 3].map(() => owner.deleteServer('acme/weather', { id })));
    const later = await owner.deleteServer('acme/weather', { id: id.toUpperCase() });
    for (const answer of [...together, later]) {
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual(together[0]?.json);
    }
    expect(desk.registry.deletes()).toBe(1);
  });

  it('does not delete a server re-created under the name when the same id arrives again', async () => {
    const id = randomUUID();
    await owner.deleteServer('acme/weather', { id });
    desk.registry.servers.set('acme/weather', 'id-second');
    expect((await owner.deleteServer('acme/weather', { id })).status).toBe(200);
    expect(desk.registry.servers.get('acme/weather')).toBe('id-second');
  });

  it('refuses an operation id that stands for another server', async () => {
    const id = randomUUID();
    const [first, second] = await Promise.all([
      owner.deleteServer('acme/weather', { id }),
      owner.deleteServer('acme', { id }),
    ]);
    const third = await owner.deleteServer('acme', { id });
    expect(first.status).toBe(200);
    for (const answer of [second, third]) {
      expect(answer.status).toBe(422);
      expect(answer.json).toMatchObject({ code: 'idempotency-key-reused' });
    }
    expect(desk.registry.servers.has('acme')).toBe(true);
  });

  it('needs an operation id', async () => {
    for (const id of ['', 'one', '00000000-0000-0000-0000-00000000000g']) {
      const answer = await owner.deleteServer('acme/weather', { id });
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({ code: 'idempotency-key-missing' });
    }
    expect(desk.registry.deletes()).toBe(0);
  });

  it('sends nothing where another server has the name by now, and writes the attempt down', async () => {
    const id = randomUUID();
    const answer = await owner.deleteServer('acme/weather', { id, serverId: 'id-as-it-was' });
    expect(answer.status).toBe(409);
    expect(answer.json).toMatchObject({
      code: 'server-changed',
      operation: { id, state: 'refused', finding: 'recreated' },
    });
    expect(await entry(id)).toMatchObject({ state: 'refused', finding: 'recreated' });
    expect((await owner.deleteServer('acme/weather', { id, serverId: 'id-as-it-was' })).status).toBe(409);
    expect(desk.registry.deletes()).toBe(0);
  });

  it('deletes the very server that the owner was looking at', async () => {
    expect((await owner.deleteServer('acme/weather', { serverId: 'id-weather' })).status).toBe(200);
  });

  it('passes a 404 on in the registry’s own words, and tells a server that is gone from one not owned', async () => {
    const gone = await owner.deleteServer('acme/never');
    expect(gone.status).toBe(404);
    expect(gone.json).toMatchObject({
      code: 'registry-refused',
      error: 'Server not found',
      operation: { state: 'refused', finding: 'gone', status: 404 },
    });
    const notOwned = await owner.deleteServer('other/calendar');
    expect(notOwned.status).toBe(404);
    expect(notOwned.json).toMatchObject({
      error: 'Server not found',
      operation: { state: 'refused', finding: 'not-owned', status: 404 },
    });
  });

  it('passes a 404 for a server that was moved on as such, with its new name', async () => {
    applyMove(desk.registry, 'acme/weather', 'acme/storm');
    const byId = await owner.deleteServer('acme/weather', { serverId: 'id-weather' });
    expect(byId.status).toBe(404);
    expect(byId.json).toMatchObject({
      error: 'Server not found',
      operation: { state: 'refused', finding: 'moved', movedTo: 'acme/storm', status: 404 },
    });
    // By the registry's word alone it may be another server of that name which was moved.
    const byWord = await owner.deleteServer('acme/weather');
    expect(byWord.status).toBe(409);
    expect(byWord.json).toMatchObject({
      code: 'outcome-inconclusive',
      operation: { state: 'inconclusive', finding: 'moved', movedTo: 'acme/storm', status: 404 },
    });
    expect(desk.registry.servers.has('acme/storm')).toBe(true);
  });

  it('says that a refused delete was refused, with the registry’s words and its status', async () => {
    for (const status of [400, 403, 409, 422]) {
      const id = randomUUID();
      desk.registry.script = ({ method }, response) =>
        method === 'DELETE'
          ? sendJson(response, status, { error: `No\u202e, \u001b[31m${status}` })
          : undefined;
      const answer = await owner.deleteServer('acme/weather', { id });
      expect(answer.status).toBe(status);
      expect(answer.json).toMatchObject({ code: 'registry-refused', error: `No, ${status}` });
      expect(await entry(id)).toMatchObject({ state: 'refused', finding: null, status });
    }
    expect(desk.registry.deletes()).toBe(4);
  });

  it('tells how long to wait, from either form of Retry-After, at most an hour', async () => {
    const inTwoMinutes = new Date(desk.clock.now().getTime() + 120_000).toUTCString();
    for (const [header, seconds] of [
      ['17', 17],
      [inTwoMinutes, 120],
      ['999999', 3600],
      ['soon', null],
    ] as const) {
      desk.registry.script = ({ method }, response) =>
        method === 'DELETE'
          ? sendJson(response, 429, { error: 'Slow down' }, { 'Retry-After': header })
          : undefined;
      const answer = await owner.deleteServer('acme/weather');
      expect(answer.status).toBe(429);
      expect(answer.json).toMatchObject({ operation: { state: 'refused', retryAfterSeconds: seconds } });
      expect(answer.headers['retry-after']).toBe(seconds === null ? undefined : String(seconds));
    }
    expect(desk.registry.deletes()).toBe(4);
  });

  it('ends the session where the registry no longer takes the key, and the attempt stays in the ledger', async () => {
    desk.registry.script = ({ method }, response) =>
      method === 'DELETE' ? sendJson(response, 401, { error: 'Key revoked' }) : undefined;
    const id = randomUUID();
    const answer = await owner.deleteServer('acme/weather', { id });
    expect(answer.status).toBe(401);
    expect(answer.json).toMatchObject({ code: 'signed-out', operation: { state: 'refused', status: 401 } });
    expect((await owner.call('/api/-/session')).status).toBe(401);
    owner = await desk.signedIn();
    expect(await entry(id)).toMatchObject({ state: 'refused', status: 401 });
  });

  it('completes although the session ends meanwhile, and the outcome is there after signing in again', async () => {
    const id = randomUUID();
    let answerNow = () => {};
    desk.registry.script = (request, response) => {
      if (request.method !== 'DELETE') return undefined;
      applyDelete(desk.registry, request);
      answerNow = () => void sendJson(response, 200, { success: true, namespace: 'acme', server: 'weather' });
      signOutNow();
      return true;
    };
    let signOutNow = () => {};
    const arrived = new Promise<void>((resolve) => {
      signOutNow = resolve;
    });
    const answering = owner.deleteServer('acme/weather', { id });
    await arrived;
    await owner.call('/api/-/session', { method: 'DELETE' });
    answerNow();
    expect((await answering).status).toBe(200);
    owner = await desk.signedIn();
    expect(await entry(id)).toMatchObject({ state: 'applied', finding: 'confirmed' });
  });

  it('keeps the sealed key no longer than it may be needed', async () => {
    await owner.deleteServer('acme/weather');
    const row = await desk.database.db.selectFrom('operations').selectAll().executeTakeFirstOrThrow();
    expect(row.key_sealed).toBeNull();
  });
});
