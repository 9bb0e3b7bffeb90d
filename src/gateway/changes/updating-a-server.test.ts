import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { quickLimits } from '#e2e/support/running-gateway.ts';
import { applyMove, applyUpdate, sendJson } from '#e2e/support/scripted-registry.ts';
import { eventually, startTestDesk, type TestDesk } from '#e2e/support/test-desk.ts';
import type { Visitor } from '#e2e/support/visitor.ts';

const limits = { ...quickLimits, headersMs: 1000, totalMs: 1000, briefCheckMs: 1000 };

describe.each(engines)('updating a server, with the ledger on %s', (engine) => {
  let desk: TestDesk;
  let owner: Visitor;
  beforeEach(async () => {
    desk = await startTestDesk(engine, { limits });
    owner = await desk.signedIn();
  });
  afterEach(() => desk.stop());

  const entry = async (id: string) => (await owner.call(`/api/-/operations/${id}`)).json;
  const settled = (id: string) =>
    eventually(
      () => entry(id),
      (operation) => operation?.['checking'] === false && operation['state'] !== 'sending',
    );
  const updates = () => desk.registry.requests.filter(({ method }) => method === 'PATCH').length;

  /** Plays a registry that gives no answer to an update, and changes the server or not. */
  function losingAnswers(change: 'made' | 'not made' | 'another'): void {
    desk.registry.script = (request, response, incoming) => {
      if (request.method !== 'PATCH') return undefined;
      void (async () => {
        if (change === 'made') await applyUpdate(desk.registry, request, incoming);
        if (change === 'another') desk.registry.changed.set('acme/weather', { displayName: 'Neither' });
        response.destroy();
      })();
      return true;
    };
  }

  it('passes the fields on and answers what the registry confirmed, and the ledger says so', async () => {
    const id = randomUUID();
    const answer = await owner.updateServer(
      'acme/weather',
      { displayName: ' Weather ', license: null, unlisted: true, unheardOf: 1 },
      { id },
    );
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ success: true, namespace: 'acme', server: 'weather' });
    expect(desk.registry.changed.get('acme/weather')).toEqual({
      displayName: 'Weather',
      license: null,
      unlisted: true,
    });
    expect(await entry(id)).toEqual(answer.json?.['operation']);
    expect(await entry(id)).toMatchObject({
      action: 'update-server',
      target: 'acme/weather',
      state: 'applied',
      finding: 'confirmed',
      status: 200,
      repeatable: true,
    });
  });

  it('sends one update for one operation id, however often it arrives', async () => {
    const id = randomUUID();
    const change = { description: 'New' };
    const together = await Promise.all(
      [1, 2, 3].map(() => owner.updateServer('acme/weather', change, { id })),
    );
    const later = await owner.updateServer('acme/weather', change, { id: id.toUpperCase() });
    for (const answer of [...together, later]) {
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual(together[0]?.json);
    }
    expect(updates()).toBe(1);
  });

  it('refuses an operation id that stands for another change: other fields, another server, a delete', async () => {
    const id = randomUUID();
    // Which of two comes first is nobody's to say.
    const together = await Promise.all(
      ['New', 'Newer'].map((description) => owner.updateServer('acme/weather', { description }, { id })),
    );
    expect(together.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 422]);
    for (const answer of [
      ...together.filter(({ status }) => status === 422),
      await owner.updateServer('acme/weather', { description: 'Newest' }, { id }),
      await owner.updateServer('acme', { description: 'New' }, { id }),
      await owner.deleteServer('acme/weather', { id }),
    ]) {
      expect(answer.status).toBe(422);
      expect(answer.json).toMatchObject({ code: 'idempotency-key-reused' });
    }
    expect(updates()).toBe(1);
    expect(desk.registry.deletes()).toBe(0);
  });

  it('keeps nothing of the body that could be read, in any column', async () => {
    const canary = 'canary-3f9Qx';
    losingAnswers('not made');
    await owner.updateServer('acme/weather', { description: canary, homepage: `https://${canary}.example` });
    const rows = await desk.database.db.selectFrom('operations').selectAll().execute();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(canary);
    expect(rows[0]?.body_print).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    [{}, undefined],
    [[], undefined],
    ['text', undefined],
    [{ displayName: 7 }, 'displayName'],
    [{ unlisted: 'yes' }, 'unlisted'],
    [{ homepage: { deep: 1 } }, 'homepage'],
  ])('refuses %j before anything is written or sent, and names the field', async (body, field) => {
    const answer = await owner.updateServer('acme/weather', body);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'bad-request' });
    expect(answer.json?.['field']).toBe(field);
    expect(updates()).toBe(0);
    expect((await owner.call('/api/-/operations')).json).toMatchObject({ operations: [] });
  });

  it('refuses a body that is too large, no JSON, or nested without end', async () => {
    const send = (body: string, type = 'application/json') =>
      owner.call('/api/servers/acme%2Fweather', {
        method: 'PATCH',
        headers: { 'Idempotency-Key': randomUUID(), 'Content-Type': type },
        body,
      });
    expect((await send(JSON.stringify({ description: 'x'.repeat(300_000) }))).status).toBe(413);
    expect((await send('{"description":')).status).toBe(400);
    expect((await send('{"description":"x"}', 'text/plain')).status).toBe(400);
    expect((await send(`{"description":${'['.repeat(5000)}${']'.repeat(5000)}}`)).status).toBe(400);
    expect(updates()).toBe(0);
  });

  it('passes a refusal on in the registry’s words, with the field to blame', async () => {
    const error = 'homepage: must be a URL';
    desk.registry.script = ({ method }, response) =>
      method === 'PATCH' ? sendJson(response, 400, { error }, { 'Touchmark-Field': 'homepage' }) : undefined;
    const id = randomUUID();
    const first = await owner.updateServer('acme/weather', { homepage: 'x' }, { id });
    const repeated = await owner.updateServer('acme/weather', { homepage: 'x' }, { id });
    for (const answer of [first, repeated]) {
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({ code: 'registry-refused', error, field: 'homepage' });
    }
    expect(await entry(id)).toMatchObject({ state: 'refused', finding: null, status: 400 });
  });

  it('tells a server that is gone from one that this key does not own', async () => {
    const gone = await owner.updateServer('acme/never', { description: 'New' });
    expect(gone.json).toMatchObject({ status: 404, operation: { state: 'refused', finding: 'gone' } });
    const notOwned = await owner.updateServer('other/calendar', { description: 'New' });
    expect(notOwned.json).toMatchObject({
      status: 404,
      operation: { state: 'refused', finding: 'not-owned' },
    });
  });

  it('says of no server that this key does not own it where the registry counts namespaces and tells none', async () => {
    desk.registry.script = ({ target }, response) =>
      target === '/namespaces'
        ? sendJson(response, 200, { namespaces: [], pagination: { totalCount: 2 } })
        : undefined;
    const answer = await owner.updateServer('other/calendar', { description: 'New' });
    expect(answer.json).toMatchObject({ status: 404, operation: { state: 'refused' } });
    expect(answer.json).not.toMatchObject({ operation: { finding: 'not-owned' } });
  });

  it('sends nothing where another server has the name by now', async () => {
    const answer = await owner.updateServer(
      'acme/weather',
      { description: 'New' },
      { serverId: 'id-as-it-was' },
    );
    expect(answer.status).toBe(409);
    expect(answer.json).toMatchObject({ code: 'server-changed', operation: { finding: 'recreated' } });
    expect(updates()).toBe(0);
  });

  it('whose answer is lost is found out by checking, and never sent again', async () => {
    const id = randomUUID();
    losingAnswers('made');
    const answer = await owner.updateServer('acme/weather', { displayName: 'New', homepage: null }, { id });
    expect(answer.status).toBe(502);
    expect(answer.json).toMatchObject({ code: 'outcome-unknown', operation: { state: 'unknown' } });
    expect(await settled(id)).toMatchObject({ state: 'applied', finding: 'as-asked' });
    expect(
      (await owner.updateServer('acme/weather', { displayName: 'New', homepage: null }, { id })).status,
    ).toBe(200);
    expect(updates()).toBe(1);
  });

  it('whose answer is lost and that was not made is told as such', async () => {
    const id = randomUUID();
    losingAnswers('not made');
    await owner.updateServer('acme/weather', { displayName: 'New' }, { id });
    expect(await settled(id)).toMatchObject({ state: 'refused', finding: 'as-before' });
  });

  it('stays unknown where a check finds neither what was asked for nor what was there, or cannot see it', async () => {
    const ids = [randomUUID(), randomUUID()] as const;
    losingAnswers('another');
    await owner.updateServer('acme/weather', { displayName: 'New' }, { id: ids[0] });
    losingAnswers('made');
    await owner.updateServer('acme/weather', { license: 'MIT' }, { id: ids[1] });
    for (const id of ids) expect(await settled(id)).toMatchObject({ state: 'unknown', finding: null });
  });

  it.each<[string, Record<string, unknown>, () => void, object]>([
    [
      'moved, and shows what was asked',
      { displayName: 'New' },
      () => {
        applyMove(desk.registry, 'acme/weather', 'acme/storm');
        desk.registry.changed.set('acme/storm', { displayName: 'New' });
      },
      { state: 'applied', finding: 'as-asked' },
    ],
    [
      'moved, and does not show what was asked',
      { license: 'MIT' },
      () => applyMove(desk.registry, 'acme/weather', 'acme/storm'),
      { state: 'inconclusive', finding: 'moved', movedTo: 'acme/storm' },
    ],
    [
      'deleted',
      { displayName: 'New' },
      () => desk.registry.servers.delete('acme/weather'),
      { state: 'inconclusive', finding: 'nowhere' },
    ],
    [
      'deleted, and another created',
      { displayName: 'New' },
      () => desk.registry.servers.set('acme/weather', 'id-second'),
      { state: 'inconclusive', finding: 'another-there' },
    ],
  ])(
    'whose answer is lost while the server is %s, claims what is known',
    async (_what, change, act, found) => {
      desk.registry.script = ({ method }, response) => {
        if (method !== 'PATCH') return undefined;
        act();
        response.destroy();
        return true;
      };
      const id = randomUUID();
      await owner.updateServer('acme/weather', change, { id });
      expect(await settled(id)).toMatchObject(found);
      expect(updates()).toBe(1);
    },
  );

  it('that a gateway did not live to settle is found out by the next one', async () => {
    const id = randomUUID();
    const arrived = new Promise<void>((resolve) => {
      desk.registry.script = (request, _response, incoming) => {
        if (request.method !== 'PATCH') return undefined;
        void applyUpdate(desk.registry, request, incoming).then(resolve);
        return true;
      };
    });
    owner.updateServer('acme/weather', { description: 'New' }, { id }).catch(() => {});
    await arrived;
    await desk.restart({ limits });
    owner = await desk.signedIn();
    expect(await settled(id)).toMatchObject({ state: 'applied', finding: 'as-asked' });
    expect(updates()).toBe(1);
  });
});
