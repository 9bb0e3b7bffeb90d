import { join } from 'node:path';
import { sql, type Kysely } from 'kysely';
import type { Engine } from '#database/engine.ts';
import { openDatabase } from '#database/open.ts';
import type { Database } from '#database/schema.ts';
import { databaseBlobs } from '#registry/files/database-blobs.ts';
import { fileBlobs } from '#registry/files/file-blobs.ts';
import { createRegistry, type Registry } from '#registry/create-registry.ts';
import { ensureOwner } from '#registry/access/key-store.ts';
import { withPlace } from './bench-place.ts';
import { addReleases, fillRegistry } from './fill-registry.ts';
import { latencyRows, timed, type Row } from './measure.ts';
import { publishRows } from './publish-bench.ts';

const READS = 300;
const DELETES = 100;
const URL_BASE = 'http://registry.test';

/**
 * Get, list, search, delete and publish of a registry with this many servers, called as the function that the gateway
 * calls.
 */
export async function registryBench(
  engine: Engine,
  size: number,
  say: (line: string) => void,
): Promise<Row[]> {
  return withPlace(engine, async (location, folder) => {
    const { db } = await openDatabase(location);
    const now = (): Date => new Date();
    const owner = await ensureOwner(db, new Date());
    say(`filling ${engine} with ${size} servers`);
    const namespaces = ['bench', ...Array.from({ length: 99 }, (_, index) => `bench-${index}`)];
    await fillRegistry(db, { ownerId: owner.userId, count: size, namespaces, now: new Date() });
    if (engine === 'postgres') await analyze(db);
    const registry = createRegistry({
      db,
      publicUrl: URL_BASE,
      secret: new Uint8Array(32),
      blobs: engine === 'sqlite' ? fileBlobs(join(folder, 'blobs'), now) : databaseBlobs(db, now),
      allowPrivateUpstreams: true,
      now,
    });
    say(`measuring ${engine} with ${size} servers`);
    const group = `Registry with ${size.toLocaleString('en')} servers on ${engine}`;
    const apiKey = owner.apiKey ?? '';
    try {
      const names = await sampleNames(db);
      const rows = await measureCalls(group, { db, registry, apiKey, names });
      return [...rows, ...(await publishRows(group, { registry, apiKey, names: names.slice(DELETES) }))];
    } finally {
      await registry.close();
      await db.destroy();
    }
  });
}

// Autovacuum would do it within a minute; a bench does not wait for it.
async function analyze(db: Kysely<Database>): Promise<void> {
  await sql`vacuum analyze`.execute(db);
}

interface Subject {
  db: Kysely<Database>;
  registry: Registry;
  apiKey: string;
  names: readonly string[];
}

async function measureCalls(group: string, subject: Subject): Promise<Row[]> {
  const { names } = subject;
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
