import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation, OperationList } from '#contract/operations.ts';
import { makeBundle } from '../support/bundles.ts';
import { startDesk, type Desk } from '../support/desk.ts';
import { readEvents } from '../support/event-stream.ts';
import { startMcpServer, type RunningMcpServer } from '../support/mcp-servers.ts';
import { createPostgresDatabase, freePort, startPostgres, type TestPostgres } from '../support/postgres.ts';
import { ANSWERED_BY, startRoundRobin, type RoundRobin } from '../support/round-robin.ts';
import { createVisitor, type Visitor } from '../support/visitor.ts';

/** How long the load goes on, in seconds; `npm run test:long` asks for more. */
const SECONDS = Number(process.env['TOUCHMARK_TEST_LOAD_SECONDS'] ?? 20);
/** Between a kill and the next, with a rolling restart in the middle. */
const ROUND_MS = 10_000;
/** A lease, the checks after it, and room for a busy machine. */
const SETTLED_MS = 60_000;
const SECRET = 'one secret for all of these processes';

describe('three desks on one PostgreSQL behind one name', { timeout: 180_000 + SECONDS * 2000 }, () => {
  let postgres: TestPostgres;
  let proxy: RoundRobin;
  let upstream: RunningMcpServer;
  let origin: string;
  let databaseUrl: string;
  let ownerKey: string;
  const desks: Desk[] = [];
  /** Ports of desks that were killed, with when. */
  const kills: { port: number; at: number }[] = [];

  const args = () => [
    '--database',
    databaseUrl,
    '--secret',
    SECRET,
    '--public-url',
    origin,
    '--drain',
    '2s',
    '--no-samples',
    '--allow-private-upstreams',
  ];

  beforeAll(async () => {
    postgres = await startPostgres();
    databaseUrl = await createPostgresDatabase(postgres.url, 'three');
    proxy = await startRoundRobin();
    origin = `http://127.0.0.1:${proxy.port}`;
    upstream = await startMcpServer();
    // All at once: one makes the schema and the first owner, the others wait for it.
    desks.push(...(await Promise.all([1, 2, 3].map(() => startOne()))));
    const keys = desks.flatMap((desk) => desk.ownerKey ?? []);
    if (keys.length !== 1) throw new Error(`${keys.length} first owners were made`);
    ownerKey = keys[0] ?? '';
  }, 120_000);
  afterAll(async () => {
    await Promise.all(desks.map((desk) => desk.stop()));
    await proxy.close();
    await upstream.close();
    await postgres.stop();
  });

  async function startOne(): Promise<Desk> {
    const port = await freePort();
    const desk = await startDesk({ args: [...args(), '--port', String(port)] });
    proxy.targets.add(port);
    await proxy.untilReady(port);
    // What it tells is the address of all.
    return { ...desk, port };
  }

  function wasKilled(port: number, since: number): boolean {
    return kills.some((kill) => kill.port === port && kill.at >= since - 1000);
  }

  /** Kills one, starts another in its place; then has one end in order, likewise. */
  async function disturb(until: number): Promise<void> {
    for (let round = 0; performance.now() + ROUND_MS / 2 < until; round++) {
      await sleep(ROUND_MS / 4);
      await replace(round % 3, async (desk) => {
        kills.push({ port: desk.port, at: performance.now() });
        await desk.kill();
        proxy.targets.delete(desk.port);
      });
      await sleep(ROUND_MS / 4);
      await replace((round + 1) % 3, async (desk) => {
        const exit = once(desk.process, 'exit');
        desk.process.kill('SIGTERM');
        expect(await exit).toEqual([0, null]);
        proxy.targets.delete(desk.port);
      });
    }
  }

  async function replace(index: number, end: (desk: Desk) => Promise<void>): Promise<void> {
    const desk = desks[index];
    if (desk === undefined) throw new Error('no desk');
    const next = startOne();
    await end(desk);
    await rm(desk.dataFolder, { recursive: true, force: true });
    desks[index] = await next;
  }

  /** What went wrong that no kill explains. */
  const failures: string[] = [];
  /** Servers that must be there at the end. */
  const there = new Set<string>();
  /** Deletes that were sent, by operation: whether they were acknowledged. */
  const deletes = new Map<string, { name: string; isAcknowledged: boolean }>();
  const releases: { name: string; id: string }[] = [];
  const done: Record<string, number> = {};

  interface Sent {
    method?: string;
    headers?: Record<string, string>;
    body?: string | FormData;
  }

  /** Calls the registry through the proxy; undefined where a kill broke it off. */
  async function registry(path: string, { method = 'GET', headers = {}, body }: Sent = {}) {
    const since = performance.now();
    const response = await fetch(`${origin}/registry${path}`, {
      method,
      headers: { Authorization: `Bearer ${ownerKey}`, ...headers },
      ...(body === undefined ? {} : { body }),
    }).catch((error: unknown) => String(error));
    const what = `${method} ${path}`;
    if (typeof response === 'string') {
      if (!kills.some((kill) => kill.at >= since - 1000)) failures.push(`${what}: ${response}`);
      return undefined;
    }
    return judged(what, response.status, Number(response.headers.get(ANSWERED_BY)), since)
      ? response
      : undefined;
  }

  function judged(what: string, status: number, port: number, since: number): boolean {
    if (status < 500) return true;
    if (!wasKilled(port, since)) failures.push(`${what}: ${status} by ${port}`);
    return false;
  }

  const server = (name: string) => `/servers/${encodeURIComponent(name)}`;
  const count = (what: string) => {
    done[what] = (done[what] ?? 0) + 1;
  };

  async function createServer(name: string): Promise<boolean> {
    const made = await registry(server(name), { method: 'PUT' });
    if (made !== undefined && made.status !== 201) failures.push(`making ${name}: ${made.status}`);
    return made?.status === 201;
  }

  async function signInAndOut(): Promise<void> {
    const since = performance.now();
    const visitor = createVisitor(origin);
    const steps = [
      () => visitor.signIn({ apiKey: ownerKey }),
      () => visitor.call('/api/-/session'),
      () => visitor.call('/api/-/operations?limit=5'),
      () => visitor.call('/api/-/session', { method: 'DELETE' }),
    ];
    for (const step of steps) {
      const { status, headers, text } = await step();
      if (!judged('signing in and out', status, Number(headers[ANSWERED_BY]), since)) return;
      if (status >= 400) return void failures.push(`signing in and out: ${status} ${text}`);
    }
    count('sign-ins');
  }

  /** One browser for all of it, whichever desk answers it. */
  let owner: Visitor;

  async function deleteOne(): Promise<void> {
    const name = `acme/doomed-${randomUUID().slice(0, 8)}`;
    if (!(await createServer(name))) return;
    const since = performance.now();
    const id = randomUUID();
    deletes.set(id, { name, isAcknowledged: false });
    const { status, headers, text } = await owner.deleteServer(name, { id });
    if (!judged(`DELETE ${name}`, status, Number(headers[ANSWERED_BY]), since)) {
      // Asked again under its id, as a browser does: whoever answers now knows or waits.
      const again = await owner.deleteServer(name, { id });
      if (again.status !== 200) return;
    } else if (status !== 200) return void failures.push(`DELETE ${name}: ${status} ${text}`);
    deletes.set(id, { name, isAcknowledged: true });
    // A second delete would hit this one.
    if (await createServer(name)) there.add(name);
    count('deletes');
  }

  async function publish(): Promise<void> {
    const name = `acme/published-${randomUUID().slice(0, 8)}`;
    if (!(await createServer(name))) return;
    there.add(name);
    const isBundle = releases.length % 2 === 0;
    const form = new FormData();
    form.set(
      'payload',
      JSON.stringify(
        isBundle ? { type: 'stdio', runtime: 'node' } : { type: 'external', upstreamUrl: upstream.url },
      ),
    );
    if (isBundle) form.set('bundle', new Blob([new Uint8Array(makeBundle())]), 'server.mcpb');
    const sent = await registry(`${server(name)}/releases`, { method: 'PUT', body: form });
    if (sent === undefined) return;
    const text = await sent.text();
    if (sent.status !== 202) return void failures.push(`releasing ${name}: ${sent.status} ${text}`);
    const { deploymentId } = JSON.parse(text) as { deploymentId: string };
    releases.push({ name, id: deploymentId });
    count('releases');
    await follow(name, deploymentId);
  }

  /** Follows a release to its end, wherever its pipeline runs; a stream that is cut is taken up again. */
  async function follow(name: string, id: string): Promise<void> {
    for (let attempt = 0; attempt < 20; attempt++) {
      const stream = await registry(`${server(name)}/releases/${id}/stream`, {
        headers: { Accept: 'text/event-stream' },
      });
      if (stream?.status === 200) {
        try {
          let last = '';
          for await (const { data } of readEvents(stream)) last = JSON.stringify(data);
          if (/SUCCESS|FAILURE|CANCELLED|INTERNAL_ERROR/.test(last)) return count('streams');
        } catch {
          // Cut off with its desk.
        }
      }
      await sleep(250);
    }
  }

  async function call(): Promise<void> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
    const answer = await registry('/mcp/acme%2Fcalled', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' },
      body,
    });
    if (answer === undefined) return;
    await answer.text();
    count('calls');
  }

  async function loop(work: () => Promise<void>, until: number): Promise<void> {
    while (performance.now() < until) {
      await work().catch((error: unknown) => failures.push(String(error)));
      await sleep(20);
    }
  }

  const everybody = async (): Promise<Operation[]> => {
    const visitor = createVisitor(origin);
    await visitor.signIn({ apiKey: ownerKey });
    const found: Operation[] = [];
    for (let before = ''; ;) {
      const { json } = await visitor.call(`/api/-/operations?limit=100${before}`);
      const page = json as unknown as OperationList;
      found.push(...page.operations);
      if (page.nextBefore === null) return found;
      before = `&before=${page.nextBefore}`;
    }
  };

  it('lose nothing acknowledged, send no delete twice and tell the truth, while one is killed and another ends in order', async () => {
    await registry('/namespaces/acme', { method: 'PUT' });
    owner = createVisitor(origin);
    expect((await owner.signIn({ apiKey: ownerKey })).status).toBe(200);
    await createServer('acme/called');
    const form = new FormData();
    form.set('payload', JSON.stringify({ type: 'external', upstreamUrl: upstream.url }));
    const first = await registry('/servers/acme%2Fcalled/releases', { method: 'PUT', body: form });
    if (first === undefined) throw new Error('the first release was not taken');
    const { deploymentId } = (await first.json()) as { deploymentId: string };
    releases.push({ name: 'acme/called', id: deploymentId });

    const until = performance.now() + SECONDS * 1000;
    await Promise.all([
      disturb(until),
      ...[signInAndOut, deleteOne, deleteOne, publish, call, call].map((work) => loop(work, until)),
    ]);

    expect(failures).toEqual([]);
    // Those that took the places of others had their turns too.
    expect(proxy.answered.size).toBeGreaterThan(3);

    const end = performance.now() + SETTLED_MS;
    let entries = await everybody();
    while (entries.some(({ settledAt }) => settledAt === null) && performance.now() < end) {
      await sleep(500);
      entries = await everybody();
    }
    expect(entries.filter(({ settledAt }) => settledAt === null)).toEqual([]);

    const contradictions: string[] = [];
    for (const [id, { name, isAcknowledged }] of deletes) {
      const state = entries.find((entry) => entry.id === id)?.state;
      const isThere = (await registry(server(name)))?.status === 200;
      // One that was not acknowledged was not made again: what its entry says is what is there.
      const isTrue = isAcknowledged ? state === 'applied' : isThere === (state !== 'applied');
      if (!isTrue) contradictions.push(`${name} is ${isThere ? 'there' : 'gone'}, its entry says ${state}`);
    }
    expect(contradictions).toEqual([]);
    const missing: string[] = [];
    for (const name of there) if ((await registry(server(name)))?.status !== 200) missing.push(name);
    expect(missing).toEqual([]);

    for (const { name, id } of releases) {
      for (;;) {
        const found = await registry(`${server(name)}/releases/${id}`);
        const { status = '' } = ((await found?.json()) ?? {}) as { status?: string };
        if (status === 'SUCCESS') break;
        expect([name, status]).toEqual([name, expect.stringMatching(/QUEUED|WORKING/)]);
        expect(performance.now()).toBeLessThan(end);
        await sleep(250);
      }
    }
    expect(Object.keys(done).toSorted()).toEqual(['calls', 'deletes', 'releases', 'sign-ins', 'streams']);
    // Nothing but lines of JSON, and none of them a warning of Node's.
    const said = desks.flatMap((desk) => desk.log().trim().split('\n'));
    expect(said.filter((line) => !line.startsWith('{'))).toEqual([]);
    expect(said.filter((line) => /unhandled|uncaught|Warning/i.test(line))).toEqual([]);
  });
});
