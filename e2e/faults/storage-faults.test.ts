import { randomUUID } from 'node:crypto';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyDelete, sendJson } from '../support/scripted-registry.ts';
import { eventually, startTestDesk, type TestDesk } from '../support/test-desk.ts';
import type { Visitor } from '../support/visitor.ts';

describe('a database that cannot be written to', () => {
  let desk: TestDesk;
  let owner: Visitor;
  let other: DatabaseSyncInstance;
  beforeEach(async () => {
    desk = await startTestDesk('sqlite');
    owner = await desk.signedIn();
    const { location } = desk.database;
    other = new DatabaseSync(location.engine === 'sqlite' ? location.path : '');
    // Waiting for a lock is the database's business; how long does not matter here.
    await sql`pragma busy_timeout = 20`.execute(desk.database.db);
  });
  afterEach(async () => {
    other.close();
    await desk.stop();
  });

  const expectRefusedUnsent = async () => {
    const answer = await owner.deleteServer('acme/weather');
    expect(answer.status).toBe(503);
    expect(answer.json).toMatchObject({ code: 'storage-failed' });
    expect(answer.json?.['error']).toContain('not sent');
    expect(desk.registry.deletes()).toBe(0);
  };

  it('refuses a delete before anything is sent while it is locked; reads go on, and so do deletes afterwards', async () => {
    other.exec('begin immediate');
    await expectRefusedUnsent();
    expect((await owner.call('/api/servers')).status).toBe(200);
    // Old enough that its last use would be written down now.
    desk.clock.advance(5 * 60_000);
    expect((await owner.call('/api/-/session')).status).toBe(200);
    expect((await owner.call('/api/-/operations')).json).toMatchObject({ operations: [] });
    other.exec('rollback');
    expect((await owner.deleteServer('acme/weather')).status).toBe(200);
  });

  it('lets nobody wait but who writes while another holds the lock for a while', async () => {
    await sql`pragma busy_timeout = 10000`.execute(desk.database.db);
    other.exec('begin immediate');
    const deleting = owner.deleteServer('acme/weather');
    for (const path of ['/healthz', '/readyz', '/api/servers', '/api/-/session', '/api/-/operations']) {
      expect([path, (await owner.call(path)).status]).toEqual([path, 200]);
    }
    expect(desk.registry.deletes()).toBe(0);
    other.exec('rollback');
    expect((await deleting).status).toBe(200);
    expect(desk.registry.deletes()).toBe(1);
  });

  it('refuses a delete before anything is sent while the disk is full; reads go on', async () => {
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(desk.database.db);
    await sql`pragma max_page_count = ${sql.lit(rows[0]?.page_count ?? 1)}`.execute(desk.database.db);
    // What is left of the last pages goes first.
    const filler = { ...anEntry, registry: desk.proxy.url, message: 'x'.repeat(500) };
    const fill = async (): Promise<void> => {
      await desk.database.db
        .insertInto('operations')
        .values({ ...filler, id: randomUUID() })
        .execute();
      return fill();
    };
    await expect(fill()).rejects.toThrow(/full/);
    await expectRefusedUnsent();
    expect((await owner.call('/api/servers')).status).toBe(200);
  });

  /** Has the registry do a delete and confirm it, and the database take nothing from that moment on. */
  function confirmAndLock(): void {
    desk.registry.script = (request, response) => {
      if (request.method !== 'DELETE') return undefined;
      other.exec('begin immediate');
      applyDelete(desk.registry, request);
      return sendJson(response, 200, { success: true, namespace: 'acme', server: 'weather' });
    };
  }

  it('does not change what is told where it fails after the registry confirmed; the ledger learns it later, as it was', async () => {
    confirmAndLock();
    const id = randomUUID();
    const confirmed = { state: 'applied', finding: 'confirmed' };
    const answer = await owner.deleteServer('acme/weather', { id });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ operation: confirmed });
    // Another server gets the name before the outcome is written down: it says nothing about the delete.
    desk.registry.servers.set('acme/weather', 'id-second');
    const ask = async () => (await owner.call(`/api/-/operations/${id}`)).json;
    expect(await ask()).toMatchObject(confirmed);
    expect((await owner.call(`/api/-/operations/${id}/check`, { method: 'POST' })).status).not.toBe(409);
    expect((await owner.deleteServer('acme/weather', { id })).json).toEqual(answer.json);
    const written = async () =>
      (await desk.database.db.selectFrom('operations').selectAll().executeTakeFirstOrThrow()).state;
    expect(await written()).toBe('sending');
    // Longer than checks of an unknown outcome go on.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await written()).toBe('sending');
    other.exec('rollback');
    expect(await eventually(written, (state) => state !== 'sending')).toBe('applied');
    expect(await ask()).toMatchObject({ ...confirmed, checking: false });
    expect(desk.registry.deletes()).toBe(1);
    expect(desk.registry.servers.has('acme/weather')).toBe(true);
  });

  it('is written down at the last moment where the gateway is stopped meanwhile', async () => {
    confirmAndLock();
    expect((await owner.deleteServer('acme/weather')).status).toBe(200);
    other.exec('rollback');
    await desk.running.gateway.close();
    const row = await desk.database.db.selectFrom('operations').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({ state: 'applied', finding: 'confirmed', key_sealed: null });
  });

  it('is said at the last moment where it cannot be written down even then, and the rest is closed', async () => {
    confirmAndLock();
    const id = randomUUID();
    expect((await owner.deleteServer('acme/weather', { id })).status).toBe(200);
    await expect(desk.running.gateway.close()).rejects.toThrow(
      'The outcome of 1 change could not be written down: it is in the log, and is looked up at the next start.',
    );
    other.exec('rollback');
    const said = desk.running.log.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(said).toContainEqual(
      expect.objectContaining({
        msg: 'outcome known and not written',
        operation: id,
        state: 'applied',
        finding: 'confirmed',
        status: 200,
      }),
    );
    // Closed again when the test ends, with nothing more to say.
    await desk.restart();
  });

  it('shows in readiness only where it cannot even be read', async () => {
    other.exec('begin immediate');
    expect((await owner.call('/readyz')).status).toBe(200);
    other.exec('rollback');
    await desk.database.db.destroy();
    expect((await owner.call('/readyz')).json).toMatchObject({ database: 'unreachable', registry: 'ready' });
    expect((await owner.call('/healthz')).status).toBe(200);
    const answer = await owner.call('/api/servers');
    expect(answer.status).toBe(503);
    expect(answer.json).toMatchObject({ code: 'storage-failed' });
  });
});

const anEntry = {
  action: 'delete-server' as const,
  target: 'acme/other',
  namespace: 'acme',
  target_id: null,
  actor: 'somebody',
  key_sealed: null,
  state: 'refused' as const,
  finding: null,
  status: null,
  retry_after: null,
  request_id: '',
  user_agent: null,
  created_at: '2026-01-01T00:00:00.000Z',
  settled_at: null,
  checked_at: null,
};
