import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { engines } from '../support/databases.ts';
import { quickLimits } from '../support/running-gateway.ts';
import { applyDelete, type SeenRequest } from '../support/scripted-registry.ts';
import { eventually, startTestDesk, type TestDesk } from '../support/test-desk.ts';
import type { Visitor } from '../support/visitor.ts';

describe.each(engines)('a delete that a gateway did not live to settle, on %s', (engine) => {
  let desk: TestDesk;
  let owner: Visitor;
  beforeEach(async () => {
    // Waits for an answer far longer than a test takes: what is settled after a restart, the new gateway settled.
    desk = await startTestDesk(engine, { limits: { ...quickLimits, headersMs: 60_000, totalMs: 60_000 } });
    owner = await desk.signedIn();
  });
  afterEach(() => desk.stop());

  const settled = (id: string) =>
    eventually(
      async () => (await owner.call(`/api/-/operations/${id}`)).json,
      (operation) => operation?.['checking'] === false,
    );

  /** Begins a delete and resolves when the registry has it; `act` plays the registry, and no answer ever comes. */
  async function leaveOpen(id: string, act: (request: SeenRequest) => void): Promise<void> {
    const unanswered: ServerResponse[] = [];
    const arrived = new Promise<void>((resolve) => {
      desk.registry.script = (request, response) => {
        if (request.method !== 'DELETE') return undefined;
        act(request);
        unanswered.push(response);
        resolve();
        return true;
      };
    });
    owner.deleteServer('acme/weather', { id }).catch(() => {});
    await arrived;
  }

  it('is settled after the restart where the registry had done it, and not sent again', async () => {
    const id = randomUUID();
    await leaveOpen(id, (request) => applyDelete(desk.registry, request));
    await desk.restart({ limits: quickLimits });
    owner = await desk.signedIn();
    expect(await settled(id)).toMatchObject({ state: 'applied', finding: 'nowhere' });
    expect((await owner.deleteServer('acme/weather', { id })).status).toBe(200);
    expect(desk.registry.deletes()).toBe(1);
  });

  it('is settled after the restart where the registry never did it, and not sent again', async () => {
    const id = randomUUID();
    await leaveOpen(id, () => {});
    await desk.restart({ limits: quickLimits });
    owner = await desk.signedIn();
    expect(await settled(id)).toMatchObject({ state: 'refused', finding: 'still-there' });
    expect(desk.registry.deletes()).toBe(1);
    expect(desk.registry.servers.has('acme/weather')).toBe(true);
  });

  it('stays unknown after a restart with another secret, until its owner looks with a key', async () => {
    const id = randomUUID();
    await leaveOpen(id, (request) => applyDelete(desk.registry, request));
    await desk.restart({ limits: quickLimits, secret: new Uint8Array(32).fill(9) });
    owner = await desk.signedIn();
    expect(await settled(id)).toMatchObject({ state: 'unknown', checking: false });
    const checked = await owner.call(`/api/-/operations/${id}/check`, { method: 'POST' });
    expect(checked.json).toMatchObject({ state: 'applied', finding: 'nowhere' });
  });

  it('is waited for where the gateway is stopped in order', async () => {
    let finish = () => {};
    const arrived = new Promise<void>((resolve) => {
      desk.registry.script = (request, response) => {
        if (request.method !== 'DELETE') return undefined;
        finish = () => {
          applyDelete(desk.registry, request);
          response.writeHead(200, { 'Content-Type': 'application/json' });
          response.end(JSON.stringify({ success: true, namespace: 'acme', server: 'weather' }));
        };
        resolve();
        return true;
      };
    });
    const id = randomUUID();
    const answering = owner.deleteServer('acme/weather', { id });
    await arrived;
    const closed = desk.running.gateway.close();
    finish();
    await closed;
    const row = await desk.database.db.selectFrom('operations').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({ id, state: 'applied', finding: 'confirmed' });
    expect((await answering).status).toBe(200);
  });
});
