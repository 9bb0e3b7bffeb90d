import { randomUUID } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { Engine } from '#database/engine.ts';
import { openDatabase } from '#database/open.ts';
import type { Database } from '#database/schema.ts';
import { ensureOwner } from '#registry/access/key-store.ts';
import { addInvocations, type Invocation } from '#registry/logs/invocation-store.ts';
import { createInvocationWriter } from '#registry/logs/invocation-writer.ts';
import { listInvocations, type LogQuery } from '#registry/logs/log-store.ts';
import { createRandom } from '#registry/samples/random.ts';
import { withPlace } from './bench-place.ts';
import { fillRegistry } from './fill-registry.ts';
import { latencyRows, medianRow, timed, type Row } from './measure.ts';

const READS = 200;
const BATCH = 2000;
const WRITTEN = 5000;
const DAY = 86_400_000;
const NOW = Date.parse('2026-06-01T12:34:56.789Z');

/** Reading, searching and writing the runtime logs of one server with this many calls in 30 days. */
export async function logsBench(engine: Engine, size: number, say: (line: string) => void): Promise<Row[]> {
  return withPlace(engine, async (location) => {
    const { db } = await openDatabase(location);
    try {
      const { userId } = await ensureOwner(db, new Date(NOW));
      await fillRegistry(db, { ownerId: userId, count: 1, namespaces: ['bench'], now: new Date(NOW) });
      const { rid } = await db.selectFrom('servers').select('rid').executeTakeFirstOrThrow();
      say(`filling ${engine} with ${size} calls`);
      const calls = callsOf(rid, size);
      for (let start = 0; start < size; start += BATCH) {
        const some = Array.from({ length: Math.min(BATCH, size - start) }, calls);
        await db.transaction().execute(async (trx) => addInvocations(trx, some));
      }
      // Autovacuum would do it within a minute; a bench does not wait for it.
      if (engine === 'postgres') await sql`vacuum analyze`.execute(db);
      const group = `Logs of ${size.toLocaleString('en')} calls on ${engine}`;
      return [...(await measureReads(group, db, rid)), await measureWrites(group, db, calls)];
    } finally {
      await db.destroy();
    }
  });
}

async function measureReads(group: string, db: Kysely<Database>, rid: number): Promise<Row[]> {
  const all: LogQuery = { from: undefined, to: undefined, search: undefined, limit: 20 };
  const ago = (days: number): string => new Date(NOW - days * DAY).toISOString();
  const queries: [string, LogQuery][] = [
    ['newest 20', all],
    ['newest 100 of a day', { ...all, from: ago(8), to: ago(7), limit: 100 }],
    ['search, a word of every call', { ...all, search: 'tools call' }],
    ['search, a word of one call in thirty', { ...all, search: 'tool7 answered' }],
    ['search, a rare failure', { ...all, search: 'timed out' }],
    ['search, a beginning, in two weeks', { ...all, search: 'tools to', from: ago(20), to: ago(6) }],
    ['search, nothing', { ...all, search: 'zebra' }],
  ];
  const rows: Row[] = [];
  for (const [what, query] of queries) {
    const samples: number[] = [];
    for (let i = 0; i < READS; i += 1) samples.push(await timed(async () => listInvocations(db, rid, query)));
    rows.push(...latencyRows(group, what, samples));
  }
  return rows;
}

async function measureWrites(group: string, db: Kysely<Database>, calls: () => Invocation): Promise<Row> {
  const rates: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const writer = createInvocationWriter({ db, reportError: console.error });
    const added = Array.from({ length: WRITTEN }, calls);
    const ms = await timed(async () => {
      for (const invocation of added) writer.add({ invocation, isUse: true });
      await writer.close();
    });
    rates.push((WRITTEN / ms) * 1000);
  }
  return medianRow(group, 'calls written', '/s', rates);
}

/** Calls as the proxy writes them: thirty tools, one failure in twenty, a timeout in a thousand. */
function callsOf(serverRid: number, size: number): () => Invocation {
  const random = createRandom(size);
  return () => {
    const timestamp = new Date(NOW - Math.floor(random.next() * 30 * DAY)).toISOString();
    const chance = random.next();
    const failure =
      chance < 0.001 ? 'The upstream timed out' : chance < 0.05 ? 'The upstream answered 500' : null;
    const end = { timestamp, level: failure === null ? 'info' : 'error', message: failure ?? 'Answered 200' };
    return {
      id: randomUUID(),
      serverRid,
      timestamp,
      method: 'POST',
      url: 'http://127.0.0.1:4000/registry/mcp/bench%2Fserver',
      status: failure === null ? 200 : 502,
      outcome: failure === null ? 'ok' : 'exception',
      cpuMs: 0,
      wallMs: random.integer(5, 900),
      logs: [{ timestamp, level: 'info', message: `tools/call tool${random.integer(0, 29)}` }, end],
      exceptions: failure === null ? [] : [{ timestamp, name: 'UpstreamError', message: failure }],
    };
  };
}
