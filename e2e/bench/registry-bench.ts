import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql, type Kysely } from 'kysely';
import { openDatabase, type DatabaseLocation } from '#database/open.ts';
import type { Database } from '#database/schema.ts';
import { createRegistry, type Registry } from '#registry/app.ts';
import { ensureOwner } from '#registry/keys.ts';
import { startPostgres } from '#e2e/support/postgres.ts';
import { addReleases, fillRegistry } from './fill-registry.ts';
import { latencyRows, timed, type Row } from './measure.ts';

const READS = 300;
const DELETES = 100;
const URL_BASE = 'http://registry.test';

/** Get, list, search and delete of a registry with this many servers, called as the function that the gateway calls. */
export async function registryBench(size: number, say: (line: string) => void): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'touchmark-bench-'));
  const postgres = await startPostgres();
  try {
    const places: DatabaseLocation[] = [
      { engine: 'sqlite', path: join(folder, 'bench.db') },
      { engine: 'postgres', url: postgres.url },
    ];
    const rows: Row[] = [];
    for (const place of places) rows.push(...(await measureEngine(place, size, say)));
    return rows;
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureEngine(
  place: DatabaseLocation,
  size: number,
  say: (line: string) => void,
): Promise<Row[]> {
  const { db } = await openDatabase(place);
  try {
    const owner = await ensureOwner(db, new Date());
    say(`filling ${place.engine} with ${size} servers`);
    const namespaces = ['bench', ...Array.from({ length: 99 }, (_, index) => `bench-${index}`)];
    await fillRegistry(db, { ownerId: owner.userId, count: size, namespaces, now: new Date() });
    if (place.engine === 'postgres') await analyze(db);
    const registry = createRegistry({ db, publicUrl: URL_BASE, now: () => new Date() });
    say(`measuring ${place.engine} with ${size} servers`);
    const group = `Registry with ${size.toLocaleString('en')} servers on ${place.engine}`;
    return await measureCalls(group, { db, registry, apiKey: owner.apiKey ?? '' });
  } finally {
    await db.destroy();
  }
}

// Autovacuum would do it within a minute; a bench does not wait for it.
async function analyze(db: Kysely<Database>): Promise<void> {
  await sql`vacuum analyze`.execute(db);
}

interface Subject {
  db: Kysely<Database>;
  registry: Registry;
  apiKey: string;
}

async function measureCalls(group: string, subject: Subject): Promise<Row[]> {
  const names = await sampleNames(subject.db);
  const name = (index: number): string => encodeURIComponent(names[index % names.length] ?? '');
  const reads: [string, (index: number) => string][] = [
    ['get', (index) => `/servers/${name(index)}`],
    ['list, first page of the largest namespace', () => '/servers?namespace=bench&pageSize=100'],
    [
      'list, a middle page of it',
      (index) => `/servers?namespace=bench&pageSize=100&page=${10 + (index % 80)}`,
    ],
    ['search, a whole word', () => '/servers?q=weather'],
    ['search, two words', () => '/servers?q=weather%20garden'],
    ['search, a prefix', () => '/servers?q=tra'],
    ['search, a typo', () => '/servers?q=calender'],
  ];
  const rows: Row[] = [];
  for (const [what, path] of reads) {
    const samples: number[] = [];
    for (let index = 0; index < READS; index += 1)
      samples.push(await timed(() => call(subject, 'GET', path(index))));
    rows.push(...latencyRows(group, what, samples));
  }
  const samples: number[] = [];
  for (const victim of names.slice(0, DELETES)) {
    await addReleases(subject.db, victim, new Date());
    samples.push(await timed(() => call(subject, 'DELETE', `/servers/${encodeURIComponent(victim)}`)));
  }
  rows.push(...latencyRows(group, 'delete with 20 releases and 200 log lines', samples));
  return rows;
}

async function sampleNames(db: Kysely<Database>): Promise<string[]> {
  const rows = await db.selectFrom('servers').select('qualified_name').orderBy('id').limit(1000).execute();
  return rows.map((row) => row.qualified_name);
}

async function call({ registry, apiKey }: Subject, method: string, path: string): Promise<void> {
  const request = new Request(URL_BASE + path, { method, headers: { Authorization: `Bearer ${apiKey}` } });
  const response = await registry.fetch(request);
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
}
