import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDesk, type Desk } from '../support/desk.ts';
import { createPostgresDatabase, onPostgres, startPostgres, type TestPostgres } from '../support/postgres.ts';
import { eventually } from '../support/test-desk.ts';
import { createVisitor, type Visitor } from '../support/visitor.ts';

const OUTAGE_MS = 20_000;
const TERMINATIONS = 200;

describe('a desk whose PostgreSQL breaks connections', () => {
  let postgres: TestPostgres;
  let database: string;
  let desk: Desk;
  let owner: Visitor;
  const acknowledged = new Set<string>();
  beforeAll(async () => {
    postgres = await startPostgres();
    database = `desk_${randomUUID().slice(0, 8)}`;
    const url = await createPostgresDatabase(postgres.url, database);
    desk = await startDesk({ args: ['--no-samples', '--database', url] });
    owner = createVisitor(desk.url);
    await owner.signIn({ apiKey: desk.ownerKey ?? '' });
    await registry('PUT', '/namespaces/acme');
    await registry('PUT', '/servers/acme');
  });
  afterAll(async () => {
    await desk.stop();
    await postgres.stop();
  });

  async function registry(method: string, path: string): Promise<{ status: number; error: string }> {
    const response = await fetch(desk.registryUrl + path, {
      method,
      headers: { Authorization: `Bearer ${desk.ownerKey}` },
    });
    const { error = '' } = (await response.json()) as { error?: string };
    return { status: response.status, error };
  }

  /** Creates servers one after the other until told to stop; whatever is refused must be refused with words. */
  async function createServers(writer: number, until: AbortSignal): Promise<void> {
    for (let i = 0; !until.aborted; i++) {
      const name = `acme/server-${writer}-${i}-${acknowledged.size}`;
      const { status, error } = await registry('PUT', `/servers/${encodeURIComponent(name)}`);
      if (status === 201) acknowledged.add(name);
      else expect({ status, error }).toEqual({ status: 503, error: expect.stringMatching(/database/i) });
    }
  }

  /** Changes a server through the ledger likewise: what is not done is refused with words, or unknown for a while. */
  async function changeServer(until: AbortSignal): Promise<void> {
    for (let i = 0; !until.aborted; i++) {
      const { status, json } = await owner.updateServer('acme', { displayName: `Name ${i}` });
      expect([200, 502, 503]).toContain(status);
      if (status !== 200) expect(json?.['code']).toMatch(/^(storage-failed|outcome-unknown)$/);
      if (status === 503) await sleep(5);
    }
  }

  async function write(writers: number, during: () => Promise<void>): Promise<void> {
    const stop = new AbortController();
    const writing = Promise.all([
      changeServer(stop.signal),
      ...Array.from({ length: writers - 1 }, (_, writer) => createServers(writer, stop.signal)),
    ]);
    try {
      await Promise.race([writing, during()]);
    } finally {
      stop.abort();
    }
    await writing;
  }

  const isReady = () =>
    eventually(
      async () => (await fetch(`${desk.url}/readyz`)).status,
      (status) => status === 200,
    );

  async function expectNothingLost(): Promise<void> {
    expect(await isReady()).toBe(200);
    const rows = await onPostgres(
      postgres.url.replace(/\/postgres$/, `/${database}`),
      'select qualified_name as name from servers',
    );
    const kept = new Set(rows.map(({ name }) => name));
    expect([...acknowledged].filter((name) => !kept.has(name))).toEqual([]);
    expect(desk.process.exitCode).toBeNull();
    expect(desk.log()).not.toMatch(/unhandled|uncaught/i);
  }

  it('lives through connections that are ended under its writes, and loses nothing acknowledged', async () => {
    let terminated = 0;
    await write(8, async () => {
      while (terminated < TERMINATIONS) {
        const [row] = await onPostgres(
          postgres.url,
          `select count(pg_terminate_backend(pid)) as ended from pg_stat_activity where datname = '${database}'`,
        );
        terminated += Number(row?.['ended']);
      }
    });
    expect(acknowledged.size).toBeGreaterThan(0);
    await expectNothingLost();
  });

  it('lives through a restart of the database under its writes', async () => {
    const before = acknowledged.size;
    await write(8, async () => {
      await postgres.pause();
      await postgres.resume();
      await isReady();
      await sleep(300);
    });
    expect(acknowledged.size).toBeGreaterThan(before);
    await expectNothingLost();
  });

  it('says so while the database is away, is alive, and goes on by itself when it is back', async () => {
    await postgres.pause();
    const started = performance.now();
    expect((await fetch(`${desk.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${desk.url}/readyz`)).status).toBe(503);
    for (const path of ['/servers/acme', '/servers?namespace=acme']) {
      expect(await registry('GET', path)).toEqual({
        status: 503,
        error: expect.stringMatching(/database/i),
      });
    }
    for (const path of ['/api/-/session', '/api/-/operations', '/api/servers', '/api/namespaces']) {
      expect((await owner.call(path)).json).toMatchObject({ status: 503, code: 'storage-failed' });
    }
    const refused = await owner.updateServer('acme', { displayName: 'Never' });
    expect(refused.json).toMatchObject({ status: 503, code: 'storage-failed' });
    await sleep(OUTAGE_MS - (performance.now() - started));
    await postgres.resume();
    expect(await isReady()).toBe(200);
    expect((await owner.call('/api/-/session')).status).toBe(200);
    expect((await owner.updateServer('acme', { displayName: 'Back' })).status).toBe(200);
    await expectNothingLost();
  });
}, 180_000);
