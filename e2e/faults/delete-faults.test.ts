import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Limits } from '#gateway/gateway-limits.ts';
import type { Fault } from '../support/fault-proxy.ts';
import { hastyLimits, quickLimits } from '../support/running-gateway.ts';
import { applyDelete, sendJson, type SeenRequest } from '../support/scripted-registry.ts';
import { eventually, startTestDesk, type TestDesk } from '../support/test-desk.ts';
import type { Visitor } from '../support/visitor.ts';

describe('a delete whose answer is lost', () => {
  let desk: TestDesk;
  let owner: Visitor;
  beforeEach(async () => {
    desk = await startTestDesk();
    owner = await desk.signedIn();
  });
  afterEach(() => desk.stop());

  const entry = async (id: string) => (await owner.call(`/api/-/operations/${id}`)).json;
  const settled = (id: string) =>
    eventually(
      () => entry(id),
      (operation) => operation?.['checking'] === false,
    );
  const onDelete = (act: (request: SeenRequest, response: ServerResponse) => true) => {
    desk.registry.script = (request, response) =>
      request.method === 'DELETE' ? act(request, response) : undefined;
  };

  /** Only where a time limit is to pass does the gateway have short ones. */
  async function use(limits: Partial<Limits>): Promise<void> {
    await desk.restart({ limits });
    owner = await desk.signedIn();
  }

  it.each<[Fault, Partial<Limits>]>([
    ['reset-after', quickLimits],
    ['reset-at-once', quickLimits],
    ['close-after', quickLimits],
    ['truncate', quickLimits],
    ['garbage', quickLimits],
    ['hang-after', hastyLimits],
    ['drip', hastyLimits],
  ])('is unknown at first and found to be done, sent once (%s)', async (fault, limits) => {
    await use(limits);
    desk.proxy.fault = ({ method }) => (method === 'DELETE' ? fault : null);
    const id = randomUUID();
    const answer = await owner.deleteServer('acme/weather', { id });
    expect(answer.status).toBe(502);
    expect(answer.json).toMatchObject({
      code: 'outcome-unknown',
      operation: { id, state: 'unknown', checking: true, settledAt: null },
    });
    expect(await settled(id)).toMatchObject({ state: 'applied', finding: 'gone' });
    expect(desk.registry.deletes()).toBe(1);
    expect(desk.registry.servers.has('acme/weather')).toBe(false);
    expect((await owner.deleteServer('acme/weather', { id })).status).toBe(200);
    expect(desk.registry.deletes()).toBe(1);
  });

  it.each<[Fault, Partial<Limits>]>([
    ['reset-before', quickLimits],
    ['close-before', quickLimits],
    ['hang-before', hastyLimits],
  ])('is unknown at first and found not to be done, never sent again (%s)', async (fault, limits) => {
    await use(limits);
    desk.proxy.fault = ({ method }) => (method === 'DELETE' ? fault : null);
    const id = randomUUID();
    const answer = await owner.deleteServer('acme/weather', { id });
    expect(answer.status).toBe(502);
    expect(answer.json).toMatchObject({ code: 'outcome-unknown', operation: { state: 'unknown' } });
    expect(await settled(id)).toMatchObject({ state: 'refused', finding: 'still-there' });
    expect(desk.registry.servers.has('acme/weather')).toBe(true);
    expect(desk.proxy.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
    expect(desk.registry.deletes()).toBe(0);
  });

  it.each([500, 502, 503, 504, 302, 204])(
    'is looked into where the status proves nothing (%i)',
    async (status) => {
      onDelete((request, response) => {
        applyDelete(desk.registry, request);
        response.writeHead(status, { Location: '/servers', 'Retry-After': '1' }).end();
        return true;
      });
      const id = randomUUID();
      expect((await owner.deleteServer('acme/weather', { id })).status).toBe(502);
      expect(await settled(id)).toMatchObject({ state: 'applied', finding: 'gone' });
      expect(desk.registry.deletes()).toBe(1);
    },
  );

  it.each([
    ['an HTML page', 'text/html', '<h1>Fine</h1>'],
    ['cut JSON', 'application/json', '{"success": tr'],
    ['another server', 'application/json', '{"success":true,"namespace":"acme","server":""}'],
    [
      'a name in the wrong parts',
      'application/json',
      '{"success":true,"namespace":"acme/weather","server":""}',
    ],
    [
      'parts that only join well',
      'application/json',
      '{"success":true,"namespace":"","server":"acme/weather"}',
    ],
    ['no success', 'application/json', '{"success":false,"namespace":"acme","server":"weather"}'],
    ['nothing', 'application/json', ''],
  ])('is no success where a 200 brings %s', async (_what, type, body) => {
    onDelete((_request, response) => {
      response.writeHead(200, { 'Content-Type': type }).end(body);
      return true;
    });
    const id = randomUUID();
    const answer = await owner.deleteServer('acme/weather', { id });
    expect(answer.status).toBe(502);
    expect(answer.text).not.toContain('<h1>');
    expect(await settled(id)).toMatchObject({ state: 'refused', finding: 'still-there', status: 200 });
  });

  it('is not called gone while the list still has the server, whatever its own page says', async () => {
    desk.registry.script = ({ method, target }, response) => {
      if (method === 'DELETE') return sendJson(response, 500, { error: 'Oops' });
      if (target === '/servers/acme%2Fweather') return sendJson(response, 404, { error: 'Server not found' });
      return undefined;
    };
    const id = randomUUID();
    await owner.deleteServer('acme/weather', { id });
    expect(await settled(id)).toMatchObject({ state: 'unknown' });
  });

  it('is not called "still there" while the registry is at work on it', async () => {
    onDelete((request, response) => {
      response.socket?.destroy();
      setTimeout(() => applyDelete(desk.registry, request), 100);
      return true;
    });
    const id = randomUUID();
    await owner.deleteServer('acme/weather', { id });
    expect(await settled(id)).toMatchObject({ state: 'applied', finding: 'gone' });
  });

  it('leaves a server alone that was created under the name meanwhile', async () => {
    onDelete((request, response) => {
      applyDelete(desk.registry, request);
      desk.registry.servers.set('acme/weather', 'id-second');
      response.socket?.destroy();
      return true;
    });
    const id = randomUUID();
    await owner.deleteServer('acme/weather', { id });
    expect(await settled(id)).toMatchObject({ state: 'refused', finding: 'recreated' });
    expect(desk.registry.servers.get('acme/weather')).toBe('id-second');
    expect(desk.registry.deletes()).toBe(1);
  });

  it('says that it cannot compare where the list never showed the server', async () => {
    desk.registry.script = ({ method, target }, response) => {
      if (target.startsWith('/servers?')) return sendJson(response, 500, { error: 'List is down' });
      if (method !== 'DELETE') return undefined;
      response.socket?.destroy();
      return true;
    };
    const id = randomUUID();
    await owner.deleteServer('acme/weather', { id });
    const operation = await settled(id);
    expect(operation).toMatchObject({ state: 'refused', finding: 'still-there' });
    expect(operation?.['message']).toContain('could not be compared');
  });

  it('takes a 404 of a proxy on the way for no sign that the server is gone', async () => {
    let isUp = false;
    desk.registry.script = ({ method, target }, response) => {
      if (method === 'DELETE') response.socket?.destroy();
      else if (isUp || !target.startsWith('/servers/')) return undefined;
      else response.writeHead(404, { 'Content-Type': 'text/html' }).end('<h1>No such backend</h1>');
      return true;
    };
    const id = randomUUID();
    await owner.deleteServer('acme/weather', { id });
    expect(await settled(id)).toMatchObject({ state: 'unknown' });
    isUp = true;
    const checked = await owner.call(`/api/-/operations/${id}/check`, { method: 'POST' });
    expect(checked.json).toMatchObject({ state: 'refused', finding: 'still-there' });
  });

  it('stays visibly unknown while nobody can look, and "check again" finds the truth later', async () => {
    onDelete((request, response) => {
      applyDelete(desk.registry, request);
      response.socket?.destroy();
      return true;
    });
    desk.proxy.fault = ({ method, target }) =>
      method === 'GET' && target.startsWith('/servers/') ? 'reset-before' : null;
    const id = randomUUID();
    await owner.deleteServer('acme/weather', { id });
    const unknown = await settled(id);
    expect(unknown).toMatchObject({ state: 'unknown', checking: false, settledAt: null });
    expect(unknown?.['checkedAt']).not.toBeNull();
    expect((await owner.call('/api/-/operations?state=unknown')).json).toMatchObject({
      operations: [{ id }],
    });

    desk.proxy.fault = () => null;
    const looks = () => desk.registry.requests.filter(({ target }) => target.startsWith('/servers/')).length;
    const looksBefore = looks();
    const checks = await Promise.all(
      [1, 2, 3].map(() => owner.call(`/api/-/operations/${id}/check`, { method: 'POST' })),
    );
    for (const { json } of checks) expect(json).toMatchObject({ state: 'applied', finding: 'gone' });
    expect(looks() - looksBefore).toBe(1);
    expect(desk.registry.deletes()).toBe(1);
  });

  it('stops looking with a key that the registry no longer takes', async () => {
    onDelete((_request, response) => {
      desk.registry.owners.clear();
      response.socket?.destroy();
      return true;
    });
    const id = randomUUID();
    await owner.deleteServer('acme/weather', { id });
    await eventually(
      () => desk.database.db.selectFrom('operations').selectAll().executeTakeFirstOrThrow(),
      (row) => row.key_sealed === null,
    );
    expect(await settled(id)).toMatchObject({ state: 'unknown', checking: false });
  });

  it('is not even sent where the registry cannot be reached, and says so', async () => {
    await desk.proxy.close();
    const id = randomUUID();
    const answer = await owner.deleteServer('acme/weather', { id });
    expect(answer.status).toBe(502);
    expect(answer.json).toMatchObject({
      code: 'registry-unreachable',
      operation: { state: 'refused', finding: null, status: null, checking: false },
    });
    expect(await entry(id)).toMatchObject({ state: 'refused' });
  });

  it('goes over a connection of its own, on which nothing was sent before', async () => {
    await owner.call('/api/servers/acme%2Fweather');
    await owner.deleteServer('acme/weather');
    const connections = desk.proxy.requests.filter(({ method }) => method === 'DELETE');
    expect(connections).toHaveLength(1);
    const { connection, position } = connections[0] ?? { connection: -1, position: -1 };
    expect(position).toBe(0);
    expect(desk.proxy.requests.filter((request) => request.connection === connection)).toHaveLength(1);
  });

  it('completes although the browser hangs up, and the ledger has the outcome', async () => {
    let answerNow = () => {};
    const arrived = new Promise<void>((resolve) => {
      onDelete((request, response) => {
        applyDelete(desk.registry, request);
        answerNow = () =>
          void sendJson(response, 200, { success: true, namespace: 'acme', server: 'weather' });
        resolve();
        return true;
      });
    });
    const id = randomUUID();
    const hangUp = new AbortController();
    const leaving = fetch(`${desk.running.url}/api/servers/acme%2Fweather`, {
      method: 'DELETE',
      signal: hangUp.signal,
      headers: {
        'Touchmark-Client': 'web',
        'Sec-Fetch-Site': 'same-origin',
        'Idempotency-Key': id,
        Cookie: [...owner.cookies].map((pair) => pair.join('=')).join('; '),
      },
    }).catch((error: unknown) => error);
    await arrived;
    hangUp.abort();
    expect(await leaving).toMatchObject({ name: 'AbortError' });
    answerNow();
    const operation = await eventually(
      () => entry(id),
      (found) => found?.['state'] !== 'sending',
    );
    expect(operation).toMatchObject({ state: 'applied', finding: 'confirmed' });
  });
});
