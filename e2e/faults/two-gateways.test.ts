import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { joinProcesses, type Processes } from '#database/processes.ts';
import { createTestDatabase, engines, type TestDatabase } from '../support/databases.ts';
import { quickLimits, startGateway, type RunningGateway } from '../support/running-gateway.ts';
import {
  API_KEY,
  applyDelete,
  sendJson,
  startScriptedRegistry,
  type ScriptedRegistry,
} from '../support/scripted-registry.ts';
import { eventually } from '../support/test-desk.ts';
import { createVisitor, type Visitor } from '../support/visitor.ts';

const TIMES = { beatMs: 50, leaseMs: 1000 };
const NAMES = {
  method: 'DELETE',
  status: 200,
  body: { success: true, namespace: 'acme', server: 'weather' },
};

interface Running extends RunningGateway {
  process: Processes;
  /** Ends it as kill -9 does. */
  kill(): Promise<void>;
}

describe.each(engines)('two gateways on one %s database', (engine) => {
  let database: TestDatabase;
  let registry: ScriptedRegistry;
  let started: Running[];
  beforeEach(async () => {
    database = await createTestDatabase(engine);
    registry = await startScriptedRegistry();
    started = [];
  });
  afterEach(async () => {
    // First, so that nobody waits for an answer that is not to come.
    await registry.close();
    for (const running of started) {
      await running.stop();
      await running.process.leave();
    }
    await database.drop();
  });

  async function start(): Promise<Running> {
    let running: Running | undefined;
    let isKilled = false;
    // Killed, it gives no sign of life: `present` is all that would.
    const process = await joinProcesses({
      db: database.db,
      registry: registry.url,
      url: '',
      now: () => new Date(),
      alone: false,
      times: TIMES,
      onBeat: async () => {
        if (!isKilled) await running?.gateway.takeOverOperations();
      },
    });
    const gateway = await startGateway({
      db: database.db,
      registryUrl: registry.url,
      process,
      limits: { ...quickLimits, totalMs: 60_000, headersMs: 60_000, sessionCheckMs: 50 },
      signIn: { mintKey: async () => API_KEY, revokeKey: async () => {} },
    });
    running = {
      ...gateway,
      process,
      kill: async () => {
        isKilled = true;
        await gateway.vanish();
        // Its row stays as it was, as that of a process that ended without a word.
        const row = await database.db
          .selectFrom('processes')
          .selectAll()
          .where('id', '=', process.id)
          .executeTakeFirstOrThrow();
        await process.leave();
        await database.db.insertInto('processes').values(row).execute();
      },
    };
    started.push(running);
    await gateway.gateway.takeOverOperations();
    return running;
  }

  /** The same browser at another gateway, as behind one name for both. */
  function sameBrowser(visitor: Visitor, from: Running, at: Running): Visitor {
    const other = createVisitor(at.url);
    for (const [name, value] of visitor.cookies)
      other.cookies.set(name.replace(String(from.port), String(at.port)), value);
    return other;
  }

  /** Lets the registry keep the next delete unanswered, once it did it, until told. */
  function holdDelete(): { arrived: Promise<void>; answer: () => void } {
    const held: ServerResponse[] = [];
    const arrived = new Promise<void>((resolve) => {
      registry.script = (request, response) => {
        if (request.method !== 'DELETE') return undefined;
        held.push(response);
        applyDelete(registry, request);
        resolve();
        return true;
      };
    });
    return {
      arrived,
      answer: () => {
        for (const response of held.splice(0)) sendJson(response, NAMES.status, NAMES.body);
      },
    };
  }

  async function signedIn(at: Running): Promise<Visitor> {
    const visitor = at.visitor();
    expect((await visitor.signIn({ apiKey: API_KEY })).status).toBe(200);
    return visitor;
  }

  it('have one session: a browser is signed in at both, and signed out of both', async () => {
    const [first, second] = [await start(), await start()];
    const owner = await signedIn(first);
    const elsewhere = sameBrowser(owner, first, second);
    expect((await elsewhere.call('/api/-/session')).status).toBe(200);
    expect((await elsewhere.call('/api/-/session', { method: 'DELETE' })).status).toBe(204);
    expect((await owner.call('/api/-/session')).status).toBe(401);
  });

  it('take a sign-in link of either, once', async () => {
    const [first, second] = [await start(), await start()];
    const code = await first.gateway.createSignInCode();
    expect((await second.visitor().signIn({ code })).status).toBe(200);
    expect((await first.visitor().signIn({ code })).status).toBe(401);
  });

  it('leave alone what the other is sending, however long it takes and however often one starts', async () => {
    const first = await start();
    const owner = await signedIn(first);
    const id = randomUUID();
    const { arrived, answer } = holdDelete();
    const sent = owner.deleteServer('acme/weather', { id });
    await arrived;
    const second = await start();
    await start();
    await sleep(1.5 * TIMES.leaseMs);
    const elsewhere = sameBrowser(owner, first, second);
    expect((await elsewhere.call(`/api/-/operations/${id}`)).json).toMatchObject({ state: 'sending' });
    const checked = await elsewhere.call(`/api/-/operations/${id}/check`, { method: 'POST' });
    expect(checked.json).toMatchObject({ state: 'sending', checkedAt: null });
    answer();
    expect((await sent).status).toBe(200);
    expect((await elsewhere.call(`/api/-/operations/${id}`)).json).toMatchObject({
      state: 'applied',
      finding: 'confirmed',
    });
  });

  it('send an operation once: who asks the other for the same waits for its outcome', async () => {
    const [first, second] = [await start(), await start()];
    const owner = await signedIn(first);
    const elsewhere = sameBrowser(owner, first, second);
    const id = randomUUID();
    const { arrived, answer } = holdDelete();
    const sent = owner.deleteServer('acme/weather', { id });
    await arrived;
    const again = elsewhere.deleteServer('acme/weather', { id });
    await sleep(300);
    answer();
    const [one, other] = await Promise.all([sent, again]);
    expect([one.status, other.status]).toEqual([200, 200]);
    expect(other.json?.['operation']).toEqual(one.json?.['operation']);
    expect(registry.deletes()).toBe(1);
    const another = await elsewhere.deleteServer('acme/other', { id });
    expect([another.status, another.json?.['code']]).toEqual([422, 'idempotency-key-reused']);
  });

  it('settle what a killed one left, once its lease has run out, and send nothing again', async () => {
    const [first, second] = [await start(), await start()];
    const owner = await signedIn(first);
    const elsewhere = sameBrowser(owner, first, second);
    const id = randomUUID();
    const { arrived } = holdDelete();
    owner.deleteServer('acme/weather', { id }).catch(() => {});
    await arrived;
    await first.kill();
    const again = elsewhere.deleteServer('acme/weather', { id });
    const settled = await eventually(
      async () => (await elsewhere.call(`/api/-/operations/${id}`)).json,
      (operation) => operation?.['state'] === 'applied',
    );
    expect(settled).toMatchObject({ state: 'applied' });
    expect([200, 502]).toContain((await again).status);
    expect(registry.deletes()).toBe(1);
  });

  it('take over at once what one left that stopped in order', async () => {
    const [first, second] = [await start(), await start()];
    const owner = await signedIn(first);
    const elsewhere = sameBrowser(owner, first, second);
    const id = randomUUID();
    // From the delete on the registry is away: nobody can tell what became of it.
    let isAway = false;
    registry.script = (request, response) => {
      if (request.method === 'DELETE') {
        applyDelete(registry, request);
        isAway = true;
      }
      if (isAway) sendJson(response, 503, { error: 'Away' });
      return isAway ? true : undefined;
    };
    expect((await owner.deleteServer('acme/weather', { id })).status).toBe(502);
    await first.gateway.close();
    isAway = false;
    registry.script = () => undefined;
    const settled = await eventually(
      async () => (await elsewhere.call(`/api/-/operations/${id}`)).json,
      (operation) => operation?.['state'] === 'applied',
    );
    expect(settled).toMatchObject({ state: 'applied' });
    expect(registry.deletes()).toBe(1);
  });

  it('believe the registry’s own word, however late, more than a check', async () => {
    const [first, second] = [await start(), await start()];
    const owner = await signedIn(first);
    const elsewhere = sameBrowser(owner, first, second);
    const id = randomUUID();
    const held: ServerResponse[] = [];
    registry.script = (request, response) => {
      if (request.method !== 'DELETE') return undefined;
      held.push(response);
      return true;
    };
    const sent = owner.deleteServer('acme/weather', { id });
    await eventually(
      async () => held.length,
      (count) => count === 1,
    );
    // It only sleeps, but longer than its lease.
    await database.db.deleteFrom('processes').where('id', '=', first.process.id).execute();
    await second.gateway.takeOverOperations();
    await eventually(
      async () => (await elsewhere.call(`/api/-/operations/${id}`)).json,
      (operation) => operation?.['settledAt'] !== null,
    );
    applyDelete(registry, { method: 'DELETE', target: '/servers/acme%2Fweather', headers: {} });
    for (const response of held) sendJson(response, NAMES.status, NAMES.body);
    expect((await sent).status).toBe(200);
    expect((await elsewhere.call(`/api/-/operations/${id}`)).json).toMatchObject({
      state: 'applied',
      finding: 'confirmed',
    });
  });

  it('end an endless answer of one where the session is ended at the other', async () => {
    const [first, second] = [await start(), await start()];
    const owner = await signedIn(first);
    registry.script = ({ target }, response) => {
      if (!target.endsWith('/stream')) return undefined;
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
      return true;
    };
    const ended = owner.call('/api/servers/acme%2Fweather/releases/release-1/stream');
    await eventually(async () => registry.requests.some(({ target }) => target.endsWith('/stream')), Boolean);
    await sameBrowser(owner, first, second).call('/api/-/session', { method: 'DELETE' });
    expect((await ended).status).toBe(200);
  });
});
