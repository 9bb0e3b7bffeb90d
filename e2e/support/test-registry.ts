import { randomUUID } from 'node:crypto';
import { checkAnswer } from './answer-check.ts';
import { createTestDatabase, type TestDatabase } from './databases.ts';
import type { BlobStore } from '#registry/files/blob-store.ts';
import { createFileBlobs, createRowBlobs, type TestBlobs } from './test-blobs.ts';
import type { Engine } from '#database/engine.ts';
import type { RegistryTables } from '#database/registry-tables.ts';
import { createRegistry, type Registry, type RegistryOptions } from '#registry/create-registry.ts';
import { ensureOwner, mintKey } from '#registry/access/key-store.ts';
import { addInvocations } from '#registry/logs/invocation-store.ts';
import { keepStates } from '#registry/owned-servers/server-facts.ts';

/** When tests of the registry happen, unless they move the clock. */
export const TEST_NOW = new Date('2026-03-01T12:00:00.000Z');

/** The longest that a timer can wait. */
const LONGEST_MS = 2 ** 31 - 1;

/** An answer with its body read: as JSON where it is JSON, as text otherwise. */
interface Answer {
  status: number;
  headers: Headers;
  text: string;
  body: unknown;
}

export interface TestRegistry extends TestDatabase {
  /** What it was made with: another over the same data is a restart. */
  registryOptions: RegistryOptions;
  /** Where its bundles are: in files beside SQLite, in rows of PostgreSQL. */
  stored: TestBlobs;
  ownerId: string;
  ownerKey: string;
  /** Another user, who owns the namespace `rival`. */
  rivalId: string;
  rivalKey: string;
  /** Set to move the registry's clock. */
  clock: { now: Date };
  /** What the registry reported as gone wrong inside. */
  failures: unknown[];
  fetch: Registry['fetch'];
  namespacesOf: Registry['namespacesOf'];
  writeSession: Registry['writeSession'];
  /** As `Registry.endStreams`. */
  endStreams: () => void;
  /** Sends a request, with the owner's key unless another, or null for none, is given. */
  call(method: string, path: string, options?: { key?: string | null; body?: unknown }): Promise<Answer>;
  /** Makes servers of the owner. */
  put(...names: string[]): Promise<void>;
  /** Takes all servers and skills away, and sets the clock back: quicker than another registry. */
  clear(): Promise<void>;
}

/** The registry on a database of its own: the owner has the namespace `acme`, another user has `rival`. */
export async function createTestRegistry(
  engine: Engine,
  options: Partial<RegistryOptions> = {},
): Promise<TestRegistry> {
  const database = await createTestDatabase(engine);
  const { db } = database;
  const clock = { now: TEST_NOW };
  const failures: unknown[] = [];
  const { userId: ownerId, apiKey } = await ensureOwner(db, TEST_NOW);
  const ownerKey = apiKey ?? '';
  const rivalId = 'a-rival';
  const created_at = TEST_NOW.toISOString();
  await db.insertInto('users').values({ id: rivalId, name: 'rival', created_at }).execute();
  await db
    .insertInto('namespaces')
    .values([
      { name: 'acme', owner_id: ownerId, created_at },
      { name: 'rival', owner_id: rivalId, created_at },
    ])
    .execute();
  const rivalKey = await mintKey(db, { userId: rivalId, label: 'Test', expiresAt: null, now: TEST_NOW });
  const now = (): Date => clock.now;
  const stored = engine === 'sqlite' ? await createFileBlobs(now) : createRowBlobs(db, now);
  const sweeps = new Set<Promise<void>>();
  const sweep: BlobStore['sweep'] = async (swept) => {
    const running = stored.blobs.sweep(swept);
    sweeps.add(running);
    await running.finally(() => sweeps.delete(running));
  };
  const registryOptions: RegistryOptions = {
    db,
    publicUrl: 'http://desk.test/registry',
    secret: new Uint8Array(32).fill(7),
    blobs: { ...stored.blobs, sweep },
    now,
    reportError: (error) => failures.push(error),
    ...options,
    limits: {
      // Its clock stands still: what is used up of a minute never comes back.
      tokensPerMinute: 10_000,
      // Many a release here is never to end.
      earlyOutcomeMs: 100,
      // Tests that are about it ask for it: in the midst of another it would take what was just put there.
      firstSweepMs: LONGEST_MS,
      ...options.limits,
    },
  };
  const { fetch, namespacesOf, writeSession, endStreams, close } = createRegistry(registryOptions);
  const call: TestRegistry['call'] = async (method, path, { key = ownerKey, body } = {}) => {
    const answer = await readAnswer(
      await fetch(
        new Request(`http://desk.test${path}`, {
          method,
          headers: key === null ? {} : { Authorization: `Bearer ${key}` },
          ...(body === undefined ? {} : { body: isRawBody(body) ? body : JSON.stringify(body) }),
        }),
      ),
    );
    checkAnswer(method, path, answer);
    return answer;
  };
  const put = async (...names: string[]) => {
    for (const name of names) await call('PUT', `/servers/${encodeURIComponent(name)}`);
  };
  const clear = async () => {
    // One that began at a later time would take what is put at an earlier one for old.
    while (sweeps.size > 0) await Promise.allSettled(sweeps);
    clock.now = TEST_NOW;
    failures.length = 0;
    await db.deleteFrom('servers').execute();
    await db.deleteFrom('search_variants').execute();
    await db.deleteFrom('name_holds').execute();
    await db.deleteFrom('deleted_servers').execute();
    await db.deleteFrom('audit_entries').execute();
    await db.deleteFrom('tool_variants').execute();
    await db.deleteFrom('skills').execute();
    await db.deleteFrom('skill_variants').execute();
  };
  const drop = async () => {
    await close();
    await database.drop();
    await stored.drop();
  };
  return {
    ...database,
    registryOptions,
    stored,
    drop,
    clear,
    ownerId,
    ownerKey,
    rivalId,
    rivalKey,
    clock,
    failures,
    fetch,
    namespacesOf,
    writeSession,
    endStreams,
    call,
    put,
  };
}

