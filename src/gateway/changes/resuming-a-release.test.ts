import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { quickLimits } from '#e2e/support/running-gateway.ts';
import { applyMove, sendJson } from '#e2e/support/scripted-registry.ts';
import { eventually, startTestDesk, type TestDesk } from '#e2e/support/test-desk.ts';
import type { Visitor } from '#e2e/support/visitor.ts';
import { addWaitingRelease, type WaitingRelease } from '#e2e/support/waiting-release.ts';

const limits = { ...quickLimits, headersMs: 1000, totalMs: 1000, briefCheckMs: 1000 };
const NAME = 'acme/weather';

describe.each(engines)('resuming a release, with the ledger on %s', (engine) => {
  let desk: TestDesk;
  let owner: Visitor;
  let played: WaitingRelease;
  beforeEach(async () => {
    desk = await startTestDesk(engine, { limits });
    owner = await desk.signedIn();
    played = addWaitingRelease(desk.registry, NAME);
  });
  afterEach(() => desk.stop());

  const entry = async (id: string) => (await owner.call(`/api/-/operations/${id}`)).json;
  const settled = (id: string) =>
    eventually(
      () => entry(id),
      (operation) => operation?.['checking'] === false && operation['state'] !== 'sending',
    );

  /** The registry does this, and its answer is lost. */
  function losing(act: () => void): void {
    played.onResume = (response) => {
      act();
      response.destroy();
    };
  }

  it('is sent to the release that was named, and the ledger says that it was confirmed', async () => {
    const id = randomUUID();
    const answer = await owner.resumeRelease(NAME, 'r-1', { id, serverId: 'id-weather' });
    expect(answer.status).toBe(200);
    expect(played.release.status).toBe('WORKING');
    expect(await entry(id)).toEqual(answer.json?.['operation']);
    expect(await entry(id)).toMatchObject({
      action: 'resume-release',
      target: NAME,
      state: 'applied',
      finding: 'confirmed',
      status: 202,
      repeatable: true,
    });
    const sent = desk.registry.requests.find(({ method }) => method === 'POST');
    expect(sent?.target).toBe('/servers/acme%2Fweather/releases/r-1/resume');
    expect(sent?.headers['content-length'] ?? '0').toBe('0');
  });

  it('is sent once for one operation id, however often it arrives, and the id stands for no other release', async () => {
    const id = randomUUID();
    const together = await Promise.all([1, 2, 3].map(() => owner.resumeRelease(NAME, 'r-1', { id })));
    const later = await owner.resumeRelease(NAME, 'r-1', { id: id.toUpperCase() });
    for (const answer of [...together, later]) {
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual(together[0]?.json);
    }
    for (const other of [
      await owner.resumeRelease(NAME, 'r-2', { id }),
      await owner.resumeRelease('acme', 'r-1', { id }),
      await owner.deleteServer(NAME, { id }),
    ]) {
      expect(other.status).toBe(422);
      expect(other.json).toMatchObject({ code: 'idempotency-key-reused' });
    }
    expect(played.resumes()).toBe(1);
    expect(desk.registry.deletes()).toBe(0);
  });

  it.each(['..%2F..', 'r%201', '%00', 'a'.repeat(129)])(
    'of what is no id of a release is refused before anything is written or sent: %s',
    async (id) => {
      const answer = await owner.call(`/api/servers/acme%2Fweather/releases/${id}/resume`, {
        method: 'POST',
        headers: { 'Idempotency-Key': randomUUID() },
      });
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({ code: 'bad-request' });
      expect(desk.registry.requests.filter(({ method }) => method === 'POST')).toEqual([]);
      expect((await owner.call('/api/-/operations')).json).toMatchObject({ operations: [] });
    },
  );

  it('passes a refusal on in the registry’s words, with the field to blame, and repeats it', async () => {
    const error = 'Release not in resumable state';
    played.onResume = (response) => sendJson(response, 400, { error }, { 'Touchmark-Field': 'id' });
    const id = randomUUID();
    for (const answer of [
      await owner.resumeRelease(NAME, 'r-1', { id }),
      await owner.resumeRelease(NAME, 'r-1', { id }),
    ]) {
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({ code: 'registry-refused', error, field: 'id' });
    }
    expect(await entry(id)).toMatchObject({ state: 'refused', finding: null, status: 400 });
    expect(played.resumes()).toBe(1);
  });

  it('tells a release that is not there from a server that is gone and from one that is another’s', async () => {
    const none = await owner.resumeRelease(NAME, 'r-9');
    expect(none.json).toMatchObject({
      error: 'Release not found',
      operation: { state: 'refused', finding: null, status: 404 },
    });
    const gone = await owner.resumeRelease('acme/never', 'r-1');
    expect(gone.json).toMatchObject({ status: 404, operation: { state: 'refused', finding: 'gone' } });
    const foreign = await owner.resumeRelease('other/calendar', 'r-1');
    expect(foreign.json).toMatchObject({
      status: 404,
      operation: { state: 'refused', finding: 'not-owned' },
    });
  });

  it('sends nothing where another server has the name by now', async () => {
    const answer = await owner.resumeRelease(NAME, 'r-1', { serverId: 'id-as-it-was' });
    expect(answer.status).toBe(409);
    expect(answer.json).toMatchObject({ code: 'server-changed', operation: { finding: 'recreated' } });
    expect(played.resumes()).toBe(0);
  });

  it.each<[string, () => void, object]>([
    ['goes on', () => played.goOn(), { state: 'applied', finding: 'as-asked' }],
    ['is live', () => played.goOn('SUCCESS'), { state: 'applied', finding: 'as-asked' }],
    ['waits as before', () => undefined, { state: 'refused', finding: 'as-before' }],
    [
      'went with its server',
      () => desk.registry.servers.delete(NAME),
      { state: 'inconclusive', finding: 'nowhere' },
    ],
    [
      'went with its server, of whose name there is another',
      () => desk.registry.servers.set(NAME, 'id-second'),
      { state: 'inconclusive', finding: 'another-there' },
    ],
    [
      'has a server with another name',
      () => applyMove(desk.registry, NAME, 'acme/storm'),
      { state: 'inconclusive', finding: 'moved', movedTo: 'acme/storm' },
    ],
  ])(
    'whose answer is lost, and which %s, claims what is known and is not sent again',
    async (_, act, found) => {
      losing(act);
      const id = randomUUID();
      const answer = await owner.resumeRelease(NAME, 'r-1', { id });
      expect(answer.status).toBe(502);
      expect(answer.json).toMatchObject({ code: 'outcome-unknown', operation: { state: 'unknown' } });
      expect(await settled(id)).toMatchObject(found);
      expect(played.resumes()).toBe(1);
    },
  );

  it('whose answer is lost stays unknown where what the release says may have come by itself, or tells nothing', async () => {
    const left = [
      // Resumed by this or by somebody else.
      'AUTH_REQUIRED',
      // By itself, or after it was resumed.
      'CANCELLED',
      'AUTH_TIMEOUT',
      'FAILURE',
      'MELTED',
      // Waits, and the registry does not say since when.
      null,
    ];
    const ids = await Promise.all(
      left.map(async (status, i) => {
        const name = `acme/lost-${i}`;
        desk.registry.servers.set(name, `id-lost-${i}`);
        const other = addWaitingRelease(desk.registry, name);
        if (status === null) Object.assign(other.release, { updatedAt: undefined });
        other.onResume = (response) => {
          if (status !== null) other.goOn(status);
          response.destroy();
        };
        const id = randomUUID();
        await owner.resumeRelease(name, 'r-1', { id });
        return id;
      }),
    );
    for (const id of ids) expect(await settled(id)).toMatchObject({ state: 'unknown', finding: null });
  });

  it('is unknown where the answer names another release, until a check finds what became of it', async () => {
    played.onResume = (response) => sendJson(response, 202, { deploymentId: 'r-2', status: 'WORKING' });
    const id = randomUUID();
    expect((await owner.resumeRelease(NAME, 'r-1', { id })).json).toMatchObject({ code: 'outcome-unknown' });
    expect(await settled(id)).toMatchObject({ state: 'refused', finding: 'as-before' });
  });

  it('that a gateway did not live to settle is found out by the next one', async () => {
    const id = randomUUID();
    const arrived = new Promise<void>((resolve) => {
      played.onResume = () => {
        played.goOn();
        resolve();
      };
    });
    owner.resumeRelease(NAME, 'r-1', { id }).catch(() => {});
    await arrived;
    await desk.restart({ limits });
    owner = await desk.signedIn();
    expect(await settled(id)).toMatchObject({ state: 'applied', finding: 'as-asked' });
    expect(played.resumes()).toBe(1);
  });
});