function isRawBody(body: unknown): body is string | FormData {
  return typeof body === 'string' || body instanceof FormData;
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get('Content-Type')?.startsWith('application/json') === true && text !== '';
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? (JSON.parse(text) as unknown) : text,
  };
}

const TABLES = [
  'users',
  'organization_members',
  'api_keys',
  'namespaces',
  'servers',
  'releases',
  'release_logs',
  'secrets',
  'domains',
  'icons',
  'invocations',
  'log_phrases',
  'log_words',
  'invocation_counts',
  'call_hours',
  'call_days',
  'uncounted_servers',
  'search_postings',
  'search_variants',
  'name_holds',
  'deleted_servers',
  'server_versions',
  'unfiled_servers',
  'tools',
  'tool_postings',
  'tool_variants',
  'skills',
  'skill_postings',
  'skill_variants',
  'owner_quotas',
  'oauth_clients',
  'oauth_requests',
  'oauth_grants',
  'oauth_grant_servers',
  'oauth_tokens',
] as const satisfies (keyof RegistryTables)[];

/**
 * Every row of every table of the registry, in an order that depends on the rows alone. When a key was last used is left out:
 * it is written a little later, by itself.
 */
export async function dumpTables({ db }: TestDatabase): Promise<Record<string, string[]>> {
  const dump: Record<string, string[]> = {};
  for (const table of TABLES) {
    const rows = await db.selectFrom(table).selectAll().execute();
    dump[table] = rows.map((row) => JSON.stringify({ ...row, last_used_at: undefined })).sort();
  }
  return dump;
}

/** Gives a server one of everything that can belong to it. */
export async function addBelongings({ db }: TestDatabase, qualifiedName: string): Promise<void> {
  const { rid } = await db
    .selectFrom('servers')
    .select('rid')
    .where('qualified_name', '=', qualifiedName)
    .executeTakeFirstOrThrow();
  const at = TEST_NOW.toISOString();
  const id = `release-of-${qualifiedName}`;
  await db
    .insertInto('releases')
    .values({
      id,
      server_rid: rid,
      status: 'SUCCESS',
      type: 'hosted_shttp',
      created_at: at,
      updated_at: at,
    })
    .execute();
  await keepStates(db, [rid]);
  await db
    .insertInto('release_logs')
    .values({ release_id: id, seq: 0, stage: 'publish', level: 'success', message: 'Live', timestamp: at })
    .execute();
  await db.insertInto('secrets').values({ server_rid: rid, name: 'TOKEN', type: 'secret_text' }).execute();
  const subdomain = qualifiedName.replace('/', '-');
  await db
    .insertInto('domains')
    .values({
      server_rid: rid,
      hostname: `${subdomain}.run.tools`,
      subdomain,
      created_at: at,
      updated_at: at,
    })
    .execute();
  await db
    .insertInto('icons')
    .values({
      server_rid: rid,
      content_type: 'image/png',
      bytes: new Uint8Array([0, 1, 254, 255]),
      hash: 'h',
    })
    .execute();
  const call = { timestamp: at, method: 'POST', url: 'https://acme.run.tools/mcp', cpuMs: 1, wallMs: 2 };
  await addInvocations(db, [
    {
      ...call,
      id: `call-of-${qualifiedName}`,
      serverRid: rid,
      status: 200,
      outcome: 'ok',
      logs: [{ timestamp: at, level: 'info', message: 'Called' }],
      exceptions: [],
    },
  ]);
}

/** Makes a server of the owner whose live release leads to this address. Resolves to its row number. */
export async function addLiveServer(
  registry: TestRegistry,
  qualifiedName: string,
  upstreamUrl: string,
): Promise<number> {
  await registry.put(qualifiedName);
  const at = TEST_NOW.toISOString();
  const id = randomUUID();
  const { rid } = await registry.db
    .updateTable('servers')
    .set({ live_type: 'external_shttp', remote: 1, live_release_id: id, tools: TOOLS })
    .where('qualified_name', '=', qualifiedName)
    .returning('rid')
    .executeTakeFirstOrThrow();
  await registry.db
    .insertInto('releases')
    .values({
      id,
      server_rid: rid,
      status: 'SUCCESS',
      type: 'external_shttp',
      upstream_url: upstreamUrl,
      created_at: at,
      updated_at: at,
    })
    .execute();
  await keepStates(registry.db, [rid]);
  return rid;
}

const TOOLS = JSON.stringify(
  ['echo', 'count', 'fail'].map((name) => ({ name, description: null, inputSchema: { type: 'object' } })),
);
